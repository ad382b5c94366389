// One record of a format whose values are texts: its fields, with the types that the texts allow.
#pragma once

#include <emmintrin.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "text/json_number.h"
#include "text/unit_rows.h"

namespace ev {

/// Whether the first 16 bytes of the text are such as numbers are written with. Most identifiers that begin with a digit
/// are told by this alone, and at no branch that depends on their length. Requires 16 readable bytes.
inline bool may_be_number(std::string_view text) {
  const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data()));
  // '+' ',' '-' '.' '/' '0' ... '9' are neighbours; an E in either case becomes e.
  const __m128i low = _mm_sub_epi8(x, _mm_set1_epi8('+'));
  const __m128i near = _mm_cmpeq_epi8(_mm_min_epu8(low, _mm_set1_epi8('9' - '+')), low);
  const __m128i e = _mm_cmpeq_epi8(_mm_or_si128(x, _mm_set1_epi8(0x20)), _mm_set1_epi8('e'));
  const auto others = ~static_cast<unsigned>(_mm_movemask_epi8(_mm_or_si128(near, e)));
  return text.size() >= 16 ? (others & 0xffff) == 0 : (others & ((1u << text.size()) - 1)) == 0;
}

Scalar typed_apart(std::string_view text);

/// What a text is where the format does not say: a number as JSON writes them where no digit gets lost, true or false,
/// else a string. Leading zeros, a leading plus, more digits than the types hold and exponents without a point (12e4 is
/// more often half a hash than a number) leave a string. Requires 32 readable bytes behind the text. (Inlined at any rate:
/// a Scalar put together in memory and returned in registers is waited for.)
[[gnu::always_inline]] inline Scalar typed(std::string_view text) {
  Scalar value;
  if (!text.empty()) {
    if (begins_number(text[0]) && may_be_number(text)) {
      const char next = text.data()[text.size()];
      if ((next >= '0' && next <= '9') || next == '.' || (next | 0x20) == 'e') [[unlikely]]
        return typed_apart(text);
      const char* end = scan_number(text.data(), value);
      if (end == text.data() + text.size() && value.type != Type::json &&
          (value.type != Type::float64 || text.find('.') != text.npos))
        return value;
    } else if (text == "true" || text == "false") {
      return {Type::boolean, 0, text[0] == 't'};
    }
  }
  return {Type::string, static_cast<uint32_t>(text.size()), reinterpret_cast<uint64_t>(text.data())};
}

/// typed() of a text that runs into one that could go on a number.
inline Scalar typed_apart(std::string_view text) {
  std::string copy(text);
  copy.append(64, '\n');
  Scalar value = typed({copy.data(), text.size()});
  if (value.type == Type::string) value.word = reinterpret_cast<uint64_t>(text.data());
  return value;
}

/// Collects a record value by value. Of fields that stand twice, the last value counts, in the place of the first.
class TextRow {
 public:
  explicit TextRow(UnitRows& rows) : rows_(rows) {}

  /// Comes first, and after the fields were forgotten.
  void reset() { known_ = false; }
  void begin() {
    number_++;
    cells_.clear();
    paths_.clear();
    name_bytes_ = 0;
  }
  /// The field of that name; nullptr where the name is longer than a field's may be. Good until the fields are reset.
  Field* field(std::string_view name) {
    KeyProblem problem = KeyProblem::none;
    return rows_.fields().find_or_add(rows_.fields().root(), name, problem);
  }
  /// The field of that name below another one, which then holds no value of its own.
  Field* field(Field& parent, std::string_view name) {
    KeyProblem problem = KeyProblem::none;
    return rows_.fields().find_or_add(parent, name, problem);
  }
  /// Whether the record has a wanted value of the field so far, or mark() was called for it.
  bool has(const Field& field) const { return field.seen_in == number_; }
  /// Of a field that holds others, or has its last value.
  void mark(Field& field) { field.seen_in = number_; }
  void add(Field& field, const Scalar& value, std::string_view raw) {
    if (!field.wanted) return;
    const Cell cell = value.type == Type::null ? Cell{Cell::kNull, 0, 0} : rows_.fields().cell(field, value, raw);
    if (field.seen_in == number_) [[unlikely]] {
      cells_[field.entry] = cell;
      duplicates_++;
      return;
    }
    field.seen_in = number_;
    field.entry = cells_.size();
    cells_.push_back(cell);
    paths_.push_back(rows_.fields().path(field));
    name_bytes_ += field.full_path.encoded().size();
  }
  void add(Field& field, std::string_view text) { add(field, typed(text), text); }
  void add_string(Field& field, std::string_view text) {
    add(field, {Type::string, static_cast<uint32_t>(text.size()), reinterpret_cast<uint64_t>(text.data())}, text);
  }
  void add_null(Field& field) { add(field, Scalar{}, {}); }
  std::size_t size() const { return paths_.size(); }
  /// Why the record is to be refused for the fields that it has so far, or nullptr. Readers of records that bring names
  /// of their own ask on the way: a line may have millions.
  const char* over_limit() const {
    if (paths_.size() > kMaxColumns) return "more than 4,096 fields";
    return name_bytes_ > kMaxRecordNameBytes ? kNamesTooLong : nullptr;
  }
  /// Appends the record, or rejects it.
  void end(uint64_t line, const char* begin, std::size_t size) {
    // Most records have the fields of the one before.
    if (!known_ || paths_ != last_paths_) {
      layout_ = rows_.layout(paths_);
      last_paths_ = paths_;
      known_ = true;
    }
    if (!rows_.append(layout_, cells_, line, begin, size)) rows_.reject(line, begin, size, UnitRows::kTooManyPaths);
  }
  /// Fields that stood twice since the last call.
  uint64_t take_duplicates() { return std::exchange(duplicates_, 0); }

 private:
  UnitRows& rows_;
  uint64_t number_ = 0;
  uint64_t duplicates_ = 0;
  std::size_t name_bytes_ = 0;
  std::vector<Cell> cells_;
  std::vector<uint32_t> paths_, last_paths_;
  uint32_t layout_ = 0;  // of last_paths_
  bool known_ = false;
};

}  // namespace ev
