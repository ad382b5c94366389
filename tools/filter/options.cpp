#include "base/of_option.h"
#include "base/text.h"
#include "cli/side_output.h"
#include "filter/filter.h"

namespace ev {

std::vector<std::string> FilterTool::examples() const {
  return {"ev filter -w 'status >= 500' -s ts,path,status app.ev -o errors.ev",
          "ev filter --lookup 'users.csv on user_id=id add country' -w 'country == \"DE\"' app.ev | ev export",
          "ev filter --sample 10% --key user_id --fail rest.ev app.ev -o tenth.ev"};
}

void FilterTool::declare(Command& command) {
  lookup_.declare(command);
  rows_.declare(command);
  command.text("--sample", "P", share_, "a share of the events, 10% or 0.1, by what stands in --key");
  command.list("-k,--key", "FIELDS", key_, "which events are sampled: those with one key all or none");
  command.text("--explode", "FIELD", explode_, "an event for each element of the array in this field");
  command.list("--drop", "FIELDS", drop_, "without these fields; the name of an object means all in it");
  command.list("--rename", "OLD=NEW,...", renames_text_, "give fields, or objects with all in them, other names");
  command.number("--head", "N", head_, "the first N events that are left, then stop reading");
  command.text("--fail", "FILE", fail_, "write the events that -w or --sample leaves out to FILE, an event stream");
  command.flag("--any", any_, "exit with status 1 when no event is left");
}

void FilterTool::validate() {
  lookup_.validate();
  for (const std::string& text : renames_text_)
    renames_.push_back(of_option("--rename", [&] { return parse_renaming(text); }));
  if (share_)
    sample_ = parse_sample(*share_, key_);
  else if (!key_.empty())
    throw Error(ErrorKind::usage, "--key", "goes with --sample", "say how many: --sample 10%");
  if (fail_ && head_)
    throw Error(ErrorKind::usage, "--fail", "does not go with --head, behind which nothing is read",
                "take the first events of the output: ev cat --head N");
}

RowPlan FilterTool::plan(const Session& session) const {
  RowPlan plan = rows_.plan(session);
  plan.lookup = lookup_.load(session);
  plan.sample = sample_;
  plan.split = fail_.has_value();
  plan.explode = explode_;
  plan.drop = drop_;
  plan.renames = renames_;
  return plan;
}

/// The file of --fail, nullptr without it.
std::unique_ptr<Output> FilterTool::open_fail(const Session& session) const {
  if (!fail_) return nullptr;
  if (!session.options().where && !sample_)
    throw Error(ErrorKind::usage, "--fail", "needs -w or --sample, which leave events out");
  return open_side_output(session, "--fail", *fail_);
}

}  // namespace ev
