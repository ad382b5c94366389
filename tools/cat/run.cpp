#include <algorithm>
#include <atomic>
#include <deque>

#include "cat/cat.h"
#include "cli/inputs.h"
#include "cli/passing_rows.h"
#include "cli/row_options.h"
#include "pipeline/ordered.h"

namespace ev {
namespace {

/// The items that hold the last rows seen.
class Tail {
 public:
  explicit Tail(uint64_t wanted) : wanted_(wanted) {}
  void add(SourceItem&& item) {
    rows_ += rows_of(item);
    items_.push_back(std::move(item));
    while (!items_.empty() && rows_ - rows_of(items_.front()) >= wanted_) {
      rows_ -= rows_of(items_.front());
      items_.front().ledger.filtered += rows_of(items_.front());
      dropped_ += items_.front().ledger;
      items_.pop_front();
    }
  }
  const Ledger& dropped() const { return dropped_; }
  std::deque<SourceItem>& items() { return items_; }
  /// Rows at the front that are not wanted.
  uint64_t surplus() const { return rows_ > wanted_ ? rows_ - wanted_ : 0; }

 private:
  uint64_t wanted_, rows_ = 0;
  std::deque<SourceItem> items_;
  Ledger dropped_;
};

/// An item and what of it is ready to be written.
struct Passing {
  std::optional<OutgoingBlock> block;  // encoded ahead where no row can be left out
  SourceItem item;
  std::vector<Reject> rejects;
  uint32_t input = 0;
  Ledger skipped;  // before it
  uint64_t segment = 0;
};

}  // namespace

std::vector<std::string> CatTool::examples() const {
  return {"ev cat monday.ev tuesday.ev -o both.ev", "ev cat --since 2024-06-01T12:00 --until 2024-06-01T13:00 archive/",
          "ev cat --tail 10 events.ev"};
}

void CatTool::declare(Command& command) {
  command.number("--head", "N", head_, "the first N events, then stop reading");
  command.number("--tail", "N", tail_, "the last N events");
}

void CatTool::validate() {
  if (head_ && tail_) throw Error(ErrorKind::usage, "--tail", "does not go with --head", "join two ev cat by a pipe");
}

int CatTool::run(Session& session) {
  SourceOptions options = source_options(session);
  options.pass_blocks = !session.options().route;  // whose blocks hold rows that go different ways
  RowSteps steps(where_plan(session), options.workers);
  steps.prepare(options);
  Source source(options);
  StreamOutput out(session);
  RejectCount rejects;
  SegmentBorders borders;
  std::optional<Tail> tail;
  if (tail_) tail.emplace(*tail_);
  bool encode_ahead = !head_ && !tail_, limited = false;
  Ledger skipped;  // by then, where --head ends it
  std::atomic<uint64_t> left{head_.value_or(UINT64_MAX)};  // read by the thread that reads ahead

  run_with_abort(out, [&] {
    run_ordered<CountedUnit, Passing>(
        pipeline_options(session), [&]() -> std::optional<CountedUnit> { return left > 0 ? next_counted(source) : std::nullopt; },
        [&](CountedUnit&& unit, unsigned worker) {
          Passing passing;
          passing.item = source.open(std::move(unit.unit), worker);
          steps.apply(passing.item, worker);
          passing.rejects = std::move(passing.item.rejects);
          passing.input = passing.item.input;
          passing.skipped = unit.skipped;
          passing.segment = unit.segment;
          if (encode_ahead) passing.block = outgoing(out, std::move(passing.item));
          return passing;
        },
        [&](Passing&& passing) {
          if (left == 0) return;  // read ahead, and not wanted
          rejects.add(source.input_name(passing.input), passing.rejects);
          session.progress(progress_of(source));
          if (!tail) borders.pass(passing.segment, out);
          if (passing.block) return out.write(std::move(*passing.block));
          if (tail) return tail->add(std::move(passing.item));
          uint32_t wanted = static_cast<uint32_t>(std::min<uint64_t>(left, rows_of(passing.item)));
          keep_rows(passing.item, 0, wanted);
          left -= wanted;
          skipped = passing.skipped;
          out.write(outgoing(out, std::move(passing.item)));
        });
    if (tail) {
      out.add(tail->dropped());
      uint64_t surplus = tail->surplus();
      for (SourceItem& item : tail->items()) {
        uint32_t rows = rows_of(item);
        uint32_t skip = static_cast<uint32_t>(std::min<uint64_t>(surplus, rows));
        surplus -= skip;
        keep_rows(item, skip, rows);
        out.write(outgoing(out, std::move(item)));
      }
    }
    limited = head_ && left == 0;
    out.add(limited ? skipped : source.skipped());
    out.finish(source.end_flags() | (limited || tail_ ? kEndLimited : 0));
  });
  if (!limited) report_rows(session, steps);  // what was read ahead is not spoken of
  report_inputs(session, source, rejects);
  return 0;
}

}  // namespace ev
