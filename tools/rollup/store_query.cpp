#include "rollup/store_query.h"

#include "base/of_option.h"
#include "rows/call_fields.h"
#include "rows/key_fields.h"

namespace ev {

StoreQuery query_of(const RollupDefinition& definition, const std::vector<RollupLevel>& levels, int64_t now_ns) {
  StoreQuery query;
  query.plan.options = {definition.timezone, now_ns};
  query.events.calls = parse_aggregates(definition.calls);
  query.plan.settings = make_call_fields(query.events.calls, query.plan.options);
  for (Setting& setting : add_keys(definition.by, query.plan.options, query.events))
    query.plan.settings.push_back(std::move(setting));
  if (!definition.where.empty())
    query.plan.where =
        of_option("--where", [&] { return Expression::parse_condition(definition.where, query.plan.options); });
  query.events.every = levels[0].buckets;
  Aggregator check_names(query.events);
  return query;
}

}  // namespace ev
