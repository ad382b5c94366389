#include "rows/explosion.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

#include "event/batch_builder.h"
#include "expr/json_text.h"
#include "text/json_lines.h"
#include "text/json_value.h"

namespace ev {
namespace {

// What is gathered, and parsed, at a time. So few bytes have fewer different fields than a parser refuses, so that what
// becomes of an element depends on it alone.
constexpr std::size_t kParsedBytes = std::size_t{256} << 10;
constexpr std::size_t kParsedEvents = 4096;
constexpr uint32_t kNoLine = UINT32_MAX;

std::string_view json_array(const Value& value) {
  return value.type == Type::json && value.text.starts_with('[') ? value.text : std::string_view();
}

Cell cell_of(BatchBuilder& builder, uint32_t path, const Value& value) {
  if (value.type == Type::null) return {Cell::kNull, 0, 0};
  const uint32_t column = builder.column(path, value.type);
  if (!is_text_type(value.type)) return {column, value.form, value.word};
  return {column, static_cast<uint32_t>(value.text.size()), reinterpret_cast<uintptr_t>(value.text.data())};
}

uint64_t raw_bytes_of(const Value& value) {
  if (value.type == Type::null) return 0;
  return is_text_type(value.type) ? sizeof(uint32_t) + value.text.size() : sizeof(uint64_t);
}

}  // namespace

struct Explosion::State {
  /// An event that is to come out.
  struct Pending {
    uint32_t row = 0;         // of the batch
    uint32_t line = kNoLine;  // of the elements that were parsed; none: the event stays as it is
    bool first = true;
    std::string_view element;
  };
  /// The fields of the event at hand, but for the one that explodes.
  struct Outline {
    std::vector<uint32_t> before, behind;  // paths of the builder
    std::vector<Cell> cells;
    uint64_t bytes = 0;
    bool has_field = false;
    uint32_t row = UINT32_MAX;
  };

  State(Batch&& rows, const std::string& name) : batch(std::move(rows)), scan(batch), reader(batch) {
    const int number = find_path(batch.paths, name);
    if (number >= 0) field = static_cast<uint16_t>(number);
    field_path = number >= 0 ? batch.paths[static_cast<std::size_t>(number)] : Path::key(name);
    // Elements are nested as deeply as where they stood: what is kept as text below some depth is the same.
    const std::size_t steps = field_path.step_count();
    for (std::size_t i = 0; i < steps; i++) {
      line_begin += "{\"e\":";
      line_end += '}';
    }
    line_end += '\n';
    more_rows = scan.next();
    text.keep_row_lines = true;
  }

  bool any_json() const { return field && batch.find(*field, Type::json); }
  bool gather();
  void parse();
  void outline(uint32_t row);
  Path moved(const Path& path) const;
  bool fits(const Layout& element) const;
  bool append(const Pending& next);
  void add(const Path& path, const Value& value, uint64_t& event_bytes);
  ExplodedRows finish();

  Batch batch;
  std::optional<uint16_t> field;
  Path field_path;
  std::string line_begin, line_end;

  // What is parsed next.
  RowReader scan;
  bool more_rows = false;
  std::optional<JsonElements> elements;  // of the row at `scan`, where it is an array that was begun
  bool first_element = true;
  std::vector<Pending> pending;
  std::size_t next_pending = 0;
  TextUnit text;
  uint32_t lines = 0;

  // What was parsed.
  JsonLinesParser parser;
  Batch parsed;
  std::optional<RowReader> parsed_reader;
  std::vector<uint32_t> parsed_row;  // per line; kNoLine: the parser refused it
  std::vector<Path> parsed_paths;    // of `parsed`, where they stand in the events

  // What comes out.
  RowReader reader;
  BatchBuilder builder;
  Outline event;
  std::vector<uint32_t> layout;
  std::vector<Cell> cells;
  PodVector<uint32_t> firsts;
  uint64_t bytes = 0;
  uint64_t arrays = 0;
  bool ended = false;
};

/// The next events that are to come out; false at the end.
bool Explosion::State::gather() {
  pending.clear();
  next_pending = 0;
  text.text.clear();
  lines = 0;
  while (more_rows && text.text.size() < kParsedBytes && pending.size() < kParsedEvents) {
    if (!elements) {
      const std::string_view array = field ? json_array(scan.value(*field)) : std::string_view();
      if (array.empty()) {
        pending.push_back({scan.row(), kNoLine, true, {}});
        more_rows = scan.next();
        continue;
      }
      arrays++;
      elements.emplace(array);
      first_element = true;
    }
    if (!elements->next()) {
      elements.reset();
      more_rows = scan.next();
      continue;
    }
    std::string line = line_begin;
    line += elements->element();
    put_on_one_line(line);
    line += line_end;
    text.text.append(line.data(), line.size());
    pending.push_back({scan.row(), lines++, std::exchange(first_element, false), elements->element()});
  }
  if (lines > 0) parse();
  return !pending.empty();
}

void Explosion::State::parse() {
  std::memset(text.text.extend(PodVector<char>::kSlack), 0, PodVector<char>::kSlack);
  text.text.resize(text.text.size() - PodVector<char>::kSlack);
  ParsedText elements_read = parser.parse(text);
  parsed = std::move(elements_read.batch);
  parsed_reader.emplace(parsed);
  parsed_row.assign(lines, kNoLine);
  for (std::size_t row = 0; row < elements_read.row_lines.size(); row++)
    parsed_row[elements_read.row_lines[row] - text.first_line] = static_cast<uint32_t>(row);
  parsed_paths.clear();
  for (const Path& path : parsed.paths) parsed_paths.push_back(moved(path));
}

/// Where a field of an element stands in the event.
Path Explosion::State::moved(const Path& path) const {
  const std::vector<std::string_view> steps = path.steps();
  std::vector<std::string_view> there = field_path.steps();
  there.insert(there.end(), steps.begin() + static_cast<std::ptrdiff_t>(there.size()), steps.end());
  return Path(there);
}

void Explosion::State::outline(uint32_t row) {
  if (event.row == row) return;
  while (reader.row() != row) reader.next();
  event.before.clear();
  event.behind.clear();
  event.cells.clear();
  event.bytes = 0;
  event.has_field = false;
  event.row = row;
  for (uint16_t path : reader.layout()) {
    if (path == field) {
      event.has_field = true;
      continue;
    }
    const Value value = reader.value(path);
    const uint32_t number = builder.path(batch.paths[path]);
    (event.has_field ? event.behind : event.before).push_back(number);
    event.cells.push_back(cell_of(builder, number, value));
    event.bytes += raw_bytes_of(value);
  }
}

bool Explosion::State::fits(const Layout& element) const {
  return event.before.size() + event.behind.size() + element.size() <= kMaxColumns &&
         std::all_of(element.begin(), element.end(),
                     [&](uint16_t path) { return parsed_paths[path].encoded().size() <= kMaxPathBytes; });
}

void Explosion::State::add(const Path& path, const Value& value, uint64_t& event_bytes) {
  layout.push_back(builder.path(path));
  cells.push_back(cell_of(builder, layout.back(), value));
  event_bytes += raw_bytes_of(value);
}

/// False, and nothing appended, where the event belongs into the next piece.
bool Explosion::State::append(const Pending& next) {
  outline(next.row);
  layout = event.before;
  cells = event.cells;
  uint64_t event_bytes = event.bytes;
  const uint32_t row = next.line == kNoLine ? kNoLine : parsed_row[next.line];
  while (row != kNoLine && parsed_reader->row() != row) parsed_reader->next();
  if (next.line == kNoLine) {
    if (event.has_field) add(field_path, reader.value(*field), event_bytes);
  } else if (row != kNoLine && fits(parsed_reader->layout())) {
    for (uint16_t path : parsed_reader->layout()) add(parsed_paths[path], parsed_reader->value(path), event_bytes);
  } else {
    Value as_text;
    as_text.type = Type::json;
    as_text.text = next.element;
    add(field_path, as_text, event_bytes);
  }
  layout.insert(layout.end(), event.behind.begin(), event.behind.end());
  const bool full = builder.rows() == kMaxBlockRows || bytes + event_bytes > kMaxBlockRawBytes ||
                    builder.path_count() > kMaxBatchPaths;
  if (full && builder.rows() > 0) return false;
  if (next.first) firsts.push_back(builder.rows());
  builder.append(builder.layout(layout), cells);
  bytes += event_bytes;
  return true;
}

ExplodedRows Explosion::State::finish() {
  ExplodedRows rows;
  const int time = batch.time_path;
  rows.batch =
      builder.finish(time < 0 ? -1 : static_cast<int>(builder.path(batch.paths[static_cast<std::size_t>(time)])));
  rows.firsts = std::exchange(firsts, {});
  // The next piece is as if it were the first: its paths are counted anew.
  builder.reset();
  event.row = UINT32_MAX;
  bytes = 0;
  return rows;
}

Explosion::Explosion(Batch&& batch, const std::string& field)
    : state_(std::make_unique<State>(std::move(batch), field)) {}
Explosion::~Explosion() = default;
Explosion::Explosion(Explosion&&) noexcept = default;
Explosion& Explosion::operator=(Explosion&&) noexcept = default;

std::optional<ExplodedRows> Explosion::next() {
  State& s = *state_;
  if (s.ended) return std::nullopt;
  if (!s.any_json()) {
    s.ended = true;
    ExplodedRows all;
    all.firsts.resize(s.batch.rows);
    std::iota(all.firsts.begin(), all.firsts.end(), uint32_t{0});
    all.batch = std::move(s.batch);
    return all;
  }
  while (s.next_pending < s.pending.size() || s.gather()) {
    if (!s.append(s.pending[s.next_pending])) return s.finish();
    s.next_pending++;
  }
  s.ended = true;
  ExplodedRows rows = s.finish();
  rows.batch.watermark = s.batch.watermark;
  return rows;
}

bool Explosion::done() const {
  return state_->ended;
}
uint64_t Explosion::arrays() const {
  return state_->arrays;
}

}  // namespace ev
