#include "event/merge_columns.h"

#include "event/column_builder.h"

namespace ev {

Column merge_columns(const Column& a, const Column& b, uint32_t rows) {
  ColumnBuilder merged(a.path, a.type);
  PodVector<uint32_t> known_a, known_b;
  std::size_t next_a = 0, next_b = 0;
  for (uint32_t row = 0; row < rows; row++) {
    const bool in_a = next_a < a.size() && a.valid(row);
    if (!in_a && !(next_b < b.size() && b.valid(row))) continue;
    merged.mark(row, [] {});
    if (in_a)
      merged.push(a, next_a++, 1, known_a);
    else
      merged.push(b, next_b++, 1, known_b);
  }
  return merged.finish(rows, a.path);
}

}  // namespace ev
