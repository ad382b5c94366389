// Widths of a table's columns on a terminal.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ev {

inline constexpr std::size_t kColumnGap = 2;     // blanks between columns
inline constexpr std::size_t kNarrowColumn = 8;  // no text is cut below it while columns can be left out instead

/// What a column would like: width of its widest cell, of its name, and whether its cells are numbers.
struct ColumnNeed {
  std::size_t cells = 0;
  std::size_t name = 0;
  bool numbers = false;
};

/// Widths of the first columns, as many as `total` has room for (0: unlimited, all columns as wide as they like). The
/// widest texts give way first; numbers and times are not cut, for a number cut short is another number: columns at
/// the right are left out before. One column at least is shown, cut if it must be.
std::vector<std::size_t> table_widths(std::span<const ColumnNeed> needs, std::size_t total);

}  // namespace ev
