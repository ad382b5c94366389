#include "cli/of_option.h"
#include "filter/filter.h"

namespace ev {

std::vector<std::string> FilterTool::examples() const {
  return {"ev filter -w 'status >= 500' -s ts,path,status app.ev -o errors.ev",
          "ev filter --lookup 'users.csv on user_id=id add country' -w 'country == \"DE\"' app.ev | ev export",
          "ev filter --any -w 'level == \"fatal\"' app.ev -o fatal.ev || echo none"};
}

void FilterTool::declare(Command& command) {
  lookup_.declare(command);
  rows_.declare(command);
  command.list("--drop", "FIELDS", drop_, "without these fields; the name of an object means all in it");
  command.list("--rename", "OLD=NEW,...", renames_text_, "give fields, or objects with all in them, other names");
  command.number("--head", "N", head_, "the first N events that are left, then stop reading");
  command.flag("--any", any_, "exit with status 1 when no event is left");
}

void FilterTool::validate() {
  lookup_.validate();
  for (const std::string& text : renames_text_)
    renames_.push_back(of_option("--rename", [&] { return parse_renaming(text); }));
}

RowPlan FilterTool::plan(const Session& session) const {
  RowPlan plan = rows_.plan(session);
  plan.lookup = lookup_.load(session);
  plan.drop = drop_;
  plan.renames = renames_;
  return plan;
}

}  // namespace ev
