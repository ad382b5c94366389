// The predicting reader of JSON lines. Lines of a log repeat the bytes between their values: keys, colons, commas,
// braces, white space. It learns these from lines that the plain reader took, and reads further lines by comparing
// them and scanning the values only.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "text/json_fields.h"
#include "text/json_plain.h"
#include "text/json_shape.h"
#include "text/json_value.h"

namespace ev {

/// The shapes known so far are a tree: a step is a literal and the field whose value follows it; what may come after
/// that value are its children. A way from the root to a step that ends the line spells, values aside, a line that the
/// plain reader took, so a line that follows one is as valid as its values.
class TemplateReader {
 public:
  explicit TemplateReader(FieldTree& fields) : fields_(fields) { reset(); }

  void reset();
  /// Makes room for texts of a unit of that size; call before reading its lines.
  void start_unit(std::size_t bytes) {
    values_.reserve(bytes);
    forget_texts();
  }
  /// How many lines at a time are likely to have the shape of the line before; 0: read() them one by one.
  uint32_t lines_ahead() const { return shape_lines_; }
  uint32_t ahead_layout() const { return steps_[shape_end_].layout; }
  /// Reads up to lines_ahead() lines of that shape, as ShapeReader::read() does, and returns how many. All have
  /// cell_count() and layout().
  uint32_t read_ahead(const char* const* begins, uint32_t count, Cell* cells);
  /// Reads the line at `p` and returns whether it follows a known shape and all its values are good. A cell of each field
  /// that is wanted goes to `cells`, RowGroup::kStride apart; there must be room for those of the longest line learned.
  /// Texts of cells stay until forget_texts() or the next unit. Requires: valid UTF-8, a newline, 32 readable bytes after
  /// it.
  bool read(const char* p, Cell* cells);
  void forget_texts() { values_.start_line(); }
  /// Of what was read last.
  std::size_t cell_count() const { return cell_count_; }
  uint32_t layout() const { return layout_; }

  /// Remembers the shape of a line that the plain reader took (without repeated keys).
  void learn(std::string_view line, std::span<const Entry> leaves, uint32_t layout);

 private:
  static constexpr uint32_t kMaxAlternatives = 8;
  static constexpr std::size_t kMaxSteps = 1 << 16;
  static constexpr std::size_t kMaxLiteralBytes = std::size_t{4} << 20;

  struct Step {
    uint32_t literal;  // where it begins in literals_
    uint32_t length;
    uint32_t first_mask;   // the bytes of the literal among the first 16
    uint32_t alternative;  // the next step to try where this one does not fit; 0: none
    uint32_t children;     // first step to try after the value
    uint32_t layout;       // of the whole line, where field is null
    Field* field;          // whose value follows; null: the line ends
  };

  void straighten(uint32_t last_step);
  uint32_t add_child(uint32_t parent, std::string_view literal, Field* field);

  FieldTree& fields_;
  ValueReader values_;
  std::vector<Step> steps_;  // step 0 is the beginning of the line
  PodVector<char> literals_;
  // Most lines have the shape of the line before: once two have, lines are read by that shape, several at a time.
  std::vector<uint32_t> way_;  // the steps of the line at hand
  ShapeReader shape_{fields_, values_};
  uint32_t last_end_ = 0, shape_end_ = 0;  // last steps of the line before, and of the shape
  uint32_t shape_lines_ = 0;               // how many to try next; 0: the line before had another shape
  std::size_t cell_count_ = 0;
  uint32_t layout_ = 0;
};

}  // namespace ev
