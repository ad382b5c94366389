// A batch: up to 65,536 events in columns, with their layouts. What travels between the stages of a tool.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "event/column.h"
#include "event/path.h"

namespace ev {

/// The ordered list of an event's paths, as numbers into Batch::paths. Objects are given back by shared prefixes, so
/// the paths of one nested object stand next to each other. A path of the layout without a value in the row is null.
using Layout = std::vector<uint16_t>;

/// Row numbers in ascending order.
using Selection = PodVector<uint32_t>;

/// Paths that the rows of a text may bring into one batch: paths have 16-bit numbers, of which the last has a meaning of
/// its own, and one is left for a field that all rows get.
inline constexpr uint32_t kMaxBatchPaths = kLayoutChunkPath - 1;

struct Batch {
  uint32_t rows = 0;
  std::vector<Path> paths;
  std::vector<Layout> layouts;
  PodVector<uint32_t> row_layouts;  // per row a number into layouts; empty: every row has layout 0
  std::vector<Column> columns;      // at most one per (path, type); at most one column holds a value of a path in a row
  int time_path = -1;               // number of the event-time path, -1 if the batch has none
  std::optional<int64_t> watermark; // no later event will be earlier, as far as the writer knows

  uint32_t layout_of(std::size_t row) const { return row_layouts.empty() ? 0 : row_layouts[row]; }
  /// The column with that path and type, or nullptr.
  const Column* find(uint16_t path, Type type) const;
  /// The event-time column (type time at time_path), or nullptr where every row is untimed.
  const Column* time_column() const {
    return time_path < 0 ? nullptr : find(static_cast<uint16_t>(time_path), Type::time);
  }
};

/// Size of the values as ev-stream(5) counts raw bytes: 8 a word (1 a bool), 4 + length a text.
uint64_t raw_bytes(const Batch& batch);
/// The same for each of the rows.
std::vector<uint64_t> raw_bytes_by_row(const Batch& batch);

/// The rows of `selection`, in that order. Paths, layouts and dictionaries that no row uses any more are dropped.
Batch take(const Batch& batch, std::span<const uint32_t> selection);
/// Rows [begin, end).
Batch slice(const Batch& batch, uint32_t begin, uint32_t end);
/// `batch` cut so that each part keeps the caps of a block (rows, raw bytes, a single larger row stands alone).
/// The cuts depend on the rows alone.
std::vector<Batch> split_to_caps(Batch&& batch, uint32_t max_rows);

/// Range and order of the event times of a batch.
struct TimeRange {
  uint32_t timed = 0;
  int64_t min = 0, max = 0;  // meaningful when timed > 0
  bool sorted = true;        // timed rows in ascending order
};
TimeRange time_range(const Batch& batch);

/// Throws Error(bug) where the shape of a batch contradicts itself (sizes, codes, offsets, layouts). For tests, and for
/// decoded input, where `kind` is corrupt.
enum class ErrorKind : uint8_t;
void check_shape(const Batch& batch, ErrorKind kind, std::string_view place);

struct Value {
  Type type = Type::null;  // null: the path has no value in this row
  uint64_t word = 0;
  std::string_view text;
  uint32_t form = 0;
};
/// Value `i` of those of a column; a text stays in the column.
inline Value value_at(const Column& column, std::size_t i) {
  Value value;
  value.type = column.type;
  if (is_text_type(column.type)) {
    value.text = column.text(i);
  } else {
    value.word = column.words[i];
    if (column.type == Type::time) value.form = column.form_at(i);
  }
  return value;
}

/// Walks a batch row by row: value(path) is the value of the row's path whatever its type.
class RowReader {
 public:
  explicit RowReader(const Batch& batch);
  /// Moves to the next row; begins before row 0. False at the end.
  bool next();
  uint32_t row() const { return row_; }
  const Layout& layout() const { return batch_.layouts[batch_.layout_of(row_)]; }
  Value value(uint16_t path) const;

 private:
  const Batch& batch_;
  uint32_t row_ = UINT32_MAX;
  std::vector<uint32_t> next_value_;               // per column: values before the current row
  std::vector<std::vector<uint32_t>> by_path_;     // columns of a path
};

}  // namespace ev
