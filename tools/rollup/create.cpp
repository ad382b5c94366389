#include "base/of_option.h"
#include "base/text.h"
#include "rollup/rollup.h"
#include "rollup/rollup_store.h"
#include "rollup/store_query.h"

namespace ev {

void create_store(const RollupSettings& settings, Session& session) {
  RollupDefinition definition;
  definition.every = settings.every;
  if (definition.every.empty())
    throw Error(ErrorKind::usage, "create", "needs the widths of the levels", "for example --every 1m,1h,1d");
  of_option("--every", [&] { order_widths(definition.every); });
  definition.by = settings.by;
  definition.calls = settings.calls.value_or("count");
  if (settings.timezone && *settings.timezone != "UTC") definition.timezone = *settings.timezone;
  definition.where = settings.where.value_or("");
  const std::vector<RollupLevel> levels = of_option("--timezone", [&] { return levels_of(definition); });
  query_of(definition, levels, session.options().now_ns);
  const bool made = create_rollup(settings.store, definition, lock_options(session));
  session.notice(concat(settings.store, made ? ": made" : ": there already, with an equal definition"));
}

}  // namespace ev
