#include "stream/decoded_shape.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/error.h"

namespace ev {
namespace {

[[noreturn]] void corrupt(std::string_view place, std::string_view what) {
  throw Error(ErrorKind::corrupt, std::string(place), std::string(what));
}

/// Adds the valid rows of `column` to `seen`; false if one is there already.
bool add_rows(const Column& column, uint32_t rows, Bitmap& seen) {
  if (column.validity.empty()) {
    bool was_empty = seen.count() == 0;
    seen.assign(rows, true);
    return was_empty || rows == 0;
  }
  uint64_t twice = 0;
  for (std::size_t w = 0; w < seen.word_count(); w++) {
    twice |= seen.word(w) & column.validity.word(w);
    seen.word(w) |= column.validity.word(w);
  }
  return twice == 0;
}

/// Per path, how many layouts name it.
std::vector<uint32_t> count_naming(const Batch& batch) {
  std::vector<uint32_t> naming(batch.paths.size(), 0);
  for (const Layout& layout : batch.layouts)
    for (uint16_t path : layout) naming[path]++;
  return naming;
}

/// Per path the numbers of the layouts that name it, so that the check costs one pass over the layouts, however many
/// paths there are.
class LayoutsByPath {
 public:
  LayoutsByPath(const Batch& batch, std::span<const uint32_t> naming) : begin_(naming.size() + 1, 0) {
    for (std::size_t p = 0; p < naming.size(); p++) begin_[p + 1] = begin_[p] + naming[p];
    layouts_.resize(begin_.back());
    std::vector<std::size_t> at(begin_.begin(), begin_.end() - 1);
    for (uint32_t l = 0; l < batch.layouts.size(); l++)
      for (uint16_t path : batch.layouts[l]) layouts_[at[path]++] = l;
  }
  std::span<const uint32_t> operator[](std::size_t path) const {
    return std::span(layouts_).subspan(begin_[path], begin_[path + 1] - begin_[path]);
  }

 private:
  std::vector<std::size_t> begin_;
  std::vector<uint32_t> layouts_;
};

/// Whether every value of the column stands in a row whose layout is `named`.
bool rows_named(const Batch& batch, const Column& column, std::span<const uint8_t> named) {
  bool all = true;
  for_each_value(column, batch.rows, [&](std::size_t row, std::size_t) { all &= named[batch.row_layouts[row]] != 0; });
  return all;
}

}  // namespace

void check_one_value_per_path(const Batch& batch, std::string_view place) {
  for (std::size_t i = 0; i < batch.columns.size();) {
    std::size_t end = i + 1;
    while (end < batch.columns.size() && batch.columns[end].path == batch.columns[i].path) end++;
    if (end > i + 1) {
      Bitmap seen(batch.rows, false);
      for (; i < end; i++)
        if (!add_rows(batch.columns[i], batch.rows, seen)) corrupt(place, "damaged: a row has two values of one path");
    }
    i = end;
  }
}

void check_layouts(const Batch& batch, std::string_view place) {
  if (batch.rows == 0) return;
  std::size_t layouts = batch.layouts.size();
  if (layouts == 0) corrupt(place, "damaged: rows without a layout");
  uint32_t largest = 0;
  for (uint32_t layout : batch.row_layouts) largest = std::max(largest, layout);
  if (largest >= layouts) corrupt(place, "damaged: a layout number is out of range");

  std::vector<uint32_t> naming = count_naming(batch);
  bool all_named = std::all_of(batch.columns.begin(), batch.columns.end(), [&](const Column& column) {
    return naming[column.path] == layouts || column.size() == 0;
  });
  if (all_named) return;
  LayoutsByPath by_path(batch, naming);
  std::vector<uint8_t> named(layouts, 0);
  for (const Column& column : batch.columns) {
    if (naming[column.path] == layouts || column.size() == 0) continue;
    for (uint32_t layout : by_path[column.path]) named[layout] = 1;
    bool held = batch.row_layouts.empty() ? named[0] != 0 : rows_named(batch, column, named);
    for (uint32_t layout : by_path[column.path]) named[layout] = 0;
    if (!held) corrupt(place, "damaged: a row has a value that its layout does not name");
  }
}

}  // namespace ev
