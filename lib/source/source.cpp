#include "source/source.h"

#include <algorithm>
#include <atomic>
#include <deque>
#include <filesystem>
#include <mutex>
#include <unordered_map>

#include "base/error.h"
#include "base/text.h"
#include "source/sniff.h"
#include "source/source_field.h"
#include "source/text_units.h"
#include "text/delimited.h"
#include "text/directives.h"
#include "text/json_cutter.h"
#include "text/json_lines.h"
#include "text/text_parser.h"

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

/// The names among which the event time of a text is looked for: not those that are to be something else.
std::vector<std::string> time_candidates(const SourceOptions& options) {
  std::vector<std::string> names = options.time_fields;
  if (names.empty()) names.assign(default_time_fields().begin(), default_time_fields().end());
  if (options.types) std::erase_if(names, [&](const std::string& name) { return options.types->excludes_time(name); });
  return names;
}

/// Of JSON, the kind that its beginning shows.
TextFormat with_layout(TextFormat format, std::string_view head) {
  if (format.kind != TextKind::json_lines) return format;
  const bool begins_with_json = detect_input(as_bytes(head)) == InputKind::json;
  // Lines that are broken may come first.
  const std::size_t begin = begins_with_json ? 0 : std::min(head.find("\n{"), head.size());
  if (begin < head.size()) format.kind = JsonCutter::layout(head.substr(begin), true).value_or(format.kind);
  return format;
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

/// What a worker reads text with: a parser for the format of the inputs it last met, and what changes the rows then.
struct WorkerParser final : BatchChange {
  std::shared_ptr<const TextFormat> format;
  std::unique_ptr<TextParser> parser;
  std::vector<FieldParser> field_parsers;
  std::optional<SourceField> source_field;

  void change(Batch& batch) override {
    for (FieldParser& field : field_parsers) field.change(batch);
    if (source_field) source_field->change(batch);
  }
  ParsedText parse(TextUnit& unit, const std::string& input, const FieldChoice& fields) {
    for (FieldParser& field : field_parsers) field.set_unit(unit);
    if (source_field) source_field->set_input(input);
    if (source_field || !field_parsers.empty()) unit.change = this;
    if (unit.format != format && !(parser && *unit.format == *format)) parser = make_text_parser(*unit.format, fields);
    format = unit.format;
    ParsedText parsed = parser->parse(unit);
    for (FieldParser& field : field_parsers) parsed.duplicate_keys += field.take_duplicate_keys();
    return parsed;
  }
  FieldCounts take_counts() {
    FieldCounts counts;
    for (FieldParser& field : field_parsers) counts.parsed.push_back(field.take_counts());
    if (source_field) counts.unnamed = source_field->take_unchanged();
    return counts;
  }
};

struct Source::State {
  SourceOptions options;
  std::deque<std::string> names;  // grows with a queue, while others ask for names
  std::unordered_map<std::string, std::size_t> numbers;  // of the names that a queue gave
  mutable std::mutex names_mutex;
  Projection projection;
  std::vector<WorkerParser> parsers;  // one per worker
  std::vector<FieldParser> time_parsers;  // of the fields in which the event time may stand
  FieldChoice parsed_fields;
  std::shared_ptr<const TimeRules> time_rules;
  std::size_t inputs = 0;  // names that were given; those that rejects bring come behind
  std::size_t next_input = 0, current = 0;
  std::unique_ptr<StreamReader> stream;  // at most one of these two
  std::unique_ptr<TextUnits> text;
  std::deque<SourceUnit> rejected;  // runs of the last block of rejects
  std::shared_ptr<const TextFormat> format;  // of the current text input
  std::optional<Path> text_time;             // of it, too
  std::vector<std::string> time_candidates;  // names of fields that may be it
  uint32_t records_left = 0;      // in which to look for its time field
  std::optional<Path> shown_time;
  StreamTotals totals;
  Ledger skipped;
  uint32_t flags = 0;
  std::vector<std::string> accepted;
  std::atomic<uint64_t> bytes_done{0}, bytes_now{0}, rows{0};
  std::optional<uint64_t> bytes_total;

  /// Records of a text input among which its event-time field is looked for.
  uint32_t records_to_look_at() const { return options.time_fields.empty() ? kTimeDetectionRecords : UINT32_MAX; }
  bool needs_event_time() const { return ranged() || options.event_time; }
  /// Of a stream of events; rejects have none of their own.
  bool stream_needs_event_time() const { return needs_event_time() && !options.from_rejects; }
  bool ranged() const {
    return options.since != std::numeric_limits<int64_t>::min() || options.until != std::numeric_limits<int64_t>::max();
  }
  std::optional<SourceUnit> unit(std::variant<RawBlock, TextUnit, RejectedRun>&& content) {
    return SourceUnit{std::move(content), static_cast<uint32_t>(current)};
  }
  void open_next();
  void make_parsers();
  bool open_queued();
  std::optional<TextReading> go_on(TextReading&& reading, const std::string& path) const;
  std::size_t number_of(const std::string& path);
  std::optional<TextFormat> text_format(const OpenedInput& opened) const;
  void begin_text(std::unique_ptr<Input> input, TextFormat&& found, TextStart&& start);
  std::optional<SourceUnit> next_block();
  std::optional<SourceUnit> next_text();
  std::optional<TextFormat> find_format(const OpenedInput& opened) const;
  Tell what_to_tell() const;
  void read_column_names(const TextUnit& unit);
  std::optional<Path> look_for_time(const TextUnit& unit, const TextFormat& unit_format, uint32_t& left);
  void find_time(TextUnit& unit);
  void close_stream();
  std::optional<SourceUnit> next_rejected();
  void find_time(RejectedRun& run);
  ParsedText parse_again(RejectedRun& run, const std::string& input, WorkerParser& parser) const;
};

void Source::State::make_parsers() {
  for (FieldFormat& field : options.field_formats) {
    field.format.year = options.year;
    // What stands in a field is wanted if the field is not.
    parsed_fields.names.push_back(quoted_name(Path::key(field.field)));
  }
  parsers.resize(options.workers);
  for (WorkerParser& parser : parsers) {
    for (const FieldFormat& field : options.field_formats) parser.field_parsers.emplace_back(field, parsed_fields);
    if (options.source_field) parser.source_field.emplace(*options.source_field);
  }
  for (const FieldFormat& field : options.field_formats) time_parsers.emplace_back(field, FieldChoice{});
}

/// How an input is read if it is text; nullopt: it is an event stream, or nothing that this tool reads.
std::optional<TextFormat> Source::State::find_format(const OpenedInput& opened) const {
  if (options.format) return with_layout(*options.format, opened.head);
  if (opened.kind == InputKind::json) return with_layout(TextFormat{}, opened.head);
  if (opened.kind == InputKind::empty && options.text_only) return TextFormat{};
  if (opened.kind != InputKind::other) return std::nullopt;
  // A log whose first line is broken is still a log: its bad lines are rejects.
  if (opened.head.find("\n{") != std::string::npos || is_blank(opened.head)) return with_layout(TextFormat{}, opened.head);
  return options.text_only ? detect_text_format(opened.head) : std::nullopt;
}

Tell Source::State::what_to_tell() const {
  if (!options.format) return options.text_only ? Tell::format : Tell::json_layout;
  return options.format->kind == TextKind::json_lines ? Tell::json_layout : Tell::kind;
}

/// The same, or Error for what no one reads as text here. nullopt: it is an event stream.
std::optional<TextFormat> Source::State::text_format(const OpenedInput& opened) const {
  const std::string& shown = opened.input->name();
  if (options.text_only && opened.kind == InputKind::event_stream)
    throw Error(ErrorKind::corrupt, shown, "is an event stream already",
                "give it to the next program as it is; `ev cat` joins streams");
  std::optional<TextFormat> found = find_format(opened);
  if (found)
    found->year = options.year;
  else if (opened.kind != InputKind::event_stream && opened.kind != InputKind::empty)
    throw Error(ErrorKind::corrupt, shown,
                options.text_only ? "is in no format that ev ingest knows by its first bytes" : "is no event stream and no JSON",
                describe_bytes(as_bytes(opened.head)));
  return found;
}

void Source::State::begin_text(std::unique_ptr<Input> input, TextFormat&& found, TextStart&& start) {
  text = std::make_unique<TextUnits>(std::move(input), options.block_rows, options.latency, found, std::move(start));
  format = std::make_shared<const TextFormat>(std::move(found));
}

void Source::State::open_next() {
  current = next_input++;
  OpenedInput opened = open_and_sniff(names[current], options.stop, what_to_tell());
  if (options.from_rejects) {
    if (opened.kind != InputKind::event_stream && opened.kind != InputKind::empty)
      throw Error(ErrorKind::corrupt, opened.input->name(), "is no stream of rejects",
                  "--from-rejects takes what --rejects wrote");
    stream = std::make_unique<StreamReader>(std::move(opened.input), ReadOptions{});
    return;
  }
  if (auto found = text_format(opened)) {
    text_time.reset();
    records_left = records_to_look_at();
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

/// What was found out in an earlier run, as far as the options of this one leave it standing; nullopt: nothing was.
std::optional<TextReading> Source::State::go_on(TextReading&& reading, const std::string& path) const {
  if (!reading.format) return std::nullopt;
  TextFormat& known = *reading.format;
  if (const auto& wanted = options.format) {
    const bool same_kind = wanted->kind == known.kind || (is_json(wanted->kind) && is_json(known.kind));
    const bool same = same_kind && wanted->separator == known.separator && wanted->escaped == known.escaped;
    if (!same && wanted->kind == TextKind::delimited && wanted->columns.empty())
      throw Error(ErrorKind::usage, path, concat("was read as ", format_name(known), " so far, and its header is past"),
                  "name the columns with --columns");
    const bool same_records = wanted->record_start == known.record_start;
    if (!same || !same_records || !wanted->columns.empty() || !wanted->pattern.empty()) known = *wanted;
  }
  known.year = options.year;
  const auto& names_given = options.time_fields;
  const bool by_name = reading.time_path && std::find(names_given.begin(), names_given.end(), reading.time_path->name()) != names_given.end();
  if (!names_given.empty() && !by_name) {
    reading.time_path.reset();
    reading.records_left = records_to_look_at();
  }
  return std::move(reading);
}

/// Opens the next input of the queue, unless its first lines tell too little yet; false at the end.
bool Source::State::open_queued() {
  std::optional<QueuedInput> next = options.queue->next();
  if (!next) return false;
  current = number_of(next->path);
  TextStart start{std::move(next->taken), next->line, next->hold_back, next->settled};
  if (auto known = go_on(std::move(next->reading), next->path)) {
    text_time = std::move(known->time_path);
    records_left = known->records_left;
    begin_text(std::move(next->input), std::move(*known->format), std::move(start));
    return true;
  }
  OpenedInput opened;
  try {
    opened = sniff(std::move(next->input), what_to_tell());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::truncated) throw;
    options.queue->closed(&error, true);
    return true;
  }
  if (start.hold_back && !tells(opened.head, what_to_tell())) {
    options.queue->closed(nullptr, true);
    return true;
  }
  text_time.reset();
  records_left = records_to_look_at();
  begin_text(std::move(opened.input), text_format(opened).value_or(TextFormat{}), std::move(start));
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
      run.time_path = look_for_time(record, *run.format, left);
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

ParsedText Source::State::parse_again(RejectedRun& run, const std::string& input, WorkerParser& parser) const {
  ParsedJoin joined;
  for (TextUnit& record : run.records) joined.add(parser.parse(record, input, parsed_fields));
  ParsedText cut;
  cut.records = run.cut.size();
  cut.rejects = std::move(run.cut);
  joined.add(std::move(cut));
  return joined.finish(run.time_path);
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

/// The event-time field that the first `left` records of the unit have; those that were looked at are taken off.
std::optional<Path> Source::State::look_for_time(const TextUnit& text_unit, const TextFormat& unit_format, uint32_t& left) {
  const bool named = !options.time_fields.empty();
  const std::span<const std::string> candidates = time_candidates;
  if (unit_format.kind == TextKind::json_lines && time_parsers.empty())
    return find_time_field({text_unit.text.data(), text_unit.text.size()}, candidates, named, *time_rules, left);
  Batch batch = make_text_parser(unit_format, FieldChoice{})->parse(text_unit).batch;
  std::optional<FoundTimeField> found;
  uint32_t left_for_parsed = left;
  // What does not stand in a text that may fail to be parsed is there more often, so of one record it comes first.
  if (!named || time_parsers.empty()) found = find_time_field(batch, candidates, named, *time_rules, left);
  if (!time_parsers.empty()) {
    for (FieldParser& field : time_parsers) {
      field.set_unit(text_unit);
      field.change(batch);
    }
    const auto parsed = find_time_field(batch, candidates, named, *time_rules, left_for_parsed);
    if (parsed && !(found && found->row <= parsed->row)) found = parsed;
    left = left_for_parsed;
  }
  return found ? std::optional(found->path) : std::nullopt;
}

/// Decides on the event-time field of a text input by its first records.
void Source::State::find_time(TextUnit& text_unit) {
  if (!text_time && records_left > 0) {
    text_time = look_for_time(text_unit, *format, records_left);
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
  if (!text_unit) {
    // A short log ends before there were enough records to say so.
    bool had_records = records_left < records_to_look_at();
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
  s.parsed_fields = options.directory_only ? FieldChoice{} : options.fields;
  options.time_rules.plausible_only = options.time_fields.empty();
  s.time_rules = std::make_shared<const TimeRules>(options.time_rules);
  s.time_candidates = time_candidates(options);
  s.options = std::move(options);
  // ingest keeps the event time at any rate.
  s.parsed_fields.event_time = s.options.text_only || s.needs_event_time();
  s.make_parsers();
  s.projection = Projection{s.options.fields.all, s.options.fields.names, s.needs_event_time()};
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
    WorkerParser& parser = s.parsers[worker];
    RejectedRun* run = std::get_if<RejectedRun>(&unit.content);
    TextUnit* text = std::get_if<TextUnit>(&unit.content);
    const std::string& input = input_name(unit.input);
    ParsedText parsed = run ? s.parse_again(*run, input, parser) : parser.parse(*text, input, s.parsed_fields);
    if (!parsed.rejects.empty())
      item.read_as = run ? reading_text(*run->format, run->time_path) : reading_text(*text->format, text->time_path);
    item.fields = parser.take_counts();
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
