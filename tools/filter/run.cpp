#include <algorithm>
#include <atomic>

#include "base/text.h"
#include "cli/inputs.h"
#include "cli/passing_rows.h"
#include "filter/filter.h"
#include "pipeline/ordered.h"
#include "rows/explosion.h"

namespace ev {
namespace {

/// What the steps leave of an item.
struct Filtered {
  SourceItem item;
  uint32_t rows = 0;                   // that meet the conditions
  std::optional<Explosion> explosion;  // of these
  std::optional<ExplodedRows> piece;   // its first piece
  std::optional<OutgoingBlock> block;  // encoded ahead where it is all, and no row can be left out
  uint32_t block_rows = 0;
  std::optional<OutgoingBlock> failed;
  std::vector<Reject> rejects;
  uint32_t input = 0;
  Ledger skipped;  // before it
  uint64_t segment = 0;
};

/// The rows of an item that the conditions leave out, as rows of a stream in which the others are filtered.
OutgoingBlock failing(const StreamOutput& fail, FilteredRows&& rows, Ledger ledger) {
  SourceItem item;
  item.batch = std::move(rows.batch);
  item.block = std::move(rows.block);
  ledger.filtered = ledger.in - ledger.rejected - ledger.untimed - rows_of(item);
  item.ledger = ledger;
  return outgoing(fail, std::move(item));
}

/// Of what an event became, the first row is the event that passes; the others are created. Events that pass with the
/// first `rows` rows of a piece.
uint64_t add_piece(const ExplodedRows& piece, uint32_t rows, Ledger& ledger) {
  ledger.passed =
      static_cast<uint64_t>(std::lower_bound(piece.firsts.begin(), piece.firsts.end(), rows) - piece.firsts.begin());
  ledger.created = rows - ledger.passed;
  return ledger.passed;
}

class Filtering {
 public:
  Filtering(Session& session, RowPlan&& plan, std::unique_ptr<Output> fail, std::optional<uint64_t> head);
  void run();
  /// Events that went out.
  uint64_t rows() const { return rows_; }
  void report(const LookupOptions& lookup);

 private:
  std::optional<CountedUnit> read();
  Filtered work(CountedUnit&& unit, unsigned worker);
  void take(Filtered&& filtered);
  void take_pieces(Filtered&& filtered);
  void finish();
  ExplodedRows next_piece(Explosion& explosion, unsigned worker);
  void report_early_condition();

  Session& session_;
  const std::optional<std::string> explode_;
  const std::optional<uint64_t> head_;
  SourceOptions options_;
  RowSteps steps_;
  std::optional<Source> source_;
  std::optional<StreamOutput> fail_;
  StreamOutput out_;

  std::atomic<uint64_t> left_;  // read by the thread that reads ahead
  uint64_t rows_ = 0, exploding_rows_ = 0, arrays_ = 0;
  Ledger skipped_;  // by then, where --head ends it
  bool limited_ = false;
  RejectCount rejects_;
  SegmentBorders borders_;
};

// Pieces of an explosion that are too many for a worker come when it is their turn, with the steps of one more worker.
Filtering::Filtering(Session& session, RowPlan&& plan, std::unique_ptr<Output> fail, std::optional<uint64_t> head)
    : session_(session),
      explode_(plan.explode),
      head_(head),
      options_(source_options(session)),
      steps_(std::move(plan), options_.workers + 1),
      out_(session),
      left_(head.value_or(UINT64_MAX)) {
  options_.pass_blocks = !session.options().route;  // whose blocks hold rows that go different ways
  steps_.prepare(options_);
  source_.emplace(options_);
  if (fail) fail_.emplace(session, std::move(fail));
}

void Filtering::run() {
  auto all = [&] {
    run_ordered<CountedUnit, Filtered>(
        pipeline_options(session_), [&] { return read(); },
        [&](CountedUnit&& unit, unsigned worker) { return work(std::move(unit), worker); },
        [&](Filtered&& filtered) { take(std::move(filtered)); });
    finish();
  };
  run_with_abort(out_, [&] { fail_ ? run_with_abort(*fail_, all) : all(); });
}

std::optional<CountedUnit> Filtering::read() {
  return left_ > 0 ? next_counted(*source_) : std::nullopt;
}

/// Parallel.
Filtered Filtering::work(CountedUnit&& unit, unsigned worker) {
  Filtered filtered;
  SourceItem& item = filtered.item;
  item = source_->open(std::move(unit.unit), worker);
  filtered.skipped = unit.skipped;
  filtered.segment = unit.segment;
  filtered.rejects = std::move(item.rejects);
  filtered.input = item.input;
  const Ledger ledger = item.ledger;
  FilteredRows rest = steps_.apply(item, worker);
  filtered.rows = rows_of(item);
  if (fail_) filtered.failed = failing(*fail_, std::move(rest), ledger);
  if (explode_) {
    filtered.explosion.emplace(std::move(*item.batch), *explode_);
    filtered.piece = next_piece(*filtered.explosion, worker);
  }
  if (head_ || (explode_ && !filtered.explosion->done())) return filtered;
  filtered.block_rows = explode_ ? filtered.piece->batch.rows : filtered.rows;
  if (explode_) {
    Ledger all = item.ledger;
    all.filtered += filtered.rows - add_piece(*filtered.piece, filtered.block_rows, all);
    filtered.block = out_.encode(std::move(filtered.piece->batch), all);
  } else {
    filtered.block = outgoing(out_, std::move(item));
  }
  return filtered;
}

ExplodedRows Filtering::next_piece(Explosion& explosion, unsigned worker) {
  ExplodedRows piece = *explosion.next();
  steps_.shape(piece.batch, worker);
  return piece;
}

/// Serial, in the order of the input.
void Filtering::take(Filtered&& filtered) {
  if (left_ == 0) return;  // read ahead, and not wanted
  rejects_.add(source_->input_name(filtered.input), filtered.rejects);
  session_.progress(progress_of(*source_));
  skipped_ = filtered.skipped;
  borders_.pass(filtered.segment, out_);
  if (filtered.failed) fail_->write(std::move(*filtered.failed));
  if (filtered.explosion) {
    exploding_rows_ += filtered.rows;
    arrays_ += filtered.explosion->arrays();
  }
  if (filtered.block) {
    rows_ += filtered.block_rows;
    out_.write(std::move(*filtered.block));
  } else if (filtered.explosion) {
    take_pieces(std::move(filtered));
  } else {
    const auto wanted = static_cast<uint32_t>(std::min<uint64_t>(left_, filtered.rows));
    rows_ += wanted;
    left_ -= wanted;
    keep_rows(filtered.item, 0, wanted);
    out_.write(outgoing(out_, std::move(filtered.item)));
  }
}

void Filtering::take_pieces(Filtered&& filtered) {
  Ledger ledger = filtered.item.ledger;
  uint64_t passed = 0;
  for (ExplodedRows piece = std::move(*filtered.piece);; piece = next_piece(*filtered.explosion, options_.workers)) {
    const auto wanted = static_cast<uint32_t>(std::min<uint64_t>(left_, piece.batch.rows));
    passed += add_piece(piece, wanted, ledger);
    rows_ += wanted;
    if (head_) left_ -= wanted;
    const bool last = filtered.explosion->done() || left_ == 0;
    if (last) ledger.filtered += filtered.rows - passed;  // empty arrays, and what is behind --head
    out_.write(out_.encode(slice(piece.batch, 0, wanted), ledger));
    if (last) return;
    ledger = Ledger();
  }
}

void Filtering::finish() {
  limited_ = head_ && left_ == 0;
  const Ledger skipped = limited_ ? skipped_ : source_->skipped();
  if (fail_) {
    fail_->add(skipped);
    fail_->finish(source_->end_flags());
  }
  out_.add(skipped);
  out_.finish(source_->end_flags() | (limited_ ? kEndLimited : 0));
}

/// The likely reason why no event is left: a condition that is meant for elements.
void Filtering::report_early_condition() {
  if (!session_.options().where) return;
  for (const std::string& name : session_.options().where->fields())
    if (name.starts_with(*explode_ + ".")) {
      session_.warn(concat("--where: looks at ", escape_controls(name),
                           " before --explode makes events of elements; "
                           "give it to another ev filter behind this one"));
      return;
    }
}

void Filtering::report(const LookupOptions& lookup) {
  if (!limited_) {  // what was read ahead is not spoken of
    lookup.report(session_, steps_.looked_up());
    report_rows(session_, steps_);
    if (exploding_rows_ > 0 && arrays_ == 0)
      session_.warn(concat("--explode: no event has an array in a field ", escape_controls(*explode_)));
    if (explode_ && rows_ == 0) report_early_condition();
  }
  report_inputs(session_, *source_, rejects_);
}

}  // namespace

int FilterTool::run(Session& session) {
  Filtering filtering(session, plan(session), open_fail(session), head_);
  filtering.run();
  filtering.report(lookup_);
  if (any_ && filtering.rows() == 0) session.exit_at_least(1);
  return 0;
}

}  // namespace ev
