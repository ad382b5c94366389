#include <algorithm>
#include <span>
#include <utility>

#include "base/text.h"
#include "base/time.h"
#include "cli/inputs.h"
#include "cli/row_options.h"
#include "event/row_digest.h"
#include "pipeline/ordered.h"
#include "rollup/applied_keys.h"
#include "rollup/level_files.h"
#include "rollup/rollup.h"
#include "rollup/store_query.h"

namespace ev {
namespace {

/// Events that no bucket is for.
struct Refused {
  uint64_t untimed = 0, future = 0;
  uint64_t count() const { return untimed + future; }
  Refused& operator+=(const Refused& other) {
    untimed += other.untimed;
    future += other.future;
    return *this;
  }
};

/// What remains of a unit once its events are in groups.
struct Absorbed {
  Hash128 digest;  // of all its events
  Ledger ledger;
  Refused refused;
  uint64_t late = 0;
  std::vector<Reject> rejects;
  uint32_t input = 0;
};

/// Events that came as one. Whether the store has them already is known at the end, when all were seen: until then
/// their groups stand apart.
struct Segment {
  Segment(const AggregateQuery& query, const SharedOptions& options)
      : groups(query, options.threads, options.memory / 2) {}
  WorkerGroups groups;
  Hash128 digest;
  Ledger ledger;
  Refused refused;
  uint64_t unreadable = 0;  // records of a text
  uint64_t late = 0;
  uint64_t events() const { return ledger.in - unreadable; }
};

/// What was aggregated already would count a group as one event.
void expect_events(const RawBlock& block) {
  if (std::ranges::any_of(block.meta->chunks, [](const ChunkEntry& chunk) { return chunk.type == Type::state; }))
    throw Error(ErrorKind::usage, block.place, "holds states of aggregates, not events",
                "add the events that they are of");
}

class Addition {
 public:
  Addition(const RollupSettings& settings, Session& session);
  void run();

 private:
  void open_source();
  std::optional<SourceUnit> read();
  Absorbed absorb(SourceUnit&& unit, unsigned worker);
  void refuse(Batch& batch, Absorbed& absorbed) const;
  void take(Absorbed&& absorbed);
  void end_segment();
  bool known(Hash128 key) const;
  void add_to_batch();
  void write_groups();
  void add_file(StoreFile file);
  void add_files(std::vector<StoreFile> files);
  void check_name();
  void commit();
  void compact();
  void compact_applied();
  void report();

  const RollupSettings& settings_;
  Session& session_;
  RollupStore store_;
  std::vector<RollupLevel> levels_;
  StoreQuery query_;
  LevelFiles files_;
  RowSteps steps_;
  Projection needed_;  // of blocks
  std::optional<Source> source_;
  int64_t newest_;              // bucket before this run
  int64_t latest_ = INT64_MAX;  // time that is not refused

  std::optional<SourceUnit> held_back_;       // the first one of the next segment
  std::pair<uint32_t, uint64_t> at_segment_;  // input, and segment of it
  bool ended_ = false;
  std::optional<Segment> segment_;

  Aggregator groups_;  // of all new segments that are in no file yet
  std::optional<SeenFields> seen_;
  std::vector<AppliedKey> new_keys_;
  RollupBatch batch_;
  Hash128 content_;  // of all segments that came
  uint64_t applied_segments_ = 0;
  Refused refused_;
  Ledger ledger_;
  RejectCount rejects_;
};

Addition::Addition(const RollupSettings& settings, Session& session)
    : settings_(settings),
      session_(session),
      store_(settings.store, lock_options(session)),
      levels_(levels_of(store_.manifest().definition)),
      query_(query_of(store_.manifest().definition, levels_, session.options().now_ns)),
      files_(session, store_, levels_, query_.events),
      steps_(query_.plan, session.options().threads),
      newest_(store_.manifest().last(0)),
      groups_(query_.events) {
  if (settings.max_future && __builtin_add_overflow(session.options().now_ns, *settings.max_future, &latest_))
    latest_ = INT64_MAX;
  open_source();
}

/// The digest is that of whole events: texts are read as ev ingest reads them, and no block is left out. Of blocks,
/// which have their digest, the fields that the store asks for are decoded.
void Addition::open_source() {
  SourceOptions options = source_options(session_);
  options.paths = settings_.files;
  options.event_time = true;
  options.fields = FieldChoice{false, fields_of(query_.events)};
  steps_.prepare(options);
  needed_ = Projection{options.fields.all, options.fields.names, true, options.fields.below};
  options.fields = {};
  options.filter.reset();
  options.pass_blocks = true;
  source_.emplace(options);
}

void Addition::run() {
  while (!ended_) {
    segment_.emplace(query_.events, session_.options());
    run_ordered<SourceUnit, Absorbed>(
        pipeline_options(session_), [&] { return read(); },
        [&](SourceUnit&& unit, unsigned worker) { return absorb(std::move(unit), worker); },
        [&](Absorbed&& absorbed) { take(std::move(absorbed)); });
    if (!source_->interrupted()) end_segment();
  }
  // What was not read may belong to the last segment, which would be another one then.
  if (source_->interrupted()) return session_.warn("interrupted: nothing was added");
  if (!settings_.batch.empty()) check_name();
  write_groups();
  if (batch_.counts.segments > 0) commit();
  report();
}

std::optional<SourceUnit> Addition::read() {
  std::optional<SourceUnit> unit = held_back_ ? std::exchange(held_back_, std::nullopt) : source_->next();
  if (!unit) {
    ended_ = true;
    return std::nullopt;
  }
  const auto* block = std::get_if<RawBlock>(&unit->content);
  const std::pair<uint32_t, uint64_t> at{unit->input, block ? block->segment : 0};
  if (std::exchange(at_segment_, at) == at) return unit;
  held_back_ = std::move(unit);
  return std::nullopt;
}

/// Parallel.
Absorbed Addition::absorb(SourceUnit&& unit, unsigned worker) {
  Absorbed absorbed;
  SourceItem item = source_->open(std::move(unit), worker);
  if (item.block) {
    expect_events(*item.block);
    absorbed.digest = item.block->header.digest;
    item.batch = decode_block(*item.block, needed_);
    item.block.reset();
  } else {
    absorbed.digest = content_digest(*item.batch);
  }
  steps_.apply(item, worker);
  refuse(*item.batch, absorbed);
  segment_->groups.add(*item.batch, worker);
  absorbed.ledger = item.ledger;
  absorbed.ledger.absorbed = item.batch->rows;
  absorbed.rejects = std::move(item.rejects);
  absorbed.input = item.input;
  return absorbed;
}

/// Leaves the events that have a bucket.
void Addition::refuse(Batch& batch, Absorbed& absorbed) const {
  const Column* times = batch.time_column();
  Selection kept;
  if (times) {
    for_each_value(*times, batch.rows, [&](std::size_t row, std::size_t i) {
      const int64_t time = times->integer(i);
      absorbed.refused.future += time > latest_;
      absorbed.late += time < newest_;
      if (time <= latest_) kept.push_back(static_cast<uint32_t>(row));
    });
    absorbed.refused.untimed = batch.rows - times->size();
  } else {
    absorbed.refused.untimed = batch.rows;
  }
  if (kept.size() < batch.rows) batch = ::ev::take(batch, kept);
}

/// Serial, in the order of the input.
void Addition::take(Absorbed&& absorbed) {
  segment_->digest += absorbed.digest;
  segment_->ledger += absorbed.ledger;
  segment_->refused += absorbed.refused;
  segment_->late += absorbed.late;
  segment_->unreadable += absorbed.rejects.size();
  rejects_.add(source_->input_name(absorbed.input), absorbed.rejects);
  session_.progress(progress_of(*source_));
}

bool Addition::known(Hash128 key) const {
  return std::ranges::any_of(new_keys_, [&](const AppliedKey& applied) { return applied.key == key; }) ||
         find_applied(store_.folder(), store_.manifest(), key);
}

void Addition::end_segment() {
  content_ += segment_->digest;
  ledger_.in += segment_->ledger.in;
  ledger_.rejected += segment_->unreadable;
  if (segment_->events() == 0) return;
  if (known(segment_->digest)) {
    ledger_.applied += segment_->events();
    applied_segments_++;
    return;
  }
  new_keys_.push_back({segment_->digest, segment_->digest});
  add_to_batch();
}

/// The groups of the segment become groups of the batch, or a file where they were too many for memory.
void Addition::add_to_batch() {
  Segment& segment = *segment_;
  RollupCounts& counts = batch_.counts;
  counts.segments++;
  counts.events += segment.ledger.absorbed;
  counts.filtered += segment.ledger.filtered;
  counts.rejected += segment.refused.count();
  counts.late += segment.late;
  ledger_.absorbed += segment.ledger.absorbed;
  ledger_.filtered += segment.ledger.filtered;
  ledger_.rejected += segment.refused.count();
  refused_ += segment.refused;
  if (segment.ledger.absorbed > 0) {
    const SeenFields seen = segment.groups.fields();
    seen_ ? seen_->merge(seen) : void(seen_.emplace(seen));
  }
  const std::vector<Path> fields = segment.groups.all().key_fields();
  store_.manifest().see_key_paths(std::span(fields).subspan(1));
  if (SpilledGroups* spilled = segment.groups.spilled()) {
    session_.add_spilled(spilled->bytes());
    add_file(files_.write(segment.groups, *spilled));
  }
  groups_.merge(segment.groups.take_all());
  if (groups_.memory() > session_.options().memory / 4) write_groups();
}

void Addition::write_groups() {
  if (groups_.groups() == 0) return;
  add_files(files_.write(groups_));
  groups_.forget_groups();
}

/// A file of the finest level, and from it those of the others.
void Addition::add_file(StoreFile file) {
  std::vector<StoreFile> files = {std::move(file)};
  for (std::size_t level = 1; level < levels_.size(); level++) files.push_back(files_.merge({files.back()}, level));
  add_files(std::move(files));
}

/// One of each level: they hold the same events, whatever else is there.
void Addition::add_files(std::vector<StoreFile> files) {
  batch_.first = std::min(batch_.first, files[0].first);
  batch_.last = std::max(batch_.last, files[0].last);
  for (std::size_t level = 0; level < files.size(); level++)
    store_.manifest().levels[level].push_back(std::move(files[level]));
}

/// A batch that has a name holds the same events whenever it comes.
void Addition::check_name() {
  const AppliedKey name = applied_name(settings_.batch, content_);
  const auto content = find_applied(store_.folder(), store_.manifest(), name.key);
  if (content && *content != content_)
    throw Error(ErrorKind::usage, concat("--batch ", settings_.batch),
                "was added with other events before; nothing was added", "give these events another name");
  if (!content) new_keys_.push_back(name);
}

void Addition::commit() {
  compact();
  RollupManifest& manifest = store_.manifest();
  manifest.applied.insert(manifest.applied.end(), new_keys_.begin(), new_keys_.end());
  compact_applied();
  batch_.counts.batches = 1;
  manifest.total += batch_.counts;
  batch_.number = manifest.total.batches;
  batch_.name = settings_.batch;
  batch_.content = content_;
  manifest.last_batch = batch_;
  store_.commit();
}

void Addition::compact() {
  for (std::size_t level = 0; level < levels_.size(); level++) {
    std::vector<StoreFile>& files = store_.manifest().levels[level];
    for (;;) {
      const std::vector<StoreFile> small = files_to_merge(files);
      if (small.empty()) break;
      replace_files(files, small, files_.merge(small, level));
    }
  }
}

void Addition::compact_applied() {
  RollupManifest& manifest = store_.manifest();
  if (manifest.applied.size() <= kMaxManifestKeys) return;
  std::vector<StoreFile>& files = manifest.applied_files;
  files.push_back(write_applied(store_.folder(), store_.new_file(kAppliedStem), std::exchange(manifest.applied, {})));
  for (;;) {
    const std::vector<StoreFile> small = files_to_merge(files);
    if (small.empty()) return;
    replace_files(files, small,
                  write_applied(store_.folder(), store_.new_file(kAppliedStem), read_applied(store_.folder(), small)));
  }
}

void Addition::report() {
  for (const std::string& warning : groups_.warnings()) session_.warn(warning);
  if (seen_)
    for (const std::string& warning : seen_->warnings()) session_.warn(warning);
  const auto events = [](uint64_t n) { return concat(n, n == 1 ? " event" : " events"); };
  if (refused_.untimed > 0)
    session_.warn(concat(events(refused_.untimed), " without an event time rejected: no bucket is for them"));
  if (refused_.future > 0) session_.warn(concat(events(refused_.future), " rejected: later than --max-future allows"));
  if (refused_.count() > 0) session_.exit_at_least(3);
  if (applied_segments_ > 0)
    session_.notice(concat(settings_.store, ": already applied: ", events(ledger_.applied), " in ", applied_segments_,
                           applied_segments_ == 1 ? " segment" : " segments"));
  session_.notice(
      concat(settings_.store, ": ", events(batch_.counts.events), " added, ", batch_.counts.late, " of them late"));
  session_.set_ledger(ledger_);
  report_rows(session_, steps_);
  report_inputs(session_, *source_, rejects_);
}

}  // namespace

void add_events(const RollupSettings& settings, Session& session) {
  Addition(settings, session).run();
}

}  // namespace ev
