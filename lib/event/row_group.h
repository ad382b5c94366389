// Rows of one layout on their way into a batch, to be appended column by column.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/pod_vector.h"
#include "event/cell.h"

namespace ev {

/// Appended one by one, each row leads through all columns, and what one column needs (its counters, its dictionary) is
/// gone from the nearest cache when the next row comes. Most rows of a log have the layout of the row before.
/// Cells stand column by column: the cells of a place of the layout in successive rows lie side by side. A row is
/// written at next(), a cell at each place, kStride cells apart, and then committed.
class RowGroup {
 public:
  static constexpr uint32_t kMaxRows = 32;
  static constexpr std::size_t kStride = kMaxRows;

  /// Makes room for rows of so many cells, which may be none. The group must be empty.
  void reserve(std::size_t cells) { cells_.reserve(std::max<std::size_t>(cells, 1) * kStride); }
  /// Where the next row is written. The group must not be full.
  Cell* next() { return cells_.data() + rows_; }
  /// Whether the row at next() may join the rows there are; if not, they are to be appended first.
  bool fits(uint32_t layout) const { return rows_ == 0 || layout == layout_; }
  /// Takes the rows written from next() on, side by side. Requires that they fit, and that there is room().
  void commit(uint32_t layout, std::size_t row_cells, uint32_t rows = 1) {
    layout_ = layout;
    row_cells_ = row_cells;
    rows_ += rows;
  }

  bool empty() const { return rows_ == 0; }
  bool full() const { return rows_ == kMaxRows; }
  uint32_t rows() const { return rows_; }
  uint32_t room() const { return kMaxRows - rows_; }
  uint32_t layout() const { return layout_; }
  std::size_t row_cells() const { return row_cells_; }
  /// The cells of all rows at one place.
  const Cell* column(std::size_t place) const { return cells_.data() + place * kStride; }
  void clear() { rows_ = 0; }
  /// Drops the rows but not the one at next(), which stays at next().
  void drop_committed(std::size_t cells_of_next) {
    for (std::size_t i = 0; i < cells_of_next; i++) cells_[i * kStride] = cells_[i * kStride + rows_];
    rows_ = 0;
  }

 private:
  uint32_t rows_ = 0;
  uint32_t layout_ = 0;
  std::size_t row_cells_ = 0;
  PodVector<Cell> cells_;
};

}  // namespace ev
