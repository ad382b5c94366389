// The predicting reader of JSON lines. Lines of a log repeat the bytes between their values: keys, colons, commas,
// braces, white space. It learns these from lines that the plain reader took, and reads further lines by comparing
// them and scanning the values only.
#pragma once

#include <array>
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
  void start_unit(std::size_t bytes) { values_.reserve(bytes); }
  /// Reads the line at `p`: its cells and layout, and returns where the next line begins; nullptr where the line
  /// follows no known shape or a value of it is bad. Requires: valid UTF-8, a newline, 32 readable bytes after it.
  const char* read(const char* p);
  std::span<const Cell> cells() const { return {cells_.data(), cell_count_}; }
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

  const char* read_value(const char* p, Field& field, Cell*& cell);
  uint32_t add_child(uint32_t parent, std::string_view literal, Field* field);

  FieldTree& fields_;
  ValueReader values_;
  std::vector<Step> steps_;  // step 0 is the beginning of the line
  PodVector<char> literals_;
  std::array<Cell, kMaxColumns> cells_;
  std::size_t cell_count_ = 0;
  uint32_t layout_ = 0;
};

}  // namespace ev
