// Reads lines of one shape, several at a time: the part of the predicting reader (json_template.h) in which nearly all
// lines of an ordinary log are read.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/pod_vector.h"
#include "base/time.h"
#include "event/row_group.h"
#include "text/json_fields.h"
#include "text/json_value.h"

namespace ev {

/// Reads the value at `p`, and its cell, where it is wanted, into `cell`; returns the end, or nullptr where it is bad.
const char* read_cell(FieldTree& fields, ValueReader& values, const char* p, Field& field, Cell& cell);

/// The steps of a shape, one after the other: a literal, and the field whose value follows it.
///
/// Lines are read step by step, not line by line: what a step needs is loaded once for all of them, its branches go the
/// same way from line to line, and above all no line has to wait for another. (Within a line each step waits for the
/// end of the one before.) The cells of a step lie side by side, as a RowGroup wants them.
class ShapeReader {
 public:
  static constexpr uint32_t kMaxLines = RowGroup::kMaxRows;

  ShapeReader(FieldTree& fields, ValueReader& values) : fields_(fields), values_(values) {}

  void clear() {
    steps_.clear();
    literals_.clear();
    cell_count_ = 0;
  }
  /// The last step has no field: there the line ends.
  void add_step(std::string_view literal, Field* field);
  std::size_t cell_count() const { return cell_count_; }

  /// Reads lines from the first one on, until one does not follow the shape or has a bad value; returns how many were
  /// read. Line i begins at `begins[i]`; `count` is from 1 to kMaxLines. Cells go to `cells`, those of a step side by
  /// side, of successive steps RowGroup::kStride apart. Texts of cells may lie in the memory of the ValueReader, which
  /// holds those of the lines read and no others. Requires: valid UTF-8, newlines, 32 readable bytes after the last
  /// one.
  uint32_t read(const char* const* begins, uint32_t count, Cell* cells);

 private:
  enum class Kind : uint8_t { plain, time, chosen, other, end };
  struct Step {
    char begin[16];  // of the literal
    uint32_t mask;   // the bytes of the literal among these
    uint32_t length;
    std::size_t literal;  // where it begins in literals_
    // Columns of the field, kNone where there is none yet.
    uint32_t strings = Field::kNone, integers = Field::kNone, floats = Field::kNone, times = Field::kNone;
    Kind kind = Kind::end;
    bool wanted = false;
    Field* field = nullptr;
    EpochUnit epochs;  // of times: how such integers were read last
  };

  const char* past_literal(const char* p, const Step& step) const;
  uint32_t read_plain(Step& step, const char** at, uint32_t count, Cell* cells);
  uint32_t read_times(Step& step, const char** at, uint32_t count, Cell* cells);
  uint32_t read_chosen(const Step& step, const char** at, uint32_t count, Cell* cells);
  uint32_t read_others(Step& step, const char** at, uint32_t count, Cell* cells);
  void look_up_columns(Step& step) const;
  void learn_epochs(Step& step, int64_t value) const;

  FieldTree& fields_;
  ValueReader& values_;
  std::vector<Step> steps_;
  PodVector<char> literals_;
  std::size_t cell_count_ = 0;
};

/// The bytes among 16 in which the two differ.
inline uint32_t differing(const char* a, const char* b) {
  __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(a));
  __m128i y = _mm_loadu_si128(reinterpret_cast<const __m128i*>(b));
  return static_cast<uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(x, y))) ^ 0xffff;
}

/// What follows the first 16 bytes of a literal. Reads whole 16 bytes of both.
inline bool ends_with(const char* p, const char* literal, uint32_t length) {
  for (std::size_t at = 16; at < length; at += 16) {
    const std::size_t left = length - at;
    const uint32_t mask = left >= 16 ? 0xffff : (1u << left) - 1;
    if (differing(p + at, literal + at) & mask) return false;
  }
  return true;
}

/// The bytes of a literal among the first 16.
inline uint32_t first_mask(std::size_t length) {
  return length >= 16 ? 0xffff : (1u << length) - 1;
}

}  // namespace ev
