#include "text/json_lines.h"

#include <algorithm>
#include <cstring>

#include <simdjson.h>

#include "base/text.h"
#include "text/json_fields.h"
#include "text/json_plain.h"
#include "text/json_template.h"

namespace ev {
namespace {

// What is remembered from unit to unit; beyond it, a unit begins afresh.
constexpr std::size_t kMaxRememberedFields = 1 << 14;
constexpr std::size_t kMaxRememberedLayouts = 1 << 12;
constexpr std::size_t kMaxRememberedLayoutPaths = 1 << 20;
// Within a unit only the guesses can be forgotten; fields of rejected lines would else pile up.
constexpr std::size_t kMaxFieldsInUnit = 1 << 17;
// Paths of a batch have 16-bit numbers, of which the last has a meaning of its own.
constexpr uint32_t kMaxBatchPaths = kLayoutChunkPath - 1;

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// Index of the first byte that is no valid UTF-8.
std::size_t first_invalid(std::string_view text) {
  // What is valid up to a byte boundary of characters stays valid: halve until the character is found.
  std::size_t good = 0, bad = text.size();
  while (bad - good > 8) {
    std::size_t middle = good + (bad - good) / 2;
    while (middle > good && (static_cast<unsigned char>(text[middle]) & 0xc0) == 0x80) middle--;
    if (middle == good) break;
    (simdjson::validate_utf8(text.substr(good, middle - good)) ? good : bad) = middle;
  }
  for (std::size_t at = good; at < bad;) {
    std::size_t size = 1;
    while (size < 4 && at + size <= text.size() && !simdjson::validate_utf8(text.substr(at, size))) size++;
    if (size == 4 && (at + 4 > text.size() || !simdjson::validate_utf8(text.substr(at, 4)))) return at;
    at += size;
  }
  return good;
}

}  // namespace

bool FieldChoice::wants(const Path& path) const {
  return all || std::any_of(names.begin(), names.end(), [&](const std::string& name) { return may_mean(name, path); });
}

struct JsonLinesParser::State {
  explicit State(FieldChoice wanted) : choice(std::move(wanted)) {}

  ParsedText parse(const TextUnit& unit, bool predict);

 private:
  void start(const TextUnit& unit, bool predict);
  void read_lines(const char* p, const char* end);
  void read_plainly(const char* p, const char* newline);
  void append(uint32_t layout, std::span<const Cell> cells, const char* p);
  bool admit_layout(uint32_t layout);
  uint32_t add_layout(std::span<const Entry> leaves);
  void reject(const char* p, std::size_t size, std::string reason);
  void take_oversized();

  // The unit at hand.
  ParsedText out;
  const char* text_begin = nullptr;
  uint64_t text_offset = 0;  // of text_begin in the input
  uint64_t line = 0;
  std::span<const Reject> oversized;
  uint64_t oversized_bytes = 0;
  bool predicting = false;
  bool valid_utf8 = false;

  // Paths and layouts that rows of the batch use, by builder's numbers: the unit that used them last.
  uint32_t unit_number = 0;
  uint32_t paths_in_use = 0;
  std::vector<uint32_t> path_used_in, layout_used_in;
  std::vector<std::vector<uint32_t>> layout_paths;
  std::size_t layout_path_count = 0;

  // What stays.
  FieldChoice choice;
  BatchBuilder builder;
  FieldTree fields{builder, choice};
  PlainReader plain{fields};
  TemplateReader templates{fields};
  std::optional<Path> time_path;
  bool plausible_only = false;
  std::vector<Cell> cells;
  std::vector<uint32_t> paths;
};

void JsonLinesParser::State::start(const TextUnit& unit, bool predict) {
  const bool other_time = unit.time_path != time_path || unit.time_plausible_only != plausible_only;
  if (other_time || builder.path_count() > kMaxRememberedFields || fields.size() > kMaxRememberedFields ||
      layout_paths.size() > kMaxRememberedLayouts || layout_path_count > kMaxRememberedLayoutPaths) {
    time_path = unit.time_path;
    plausible_only = unit.time_plausible_only;
    builder.reset();
    fields.reset(time_path, plausible_only);
    templates.reset();
    path_used_in.clear();
    layout_used_in.clear();
    layout_paths.clear();
    layout_path_count = 0;
  }
  out = {};
  oversized = unit.oversized;
  oversized_bytes = 0;
  line = unit.first_line;
  unit_number++;
  paths_in_use = 0;
  predicting = predict;
  valid_utf8 = simdjson::validate_utf8(unit.text.data(), unit.text.size());
  templates.start_unit(unit.text.size() + 1);
}

ParsedText JsonLinesParser::State::parse(const TextUnit& unit, bool predict) {
  start(unit, predict);
  const char* begin = unit.text.data();
  const char* end = begin + unit.text.size();
  text_begin = begin;
  text_offset = unit.first_offset;
  std::string_view text(begin, unit.text.size());
  if (unit.first_offset == 0 && text.starts_with(kByteOrderMark)) begin += kByteOrderMark.size();
  // The readers stop at newlines, so a last line without one is read from a copy that has one.
  const std::size_t whole = text.rfind('\n') + 1;
  const char* last = std::max(begin, text_begin + whole);
  read_lines(begin, last);
  if (last < end) {
    PodVector<char> tail;
    const auto size = static_cast<std::size_t>(end - last);
    tail.append(last, size);
    std::memset(tail.extend(PodVector<char>::kSlack), '\n', PodVector<char>::kSlack);
    text_offset += static_cast<uint64_t>(last - text_begin);
    text_begin = tail.data();
    read_lines(tail.data(), tail.data() + size + 1);
  }
  while (!oversized.empty()) take_oversized();
  out.batch = builder.finish(time_path ? static_cast<int>(builder.path(*time_path)) : -1);
  out.records = out.batch.rows + out.rejects.size();
  return std::move(out);
}

void JsonLinesParser::State::read_lines(const char* p, const char* end) {
  while (p < end) {
    while (!oversized.empty() && oversized.front().line <= line) take_oversized();
    if (predicting && valid_utf8) {
      if (const char* next = templates.read(p)) {
        append(templates.layout(), templates.cells(), p);
        p = next;
        line++;
        continue;
      }
    }
    auto newline = static_cast<const char*>(std::memchr(p, '\n', static_cast<std::size_t>(end - p)));
    read_plainly(p, newline);
    p = newline + 1;
    line++;
  }
}

void JsonLinesParser::State::read_plainly(const char* p, const char* newline) {
  std::string_view text(p, static_cast<std::size_t>(newline - p));
  if (skip_space(p) == newline) return;
  if (!valid_utf8 && !simdjson::validate_utf8(text)) {
    reject(p, text.size(), concat("column ", first_invalid(text) + 1, ": invalid UTF-8"));
    return;
  }
  if (fields.size() > kMaxFieldsInUnit) {
    fields.reset(time_path, plausible_only);
    templates.reset();
  }
  if (!plain.read(text)) {
    reject(p, text.size(), plain.reason());
    return;
  }
  out.duplicate_keys += plain.duplicate_keys();
  const uint32_t layout = add_layout(plain.leaves());
  cells.clear();
  for (const Entry& leaf : plain.leaves())
    if (leaf.field->wanted && leaf.value.type != Type::null)
      cells.push_back(fields.cell(*leaf.field, leaf.value, leaf.raw()));
  append(layout, cells, p);
  if (predicting && plain.duplicate_keys() == 0) templates.learn(text, plain.leaves(), layout);
}

uint32_t JsonLinesParser::State::add_layout(std::span<const Entry> leaves) {
  paths.clear();
  for (const Entry& leaf : leaves)
    if (leaf.field->wanted) paths.push_back(fields.path(*leaf.field));
  const uint32_t layout = builder.layout(paths);
  if (layout >= layout_paths.size()) {
    layout_paths.resize(layout + 1);
    layout_used_in.resize(layout + 1, 0);
  }
  if (layout_paths[layout].empty()) {
    layout_paths[layout] = paths;
    layout_path_count += paths.size();
  }
  return layout;
}

/// Counts the paths of a layout that is new to the batch; false where they would be too many.
bool JsonLinesParser::State::admit_layout(uint32_t layout) {
  uint32_t fresh = 0;
  path_used_in.resize(std::max(path_used_in.size(), builder.path_count()), 0);
  for (uint32_t path : layout_paths[layout]) fresh += path_used_in[path] != unit_number;
  if (paths_in_use + fresh > kMaxBatchPaths) return false;
  paths_in_use += fresh;
  for (uint32_t path : layout_paths[layout]) path_used_in[path] = unit_number;
  layout_used_in[layout] = unit_number;
  return true;
}

inline void JsonLinesParser::State::append(uint32_t layout, std::span<const Cell> row, const char* p) {
  if (layout_used_in[layout] != unit_number && !admit_layout(layout)) [[unlikely]] {
    auto newline = static_cast<const char*>(std::memchr(p, '\n', SIZE_MAX >> 1));
    reject(p, static_cast<std::size_t>(newline - p),
           "its fields would be more than 65,534 different ones in one block");
    return;
  }
  builder.append(layout, row);
}

void JsonLinesParser::State::reject(const char* p, std::size_t size, std::string reason) {
  const uint64_t offset = text_offset + static_cast<uint64_t>(p - text_begin) + oversized_bytes;
  out.rejects.push_back({line, offset, std::move(reason), std::string(p, size)});
}

void JsonLinesParser::State::take_oversized() {
  out.rejects.push_back(oversized.front());
  oversized_bytes += oversized.front().raw.size() + 1;
  oversized = oversized.subspan(1);
  line++;
}

JsonLinesParser::JsonLinesParser(FieldChoice fields) : state_(std::make_unique<State>(std::move(fields))) {}
JsonLinesParser::~JsonLinesParser() = default;
JsonLinesParser::JsonLinesParser(JsonLinesParser&&) noexcept = default;
ParsedText JsonLinesParser::parse(const TextUnit& unit) {
  return state_->parse(unit, true);
}
ParsedText JsonLinesParser::parse_plain(const TextUnit& unit) {
  return state_->parse(unit, false);
}

}  // namespace ev
