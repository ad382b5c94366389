#include "text/json_lines.h"

#include <algorithm>
#include <cstring>

#include "text/json_fields.h"
#include "text/json_plain.h"
#include "text/json_template.h"
#include "text/lines.h"
#include "text/unit_rows.h"
#include "text/utf8.h"

namespace ev {
namespace {

// Within a unit only the guesses can be forgotten; fields of rejected lines would else pile up.
constexpr std::size_t kMaxFieldsInUnit = 1 << 17;
// Lines are looked at twice, whether they are UTF-8 and what they say: so many bytes stay in the cache in between.
constexpr std::size_t kStretch = std::size_t{64} << 10;

}  // namespace

struct JsonLinesParser::State {
  explicit State(FieldChoice wanted) : rows(std::move(wanted)) {}

  ParsedText parse(const TextUnit& unit, bool predict);

 private:
  void read_lines(const char* p, const char* end);
  uint32_t read_predicted(std::size_t at);
  uint32_t read_ahead(std::size_t at);
  void read_plainly(std::string_view text);
  uint32_t add_layout(std::span<const Entry> leaves);

  UnitRows rows;
  PlainReader plain{rows.fields()};
  TemplateReader templates{rows.fields()};
  std::vector<Cell> cells;
  std::vector<uint32_t> paths;

  // The unit at hand.
  uint64_t line = 0;
  IndexedLines lines;  // of the stretch that is read at the moment
  uint64_t duplicate_keys = 0;
  bool predicting = false;
  bool valid_utf8 = false;
};

ParsedText JsonLinesParser::State::parse(const TextUnit& unit, bool predict) {
  if (rows.start(unit)) templates.reset();
  line = unit.first_line;
  duplicate_keys = 0;
  predicting = predict;
  templates.start_unit(unit.text.size() + 1);
  std::string_view text(unit.text.data(), unit.text.size());
  const char* begin = text.data();
  const char* end = begin + text.size();
  if (unit.first_offset == 0 && text.starts_with(kByteOrderMark)) begin += kByteOrderMark.size();
  // The readers stop at newlines, so a last line without one is read from a copy that has one.
  const char* last = std::max(begin, text.data() + (text.rfind('\n') + 1));
  while (begin < last) {
    const auto left = static_cast<std::size_t>(last - begin), least = std::min(kStretch, left);
    const char* stop = static_cast<const char*>(std::memchr(begin + least - 1, '\n', left - least + 1)) + 1;
    read_lines(begin, stop);
    begin = stop;
  }
  if (last < end) {
    const auto size = static_cast<std::size_t>(end - last);
    const PodVector<char> tail = with_newline({last, size});
    rows.read_from_copy(last, tail.data());
    read_lines(tail.data(), tail.data() + size + 1);
    rows.settle();
  }
  return rows.finish(duplicate_keys);
}

void JsonLinesParser::State::read_lines(const char* p, const char* end) {
  const std::string_view stretch(p, static_cast<std::size_t>(end - p));
  valid_utf8 = lines.set(stretch) || is_utf8(stretch);
  for (std::size_t at = 0; at < lines.size();) {
    rows.take_oversized(line);
    const uint32_t predicted = predicting && valid_utf8 ? read_predicted(at) : 0;
    if (predicted == 0) read_plainly(lines[at]);
    at += std::max(predicted, 1u);
    line += std::max(predicted, 1u);
  }
}

/// Reads lines of known shapes, from line `at` of the stretch on; returns how many.
uint32_t JsonLinesParser::State::read_predicted(std::size_t at) {
  if (rows.waiting().empty()) templates.forget_texts();
  uint32_t count = read_ahead(at);
  if (count == 0) count = templates.read(lines[at].data(), rows.waiting().next());
  if (count > 0)
    rows.take_waiting(templates.layout(), templates.cell_count(), count, line, [&](uint32_t i) { return lines[at + i]; });
  return count;
}

/// Reads lines that have the shape of the line before; returns how many.
uint32_t JsonLinesParser::State::read_ahead(std::size_t at) {
  if (templates.lines_ahead() == 0 || rows.has_oversized()) return 0;
  if (!rows.waiting().fits(templates.ahead_layout())) rows.settle();
  const std::size_t left = lines.size() - at;
  const auto count =
      static_cast<uint32_t>(std::min<std::size_t>({left, templates.lines_ahead(), rows.waiting().room()}));
  const char* begins[ShapeReader::kMaxLines];
  for (uint32_t i = 0; i < count; i++) begins[i] = lines[at + i].data();
  return templates.read_ahead(begins, count, rows.waiting().next());
}

void JsonLinesParser::State::read_plainly(std::string_view text) {
  if (*skip_space(text.data()) == '\n') return;
  auto reject = [&](std::string reason) { rows.reject(line, text.data(), text.size(), std::move(reason)); };
  if (!valid_utf8 && !is_utf8(text)) return reject(why_not_utf8(text));
  if (rows.fields().size() > kMaxFieldsInUnit) {
    rows.forget_fields();
    templates.reset();
  }
  if (!plain.read(text)) return reject(plain.reason());
  duplicate_keys += plain.duplicate_keys();
  const uint32_t layout = add_layout(plain.leaves());
  cells.clear();
  for (const Entry& leaf : plain.leaves())
    if (leaf.field->wanted && leaf.value.type != Type::null)
      cells.push_back(rows.fields().cell(*leaf.field, leaf.value, leaf.raw()));
  if (!rows.append(layout, cells, line, text.data(), text.size())) reject(UnitRows::kTooManyPaths);
  if (predicting && plain.duplicate_keys() == 0) {
    rows.settle();
    rows.waiting().reserve(plain.leaves().size());
    templates.learn(text, plain.leaves(), layout);
  }
}

uint32_t JsonLinesParser::State::add_layout(std::span<const Entry> leaves) {
  paths.clear();
  for (const Entry& leaf : leaves)
    if (leaf.field->wanted) paths.push_back(rows.fields().path(*leaf.field));
  return rows.layout(paths);
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
