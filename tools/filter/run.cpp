#include <algorithm>
#include <atomic>

#include "cli/inputs.h"
#include "cli/passing_rows.h"
#include "filter/filter.h"
#include "pipeline/ordered.h"

namespace ev {
namespace {

/// What is left of an item.
struct Filtered {
  std::optional<OutgoingBlock> block;  // encoded ahead where no row can be left out
  SourceItem item;
  std::vector<Reject> rejects;
  uint32_t input = 0, rows = 0;
  Ledger skipped;  // before it
};

}  // namespace

int FilterTool::run(Session& session) {
  SourceOptions options = source_options(session);
  options.pass_blocks = !session.options().route;  // whose blocks hold rows that go different ways
  RowSteps steps(plan(session), options.workers);
  steps.prepare(options);
  Source source(options);
  StreamOutput out(session);
  RejectCount rejects;
  uint64_t rows = 0;
  bool limited = false;
  Ledger skipped;                                          // by then, where --head ends it
  std::atomic<uint64_t> left{head_.value_or(UINT64_MAX)};  // read by the thread that reads ahead

  run_with_abort(out, [&] {
    run_ordered<CountedUnit, Filtered>(
        pipeline_options(session),
        [&]() -> std::optional<CountedUnit> { return left > 0 ? next_counted(source) : std::nullopt; },
        [&](CountedUnit&& unit, unsigned worker) {
          Filtered filtered;
          filtered.item = source.open(std::move(unit.unit), worker);
          steps.apply(filtered.item, worker);
          filtered.rejects = std::move(filtered.item.rejects);
          filtered.input = filtered.item.input;
          filtered.skipped = unit.skipped;
          filtered.rows = rows_of(filtered.item);
          if (!head_) filtered.block = outgoing(out, std::move(filtered.item));
          return filtered;
        },
        [&](Filtered&& filtered) {
          if (left == 0) return;  // read ahead, and not wanted
          rejects.add(source.input_name(filtered.input), filtered.rejects);
          session.progress(progress_of(source));
          const uint32_t wanted = static_cast<uint32_t>(std::min<uint64_t>(left, filtered.rows));
          rows += wanted;
          if (filtered.block) return out.write(std::move(*filtered.block));
          keep_rows(filtered.item, 0, wanted);
          left -= wanted;
          skipped = filtered.skipped;
          out.write(outgoing(out, std::move(filtered.item)));
        });
    limited = head_ && left == 0;
    out.add(limited ? skipped : source.skipped());
    out.finish(source.end_flags() | (limited ? kEndLimited : 0));
  });
  if (!limited) {  // what was read ahead is not spoken of
    lookup_.report(session, steps.looked_up());
    report_rows(session, steps);
  }
  report_inputs(session, source, rejects);
  if (any_ && rows == 0) session.exit_at_least(1);
  return 0;
}

}  // namespace ev
