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
  /// Reads the line at `p` and returns where the next line begins; nullptr where the line follows no known shape or a
  /// value of it is bad. A cell of each field that is wanted goes to `cells`, RowGroup::kStride apart; there must be room
  /// for those of the longest line learned. Texts of cells stay until forget_texts() or the next unit. Requires: valid
  /// UTF-8, a newline, 32 readable bytes after it.
  const char* read(const char* p, Cell* cells);
  void forget_texts() { values_.start_line(); }
  /// Of the line that was read.
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

  /// A step of the shape that lines follow right now.
  struct RowStep {
    char begin[16];  // of the literal
    uint32_t mask;   // the bytes of the literal among these
    uint32_t length;
    uint32_t literal;  // where it begins in literals_
    // Columns of the field, kNone where there is none yet.
    uint32_t strings, integers, floats;
    bool plain;    // texts and numbers go to these columns as they are
    Field* field;  // null: the line ends
  };

  const char* read_tree(const char* p, Cell* cells);
  const char* read_row(const char* p, Cell* cells);
  void straighten(uint32_t last_step);
  const char* read_value(const char* p, Field& field, Cell*& cell);
  uint32_t add_child(uint32_t parent, std::string_view literal, Field* field);

  FieldTree& fields_;
  ValueReader values_;
  std::vector<Step> steps_;  // step 0 is the beginning of the line
  PodVector<char> literals_;
  // Most lines have the shape of the line before: once two have, its steps are laid out in a row, which is quicker to
  // follow than the tree.
  std::vector<uint32_t> way_;  // the steps of the line at hand
  std::vector<RowStep> row_;
  uint32_t last_end_ = 0, row_end_ = 0;  // last steps of the line before, and of the row
  bool in_row_ = false;                  // the line before followed the row
  std::size_t cell_count_ = 0;
  uint32_t layout_ = 0;
};

}  // namespace ev
