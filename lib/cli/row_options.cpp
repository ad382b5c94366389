#include "cli/row_options.h"

#include "base/of_option.h"

namespace ev {

void RowOptions::declare(Command& command) {
  command.texts("--set", "NAME=EXPR", settings_, "set a field, new or not, to what an expression gives; may be repeated");
  command.list("-s,--select", "FIELDS", select_, "only these fields; the name of an object means all in it");
}

RowPlan RowOptions::plan(const Session& session) const {
  RowPlan plan = where_plan(session);
  for (const std::string& setting : settings_)
    plan.settings.push_back(of_option("--set", [&] { return parse_setting(setting, plan.options); }));
  plan.select = select_;
  return plan;
}

RowPlan where_plan(const Session& session) {
  RowPlan plan;
  plan.options = {session.options().timezone, session.options().now_ns};
  plan.where = session.options().where;
  return plan;
}

void report_rows(Session& session, const RowSteps& steps) {
  for (const std::string& warning : steps.warnings()) session.warn(warning);
}

}  // namespace ev
