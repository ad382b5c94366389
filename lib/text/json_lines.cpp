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
  void read_plainly(const char* p, const char* newline);
  void reject_for_paths(const char* p);
  uint32_t add_layout(std::span<const Entry> leaves);

  UnitRows rows;
  PlainReader plain{rows.fields()};
  TemplateReader templates{rows.fields()};
  std::vector<Cell> cells;
  std::vector<uint32_t> paths;

  // The unit at hand.
  uint64_t line = 0;
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
  const char* last = std::max(begin, text.data() + text.rfind('\n') + 1);
  while (begin < last) {
    const auto left = static_cast<std::size_t>(last - begin), stretch = std::min(kStretch, left);
    const char* stop = static_cast<const char*>(std::memchr(begin + stretch - 1, '\n', left - stretch + 1)) + 1;
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
  valid_utf8 = is_utf8({p, static_cast<std::size_t>(end - p)});
  while (p < end) {
    rows.take_oversized(line);
    if (predicting && valid_utf8) {
      if (rows.waiting().empty()) templates.forget_texts();
      if (const char* next = templates.read(p, rows.waiting().next())) {
        const auto size = static_cast<std::size_t>(next - 1 - p);
        if (!rows.append_waiting(templates.layout(), templates.cell_count(), line, p, size)) [[unlikely]]
          reject_for_paths(p);
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
  if (!valid_utf8 && !is_utf8(text)) {
    rows.reject(line, p, text.size(), why_not_utf8(text));
    return;
  }
  if (rows.fields().size() > kMaxFieldsInUnit) {
    rows.forget_fields();
    templates.reset();
  }
  if (!plain.read(text)) {
    rows.reject(line, p, text.size(), plain.reason());
    return;
  }
  duplicate_keys += plain.duplicate_keys();
  const uint32_t layout = add_layout(plain.leaves());
  cells.clear();
  for (const Entry& leaf : plain.leaves())
    if (leaf.field->wanted && leaf.value.type != Type::null)
      cells.push_back(rows.fields().cell(*leaf.field, leaf.value, leaf.raw()));
  if (!rows.append(layout, cells, line, p, text.size())) reject_for_paths(p);
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

void JsonLinesParser::State::reject_for_paths(const char* p) {
  auto newline = static_cast<const char*>(std::memchr(p, '\n', SIZE_MAX >> 1));
  rows.reject(line, p, static_cast<std::size_t>(newline - p), UnitRows::kTooManyPaths);
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
