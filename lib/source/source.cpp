#include "source/source.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <filesystem>
#include <mutex>
#include <unordered_map>

#include "base/error.h"
#include "base/text.h"
#include "source/input_format.h"
#include "source/sniff.h"
#include "source/text_units.h"
#include "source/text_worker.h"
#include "source/time_search.h"
#include "text/delimited.h"
#include "text/directives.h"

namespace ev {
namespace {

/// Sum of the sizes of regular files; nullopt where an input has no size.
std::optional<uint64_t> total_size(const std::deque<std::string>& names) {
  uint64_t sum = 0;
  for (const std::string& name : names) {
    std::error_code error;
    if (name == "-" || !std::filesystem::is_regular_file(name, error)) return std::nullopt;
    sum += std::filesystem::file_size(name, error);
    if (error) return std::nullopt;
  }
  return sum;
}

/// Rows of `batch` in [since, until); the ledger learns why the others are not.
Selection rows_in_range(const Batch& batch, int64_t since, int64_t until, Ledger& ledger) {
  Selection rows;
  const Column* times = batch.time_column();
  if (times)
    for_each_value(*times, batch.rows, [&](std::size_t row, std::size_t i) {
      if (times->integer(i) >= since && times->integer(i) < until) rows.push_back(static_cast<uint32_t>(row));
    });
  std::size_t timed = times ? times->size() : 0;
  ledger.untimed += batch.rows - timed;
  ledger.filtered += timed - rows.size();
  return rows;
}

Ledger skipped_by(const StreamReader& stream) {
  Ledger skipped;
  skipped.filtered = stream.skipped_rows();
  skipped.untimed = stream.skipped_untimed();
  skipped.in = skipped.filtered + skipped.untimed;
  return skipped;
}

[[noreturn]] void fail_no_event_time(const std::string& name) {
  throw Error(ErrorKind::usage, name, "has no event time", "name its field with -t FIELD when it is ingested");
}

}  // namespace

struct Source::State {
  SourceOptions options;
  std::deque<std::string> names;  // grows with a queue, while others ask for names
  std::unordered_map<std::string, std::size_t> numbers;  // of the names that a queue gave
  mutable std::mutex names_mutex;
  Projection projection;
  std::vector<TextWorker> workers;
  std::shared_ptr<const TimeRules> time_rules;
  std::optional<TimeSearch> time_search;
  std::size_t inputs = 0;  // names that were given; those that rejects bring come behind
  std::size_t next_input = 0, current = 0;
  std::unique_ptr<StreamReader> stream;  // at most one of these two
  std::unique_ptr<TextUnits> text;
  std::deque<SourceUnit> rejected;  // runs of the last block of rejects
  std::shared_ptr<const TextFormat> format;  // of the current text input
  std::optional<Path> text_time;             // of it, too
  uint32_t records_left = 0;      // in which to look for its time field
  std::optional<Path> shown_time;
  StreamTotals totals;
  Ledger skipped;
  uint32_t flags = 0;
  std::vector<std::string> accepted;
  std::atomic<uint64_t> bytes_done{0}, bytes_now{0}, rows{0};
  std::optional<uint64_t> bytes_total;

  bool needs_event_time() const { return ranged() || options.event_time; }
  /// Of a stream of events; rejects have none of their own.
  bool stream_needs_event_time() const { return needs_event_time() && !options.from_rejects; }
  bool ranged() const {
    return options.since != std::numeric_limits<int64_t>::min() || options.until != std::numeric_limits<int64_t>::max();
  }
  template <class Content>
  std::optional<SourceUnit> unit(Content&& content) {
    return SourceUnit{std::forward<Content>(content), static_cast<uint32_t>(current)};
  }
  void open_next();
  bool open_queued();
  std::size_t number_of(const std::string& path);
  void begin_text(std::unique_ptr<Input> input, TextFormat&& found, TextStart&& start);
  std::optional<SourceUnit> next_block();
  std::optional<SourceUnit> next_text();
  void read_column_names(const TextUnit& unit);
  void find_time(TextUnit& unit);
  void close_stream();
  std::optional<SourceUnit> next_rejected();
  void find_time(RejectedRun& run);
};

void Source::State::begin_text(std::unique_ptr<Input> input, TextFormat&& found, TextStart&& start) {
  text = std::make_unique<TextUnits>(std::move(input), options.block_rows, options.latency, found, std::move(start));
  text->tell_idle(options.idle);
  format = std::make_shared<const TextFormat>(std::move(found));
}

void Source::State::open_next() {
  current = next_input++;
  OpenedInput opened = open_and_sniff(names[current], options.stop, what_to_tell(options));
  if (options.from_rejects) {
    if (opened.kind != InputKind::event_stream && opened.kind != InputKind::empty)
      throw Error(ErrorKind::corrupt, opened.input->name(), "is no stream of rejects",
                  "--from-rejects takes what --rejects wrote");
    stream = std::make_unique<StreamReader>(std::move(opened.input), ReadOptions{});
    return;
  }
  if (auto found = text_format(opened, options)) {
    text_time.reset();
    records_left = time_search->records();
    begin_text(std::move(opened.input), std::move(*found), {});
    return;
  }
  // What a pipe brings is drained to its END even after a signal; its first producer is the one to stop.
  if (!opened.input->seekable()) opened.input->ignore_stop();
  stream = std::make_unique<StreamReader>(
      std::move(opened.input), ReadOptions{projection, options.since, options.until, options.filter});
}

std::size_t Source::State::number_of(const std::string& path) {
  std::lock_guard lock(names_mutex);
  auto [at, added] = numbers.try_emplace(path, names.size());
  if (added) names.push_back(path);
  return at->second;
}

/// Opens the next input of the queue, unless its first lines tell too little yet; false at the end.
bool Source::State::open_queued() {
  std::optional<QueuedInput> next = options.queue->next();
  if (!next) return false;
  current = number_of(next->path);
  TextStart start{std::move(next->taken), next->line, next->hold_back, next->settled};
  if (auto known = go_on(std::move(next->reading), next->path, options, time_search->records())) {
    text_time = std::move(known->time_path);
    records_left = known->records_left;
    begin_text(std::move(next->input), std::move(*known->format), std::move(start));
    return true;
  }
  OpenedInput opened;
  try {
    opened = sniff(std::move(next->input), what_to_tell(options));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::truncated) throw;
    options.queue->closed(&error, true);
    return true;
  }
  if (start.hold_back && !tells(opened.head, what_to_tell(options))) {
    options.queue->closed(nullptr, true);
    return true;
  }
  text_time.reset();
  records_left = time_search->records();
  begin_text(std::move(opened.input), text_format(opened, options).value_or(TextFormat{}), std::move(start));
  return true;
}

/// The records that a stream of rejects holds, run by run.
std::optional<SourceUnit> Source::State::next_rejected() {
  while (rejected.empty()) {
    std::optional<SourceUnit> block = next_block();
    if (!block) return std::nullopt;
    const RawBlock& raw = std::get<RawBlock>(block->content);
    for (RejectedRun& run : rejected_runs(decode_block(raw, Projection{}), options.format, raw.place)) {
      find_time(run);
      const std::size_t input = number_of(run.source);
      rejected.push_back(SourceUnit{std::move(run), static_cast<uint32_t>(input)});
    }
  }
  SourceUnit first = std::move(rejected.front());
  rejected.pop_front();
  return first;
}

/// The event time of rejects is that of the text that they come from, if that was known and no other is named.
void Source::State::find_time(RejectedRun& run) {
  if (!options.time_fields.empty() || !run.time_path) {
    run.time_path.reset();
    uint32_t left = kTimeDetectionRecords;
    for (const TextUnit& record : run.records) {
      if (run.time_path || left == 0) break;
      run.time_path = time_search->find(record, *run.format, left);
    }
  }
  if (run.time_path && !shown_time) shown_time = run.time_path;
  for (TextUnit& record : run.records) {
    record.time_path = run.time_path;
    record.time_rules = time_rules;
    record.types = options.types;
    record.check = options.check;
  }
}

void Source::State::close_stream() {
  const StreamTotals& read = stream->totals();
  // Blocks that lack a time are skipped under a time range, so it is known here only.
  if (stream_needs_event_time() && read.rows > 0 && !stream->has_event_time()) fail_no_event_time(stream->input().name());
  totals.segments += read.segments;
  totals.blocks += read.blocks;
  totals.rows += read.rows;
  totals.raw_bytes += read.raw_bytes;
  totals.digest += read.digest;
  totals.ledger += read.ledger;
  flags |= read.flags;
  skipped += skipped_by(*stream);
  bytes_done += stream->position();
  bytes_now = 0;
  stream.reset();
}

std::optional<SourceUnit> Source::State::next_block() {
  // No byte of the next record is held anywhere else.
  Input& input = stream->input();
  if (options.idle.count() > 0 && !input.seekable() && !input.ready(options.idle)) return unit(IdleInput{});
  std::optional<RawBlock> block;
  try {
    block = stream->next();
  } catch (const Error& error) {
    if (!options.accept_partial || error.kind() != ErrorKind::truncated) throw;
    flags |= kEndPartial;
    accepted.emplace_back(error.what());
  }
  bytes_now = stream->position();
  if (!block) {
    close_stream();
    return std::nullopt;
  }
  if (stream_needs_event_time() && !block->time_path && block->header.rows > 0) fail_no_event_time(stream->input().name());
  rows += block->header.rows;
  return unit(std::move(*block));
}

/// A table is read once its columns are known.
void Source::State::read_column_names(const TextUnit& unit) {
  if (has_directives(format->kind)) {
    TextFormat known = *format;
    if (read_directives(unit, known, text->input().name()) && known != *format)
      format = std::make_shared<const TextFormat>(std::move(known));
    return;
  }
  if (format->kind != TextKind::delimited || !format->columns.empty()) return;
  TextFormat known = *format;
  if (unit.first_offset != 0 || unit.text.empty())
    throw Error(ErrorKind::corrupt, text->input().name(), concat("the header is longer than ", kMaxLineBytes, " bytes"),
                "name the columns with --columns");
  read_header({unit.text.data(), unit.text.size()}, known, text->input().name());
  format = std::make_shared<const TextFormat>(std::move(known));
}

/// Decides on the event-time field of a text input by its first records.
void Source::State::find_time(TextUnit& text_unit) {
  if (!text_time && records_left > 0) {
    text_time = time_search->find(text_unit, *format, records_left);
    if (text_time && !shown_time) shown_time = text_time;
  }
  text_unit.time_path = text_time;
  text_unit.time_rules = time_rules;
  text_unit.types = options.types;
  text_unit.check = options.check;
}

std::optional<SourceUnit> Source::State::next_text() {
  std::optional<TextUnit> text_unit;
  std::optional<Error> cut_short;
  try {
    text_unit = text->next();
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::truncated || !(options.accept_partial || options.queue)) throw;
    cut_short = error;
    if (!options.queue) {
      flags |= kEndPartial;
      accepted.emplace_back(error.what());
    }
  }
  bytes_now = text->input().consumed();
  if (!text_unit && text->idle()) return unit(IdleInput{});
  if (!text_unit) {
    // A short log ends before there were enough records to say so.
    bool had_records = records_left < time_search->records();
    if (needs_event_time() && !text_time && had_records) fail_no_event_time(text->input().name());
    if (text->input().stopped()) flags |= kEndInterrupted;
    bytes_done += text->input().consumed();
    bytes_now = 0;
    const bool left = text->left_text();
    text.reset();
    if (options.queue) options.queue->closed(cut_short ? &*cut_short : nullptr, left);
    return std::nullopt;
  }
  read_column_names(*text_unit);
  text_unit->format = format;
  find_time(*text_unit);
  if (needs_event_time() && !text_time && records_left == 0) fail_no_event_time(text->input().name());
  if (options.queue)
    options.queue->took({text_unit->first_offset, text_unit->first_line, text->taken().mark(), text->line(), {*format, text_time, records_left}, text_unit->goes_on});
  return unit(std::move(*text_unit));
}

Source::Source(SourceOptions options) : state_(std::make_unique<State>()) {
  State& s = *state_;
  if (!options.queue) {
    if (options.paths.empty()) options.paths.emplace_back("-");
    for (std::string& name : list_inputs(options.paths, options.text_only)) s.names.push_back(std::move(name));
    s.inputs = s.names.size();
    s.bytes_total = total_size(s.names);
  }
  if (options.directory_only) options.fields = FieldChoice{false, {}};
  options.time_rules.plausible_only = options.time_fields.empty();
  s.time_rules = std::make_shared<const TimeRules>(options.time_rules);
  for (FieldFormat& field : options.field_formats) field.format.year = options.year;
  s.options = std::move(options);
  FieldChoice parsed = s.options.directory_only ? FieldChoice{} : s.options.fields;
  // ingest keeps the event time at any rate.
  parsed.event_time = s.options.text_only || s.needs_event_time();
  for (unsigned i = 0; i < s.options.workers; i++) s.workers.emplace_back(s.options, parsed);
  s.time_search.emplace(s.options, s.time_rules);
  s.projection = Projection{s.options.fields.all, s.options.fields.names, s.needs_event_time(), s.options.fields.below};
}

Source::~Source() = default;

std::optional<SourceUnit> Source::next() {
  State& s = *state_;
  for (;;) {
    bool stoppable = !s.stream || s.stream->input().seekable();
    if (stoppable && s.options.stop.stop && s.options.stop.stop()) {
      s.flags |= kEndInterrupted;
      return std::nullopt;
    }
    if (!s.stream && !s.text) {
      if (s.options.queue) {
        if (!s.open_queued()) {
          if (s.options.stop.stop && s.options.stop.stop()) s.flags |= kEndInterrupted;
          return std::nullopt;
        }
        continue;
      }
      if (s.next_input == s.inputs) return std::nullopt;
      s.open_next();
    }
    std::optional<SourceUnit> unit = !s.stream ? s.next_text() : s.options.from_rejects ? s.next_rejected() : s.next_block();
    if (unit) return unit;
  }
}

SourceItem Source::open(SourceUnit&& unit, unsigned worker) {
  State& s = *state_;
  SourceItem item;
  item.input = unit.input;
  if (std::holds_alternative<IdleInput>(unit.content)) {
    item.idle = true;
    item.batch.emplace();
    return item;
  }
  if (RawBlock* block = std::get_if<RawBlock>(&unit.content)) {
    item.ledger.in = block->header.rows;
    const BlockHeader& header = block->header;
    bool whole = !s.ranged() || (header.timed_rows == header.rows &&
                                 (header.rows == 0 || (header.min_time >= s.options.since && header.max_time < s.options.until)));
    if (whole && s.options.pass_blocks) {
      item.block = std::move(*block);
      return item;
    }
    item.batch = decode_block(*block, s.projection);
    if (whole) return item;
  } else {
    TextWorker& reader = s.workers[worker];
    RejectedRun* run = std::get_if<RejectedRun>(&unit.content);
    TextUnit* text = std::get_if<TextUnit>(&unit.content);
    const std::string& input = input_name(unit.input);
    ParsedText parsed = run ? reader.parse(*run, input) : reader.parse(*text, input);
    if (!parsed.rejects.empty())
      item.read_as = run ? reading_text(*run->format, run->time_path) : reading_text(*text->format, text->time_path);
    item.fields = reader.take_counts();
    item.ledger.in = parsed.records;
    item.ledger.rejected = parsed.rejects.size();
    item.rejects = std::move(parsed.rejects);
    item.duplicate_keys = parsed.duplicate_keys;
    item.type_counts = std::move(parsed.type_counts);
    item.batch = std::move(parsed.batch);
    s.rows += item.batch->rows;
    if (!s.ranged()) return item;
  }
  Selection rows = rows_in_range(*item.batch, s.options.since, s.options.until, item.ledger);
  if (rows.size() < item.batch->rows) item.batch = take(*item.batch, rows);
  return item;
}

Ledger Source::skipped() const {
  Ledger skipped = state_->skipped;
  if (state_->stream) skipped += skipped_by(*state_->stream);
  return skipped;
}
uint32_t Source::end_flags() const { return state_->flags & ~kEndMore; }
bool Source::interrupted() const { return state_->flags & kEndInterrupted; }
const std::vector<std::string>& Source::accepted() const { return state_->accepted; }
const StreamTotals& Source::totals() const { return state_->totals; }
const std::string& Source::input_name(uint32_t input) const {
  std::lock_guard lock(state_->names_mutex);
  return state_->names[input];
}
uint64_t Source::bytes_read() const { return state_->bytes_done + state_->bytes_now; }
std::optional<uint64_t> Source::bytes_total() const { return state_->bytes_total; }
uint64_t Source::rows_read() const { return state_->rows; }
std::optional<Path> Source::time_path() const { return state_->shown_time; }

}  // namespace ev
