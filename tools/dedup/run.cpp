#include <algorithm>
#include <memory>

#include "base/text.h"
#include "cli/inputs.h"
#include "cli/passing_rows.h"
#include "cli/row_options.h"
#include "cli/side_output.h"
#include "dedup/batches.h"
#include "dedup/key_columns.h"
#include "event/row_digest.h"
#include "pipeline/ordered.h"

namespace ev {
namespace {

/// What reading, decoding and encoding need beside the keys: in all, and for each thread.
constexpr uint64_t kOtherMemory = uint64_t{48} << 20, kThreadMemory = uint64_t{32} << 20;
constexpr uint64_t kLeastKeyMemory = uint64_t{16} << 20;

uint64_t key_memory(const SharedOptions& shared) {
  const uint64_t other = kOtherMemory + shared.threads * kThreadMemory;
  return std::max(kLeastKeyMemory, shared.memory - std::min(shared.memory, other));
}

struct NumberedUnit {
  CountedUnit counted;
  uint64_t number = 0;
};

/// An item that was judged, encoded.
struct Judged {
  OutgoingBlock block;
  std::optional<OutgoingBlock> repeated;
  Ledger ledger;
  uint64_t unkeyed = 0, untimed = 0, late = 0;
  Batches::Input input;  // digest where there is a state
  std::vector<Reject> rejects;
  uint32_t input_number = 0;
};

class Deduplication {
 public:
  Deduplication(const DedupSettings& settings, Session& session);
  void run();
  void report();

 private:
  struct Worker {
    KeyColumns columns;
    EventKeys keys;
    bool expects_repeated = false;  // as in its last item: then all fields will be needed
  };

  std::optional<NumberedUnit> read();
  Judged work(NumberedUnit&& unit, unsigned worker);
  /// What was decoded of a block that may yet be passed on.
  struct Looked {
    Batch batch;
    bool whole = false;
  };
  const Batch& see_keys(SourceItem& item, Worker& worker, Looked& looked) const;
  void encode(SourceItem&& item, Looked&& looked, const Judgement& judgement, Judged& judged);
  void take(Judged&& judged);
  void run_segments();
  void end_segment();
  void finish();
  void leave_as_it_is(uint32_t flags);
  void finish_repeated(uint32_t flags);
  void give_nothing();

  const DedupSettings& settings_;
  Session& session_;
  SourceOptions options_;
  RowSteps steps_;
  std::vector<KeyText> key_texts_;
  Projection needed_;
  std::unique_ptr<Batches> batches_;
  std::optional<Source> source_;
  std::optional<StreamOutput> repeated_;
  std::optional<StreamOutput> out_;
  Judge judge_;
  std::vector<Worker> workers_;

  std::optional<CountedUnit> held_back_;  // the first one of the next segment
  uint64_t segment_ = 0, units_ = 0;
  bool ended_ = false, stands_ = false;
  Batches::Input batch_;  // so far
  Ledger ledger_;
  uint64_t unkeyed_ = 0, untimed_ = 0, late_ = 0;
  RejectCount rejects_;
};

ExpressionOptions expression_options(const Session& session) {
  return {session.options().timezone, session.options().now_ns};
}

std::unique_ptr<Output> open_duplicates(const DedupSettings& settings, const Session& session) {
  return settings.duplicates ? open_side_output(session, "--duplicates", *settings.duplicates) : nullptr;
}

/// The rows that go to --duplicates, as rows of a stream in which the others are filtered.
Ledger ledger_of_repeated(Ledger ledger, uint64_t repeated) {
  ledger.filtered = ledger.in - ledger.rejected - ledger.untimed - repeated;
  ledger.duplicate = 0;
  ledger.passed = repeated;
  return ledger;
}

Deduplication::Deduplication(const DedupSettings& settings, Session& session)
    : settings_(settings),
      session_(session),
      options_(source_options(session)),
      steps_(where_plan(session), options_.workers),
      key_texts_(parse_keys(settings.key, expression_options(session))),
      needed_(needed_fields(key_texts_)),
      batches_(settings.state ? std::make_unique<Batches>(settings, session) : nullptr),
      out_(std::in_place, session),
      judge_(settings, batches_ ? batches_->clock() : EventClock(), key_memory(session.options())) {
  needed_.time = settings.window || batches_;
  options_.event_time = settings.window.has_value();
  options_.pass_blocks = !session.options().route;  // whose blocks hold rows that go different ways
  steps_.prepare(options_);
  source_.emplace(options_);
  if (std::unique_ptr<Output> file = open_duplicates(settings, session)) repeated_.emplace(session, std::move(file));
  const KeyedHash hash(batches_ ? batches_->hash_key() : kFixedHashKey, settings.fingerprint_bits);
  for (unsigned i = 0; i < options_.workers; i++)
    workers_.push_back({KeyColumns(key_texts_), EventKeys(hash, settings.verify), false});
  if (batches_) judge_.set_earlier(batches_->earlier(key_memory(session.options()) / 4));
}

void Deduplication::run() {
  auto all = [&] {
    run_segments();
    finish();
  };
  run_with_abort(*out_, [&] { repeated_ ? run_with_abort(*repeated_, all) : all(); });
}

void Deduplication::run_segments() {
  while (!ended_) {
    if (held_back_) out_->begin_segment();
    run_ordered<NumberedUnit, Judged>(
        pipeline_options(session_), [&] { return read(); },
        [&](NumberedUnit&& unit, unsigned worker) { return work(std::move(unit), worker); },
        [&](Judged&& judged) { take(std::move(judged)); });
    end_segment();
  }
}

std::optional<NumberedUnit> Deduplication::read() {
  std::optional<CountedUnit> unit = held_back_ ? std::exchange(held_back_, std::nullopt) : next_counted(*source_);
  if (!unit) {
    ended_ = true;
    return std::nullopt;
  }
  if (std::exchange(segment_, unit->segment) != unit->segment && units_ > 0) {
    held_back_ = std::move(unit);
    return std::nullopt;
  }
  return NumberedUnit{std::move(*unit), units_++};
}

/// Parallel, but for the turns that the judge takes.
Judged Deduplication::work(NumberedUnit&& unit, unsigned number) {
  Turns::Passage passage(judge_.turns(), unit.number);
  Worker& worker = workers_[number];
  Judged judged;
  SourceItem item = source_->open(std::move(unit.counted.unit), number);
  judged.rejects = std::move(item.rejects);
  judged.input_number = item.input;
  steps_.apply(item, number);
  if (batches_) judged.input.digest = item.block ? item.block->header.digest : content_digest(*item.batch);
  Looked looked;
  const Batch& seen = see_keys(item, worker, looked);
  const Judgement judgement = judge_.judge(passage, worker.keys, needed_.time ? seen.time_column() : nullptr);
  judged.unkeyed = judgement.unkeyed;
  judged.untimed = judgement.untimed;
  judged.late = judgement.late;
  judged.input.events = rows_of(item);
  judged.input.min_time = judgement.min_time;
  judged.input.max_time = judgement.max_time;
  worker.expects_repeated = !judgement.repeated.empty();
  encode(std::move(item), std::move(looked), judgement, judged);
  return judged;
}

/// Takes the keys of an item from its batch, or from what they need of its block.
const Batch& Deduplication::see_keys(SourceItem& item, Worker& worker, Looked& looked) const {
  worker.columns.see_paths(item.block ? item.block->meta->paths : item.batch->paths);
  if (item.block) {
    looked.whole = needed_.all || worker.expects_repeated;
    looked.batch = decode_block(*item.block, looked.whole ? Projection() : needed_);
  }
  const Batch& batch = item.block ? looked.batch : *item.batch;
  if (key_texts_.empty())
    worker.keys.take_events(batch);
  else
    worker.keys.take_parts(batch.rows, worker.columns.read(batch));
  return batch;
}

void Deduplication::encode(SourceItem&& item, Looked&& looked, const Judgement& judgement, Judged& judged) {
  judged.ledger = item.ledger;
  judged.ledger.duplicate += judgement.repeated.size();
  judged.ledger.filtered += judgement.left_out.size();
  judged.ledger.passed = judgement.kept.size();
  const Ledger of_repeated = ledger_of_repeated(judged.ledger, judgement.repeated.size());
  if (judgement.kept.size() == rows_of(item)) {
    judged.block = outgoing(*out_, std::move(item));
    if (repeated_) judged.repeated = repeated_->encode(Batch(), of_repeated);
    return;
  }
  const Batch all = item.batch ? std::move(*item.batch) : looked.whole ? std::move(looked.batch) : decode_block(*item.block, {});
  Batch repeated = ::ev::take(all, judgement.repeated);
  std::optional<Hash128> digest;
  if (item.block && judgement.left_out.empty()) {  // few are repeated: quicker than the digest of the others
    digest = item.block->header.digest;
    *digest -= content_digest(repeated);
  }
  judged.block = out_->encode(::ev::take(all, judgement.kept), judged.ledger, digest);
  if (repeated_) judged.repeated = repeated_->encode(std::move(repeated), of_repeated);
}

/// Serial, in the order of the input.
void Deduplication::take(Judged&& judged) {
  rejects_.add(source_->input_name(judged.input_number), judged.rejects);
  session_.progress(progress_of(*source_));
  ledger_ += judged.ledger;
  unkeyed_ += judged.unkeyed;
  untimed_ += judged.untimed;
  late_ += judged.late;
  batch_.digest += judged.input.digest;
  batch_.events += judged.input.events;
  batch_.min_time = std::min(batch_.min_time, judged.input.min_time);
  batch_.max_time = std::max(batch_.max_time, judged.input.max_time);
  out_->write(std::move(judged.block));
  if (judged.repeated) repeated_->write(std::move(*judged.repeated));
}

/// With a state, the keys of a segment are those of an earlier batch to the next one.
void Deduplication::end_segment() {
  if (!batches_ || !batches_->of_segments()) return;
  const StreamOutput::Written written = out_->end_segment(0);
  if (batch_.events == 0) return;
  batches_->add(batch_, written, judge_, judge_.seen());
  judge_.seen().clear();
  judge_.set_earlier(batches_->earlier(key_memory(session_.options()) / 4));
  batch_ = {};
}

void Deduplication::finish() {
  const uint32_t flags = source_->end_flags();
  ledger_ += source_->skipped();
  out_->add(source_->skipped());
  session_.add_spilled(judge_.seen().spilled());
  // What was not read may be what makes the difference: nothing is remembered of a part.
  const bool remembers = batches_ && !source_->interrupted();
  if (batches_ && !batches_->of_segments()) {
    if (!remembers || batches_->applied(batch_)) return leave_as_it_is(flags);
    if (batches_->had(batch_)) give_nothing();
    const StreamOutput::Written written = out_->end_segment(flags);
    batches_->add(batch_, written, judge_, judge_.seen());
  }
  if (repeated_) finish_repeated(flags);
  if (remembers) batches_->prepare(*out_);
  out_->finish(flags);
  if (remembers) batches_->commit();
}

void Deduplication::finish_repeated(uint32_t flags) {
  repeated_->add(source_->skipped());
  repeated_->finish(flags);
}

/// The output stands, or stays what it was: this run writes nothing.
void Deduplication::leave_as_it_is(uint32_t flags) {
  session_.drop_output();
  if (repeated_ && !repeated_->file()) finish_repeated(flags);  // who reads a pipe waits for its end
  stands_ = !source_->interrupted();
  if (stands_) {
    ledger_.applied = ledger_.passed + ledger_.duplicate;
    session_.notice(concat(session_.options().output, ": already applied: it holds what this input gave before"));
  } else {
    ledger_.filtered += ledger_.passed + ledger_.duplicate;
    session_.warn("interrupted: nothing was written, and the state is what it was");
  }
  ledger_.passed = ledger_.duplicate = 0;
  session_.set_ledger(ledger_);
}

/// The very same events were a batch before: all are repeated, also those whose keys are forgotten, and those without one.
void Deduplication::give_nothing() {
  out_->restart();
  judge_.seen().clear();
  ledger_.duplicate += ledger_.passed + ledger_.late;
  ledger_.passed = 0;
  ledger_.out = 0;
  out_->add(ledger_);
}

void Deduplication::report() {
  std::vector<KeyColumns> columns;
  for (Worker& worker : workers_) columns.push_back(std::move(worker.columns));
  for (const std::string& warning : KeyColumns::warnings(columns)) session_.warn(warning);
  const auto events = [](uint64_t n) { return concat(n, n == 1 ? " event" : " events"); };
  if (unkeyed_ > 0) {
    const char* what = settings_.unkeyed == Unkeyed::keep   ? " without a key kept; --unkeyed drop or equal changes that"
                       : settings_.unkeyed == Unkeyed::drop ? " without a key dropped"
                                                            : " without a key taken to be equal";
    session_.warn(concat(events(unkeyed_), what));
  }
  if (settings_.window && untimed_ > 0) session_.warn(concat(events(untimed_), " without an event time kept: --window says nothing of them"));
  if (late_ > 0)
    session_.warn(concat(events(late_), " came later than --lateness allows: repeats among them may have been kept"));
  if (!stands_) session_.notice(concat(ledger_.duplicate, " of ", ledger_.in, " events dropped as repeated"));
  report_rows(session_, steps_);
  report_inputs(session_, *source_, rejects_);
}

}  // namespace

int DedupTool::run(Session& session) {
  if (status_ || forget_) {
    tend_state(session);
    return 0;
  }
  Deduplication dedup(settings_, session);
  dedup.run();
  dedup.report();
  return 0;
}

}  // namespace ev
