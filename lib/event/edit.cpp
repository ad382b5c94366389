#include "event/edit.h"

#include <algorithm>
#include <map>
#include <string>

#include "event/merge_columns.h"

namespace ev {
namespace {

constexpr uint32_t kNone = UINT32_MAX;

/// Numbers paths and layouts by first use, and drops those that no row uses: a batch depends on its rows alone. Batches
/// without layouts keep their paths.
void renumber(Batch& batch) {
  if (batch.layouts.empty()) return;
  std::map<Layout, uint32_t> numbers;  // of layouts that have become equal
  std::vector<uint32_t> renumbered(batch.layouts.size(), kNone), new_paths(batch.paths.size(), kNone);
  std::vector<Layout> layouts;
  std::vector<Path> paths;
  auto use = [&](uint32_t layout) {
    if (renumbered[layout] != kNone) return renumbered[layout];
    Layout to;
    for (uint16_t path : batch.layouts[layout]) {
      if (new_paths[path] == kNone) {
        new_paths[path] = static_cast<uint32_t>(paths.size());
        paths.push_back(batch.paths[path]);
      }
      to.push_back(static_cast<uint16_t>(new_paths[path]));
    }
    auto [found, added] = numbers.try_emplace(std::move(to), static_cast<uint32_t>(layouts.size()));
    if (added) layouts.push_back(found->first);
    return renumbered[layout] = found->second;
  };
  if (batch.row_layouts.empty()) {
    use(0);
  } else {
    for (uint32_t& layout : batch.row_layouts) layout = use(layout);
    if (layouts.size() == 1) batch.row_layouts = PodVector<uint32_t>();
  }
  for (Column& column : batch.columns) column.path = static_cast<uint16_t>(new_paths[column.path]);
  if (batch.time_path >= 0) {
    const uint32_t time_path = new_paths[static_cast<std::size_t>(batch.time_path)];
    batch.time_path = time_path == kNone ? -1 : static_cast<int>(time_path);
  }
  batch.layouts = std::move(layouts);
  batch.paths = std::move(paths);
}

void sort_columns(Batch& batch) {
  std::sort(batch.columns.begin(), batch.columns.end(),
            [](const Column& a, const Column& b) { return a.path != b.path ? a.path < b.path : a.type < b.type; });
}

std::size_t common_steps(std::span<const std::string_view> a, std::span<const std::string_view> b) {
  std::size_t common = 0;
  while (common < a.size() && common < b.size() && a[common] == b[common]) common++;
  return common;
}

/// Where a new path goes into a layout: behind the last of those that share the most steps with it.
std::size_t place_for(const Layout& layout, const std::vector<std::vector<std::string_view>>& steps,
                      std::span<const std::string_view> wanted) {
  std::size_t most = 0, place = layout.size();
  for (std::size_t i = 0; i < layout.size(); i++) {
    const std::size_t common = common_steps(steps[layout[i]], wanted);
    if (common == 0 || common < most) continue;
    most = common;
    place = i + 1;
  }
  return place;
}

}  // namespace

bool lies_below(const Path& path, const Path& object) {
  // Steps are encoded with their lengths, so that equal beginnings are equal steps.
  return path.encoded().size() > object.encoded().size() && path.encoded().starts_with(object.encoded());
}

void keep_paths(Batch& batch, std::span<const uint8_t> keep) {
  if (std::all_of(keep.begin(), keep.end(), [](uint8_t k) { return k != 0; })) return;
  std::erase_if(batch.columns, [&](const Column& column) { return !keep[column.path]; });
  for (Layout& layout : batch.layouts) std::erase_if(layout, [&](uint16_t path) { return !keep[path]; });
  if (batch.time_path >= 0 && !keep[static_cast<std::size_t>(batch.time_path)]) batch.time_path = -1;
  renumber(batch);
  sort_columns(batch);
}

void set_path(Batch& batch, const Path& path, std::vector<Column>&& columns) {
  if (batch.rows == 0) return;
  auto found = std::find(batch.paths.begin(), batch.paths.end(), path);
  const auto number = static_cast<uint16_t>(found - batch.paths.begin());
  if (found == batch.paths.end()) batch.paths.push_back(path);

  // Paths that cannot be there beside it; the path itself counts as one where it stands already.
  std::vector<uint8_t> gives_way(batch.paths.size());
  std::vector<std::vector<std::string_view>> steps;
  for (std::size_t i = 0; i < batch.paths.size(); i++) {
    const Path& other = batch.paths[i];
    gives_way[i] = i == number || lies_below(other, path) || lies_below(path, other);
    steps.push_back(other.steps());
  }
  std::erase_if(batch.columns, [&](const Column& column) { return gives_way[column.path] != 0; });
  for (Layout& layout : batch.layouts) {
    auto place = std::find_if(layout.begin(), layout.end(), [&](uint16_t other) { return gives_way[other] != 0; });
    if (place != layout.end()) {
      *place = number;
      layout.erase(std::remove_if(place + 1, layout.end(), [&](uint16_t other) { return gives_way[other] != 0; }),
                   layout.end());
    } else {
      layout.insert(layout.begin() + static_cast<std::ptrdiff_t>(place_for(layout, steps, steps[number])), number);
    }
  }
  for (Column& column : columns) {
    if (column.size() == 0) continue;
    column.path = number;
    batch.columns.push_back(std::move(column));
  }
  renumber(batch);
  sort_columns(batch);
}

namespace {

/// Paths that have become equal are one, and so are their columns of one type. Requires that no row has both.
void merge_equal_paths(Batch& batch) {
  std::map<std::string, uint16_t> first;
  std::vector<uint16_t> numbers;
  for (std::size_t i = 0; i < batch.paths.size(); i++)
    numbers.push_back(first.try_emplace(batch.paths[i].encoded(), static_cast<uint16_t>(i)).first->second);
  if (first.size() == batch.paths.size()) return;
  for (Layout& layout : batch.layouts)
    for (uint16_t& path : layout) path = numbers[path];
  std::vector<Column> columns;
  for (Column& column : batch.columns) {
    column.path = numbers[column.path];
    auto same = std::find_if(columns.begin(), columns.end(), [&](const Column& other) {
      return other.path == column.path && other.type == column.type;
    });
    if (same == columns.end())
      columns.push_back(std::move(column));
    else
      *same = merge_columns(*same, column, batch.rows);
  }
  batch.columns = std::move(columns);
  if (batch.time_path >= 0) batch.time_path = numbers[static_cast<std::size_t>(batch.time_path)];
}

}  // namespace

bool rename_path(Batch& batch, const Path& from, const Path& to) {
  std::vector<uint8_t> renamed(batch.paths.size()), in_the_way(batch.paths.size());
  for (std::size_t i = 0; i < renamed.size(); i++) {
    const Path& path = batch.paths[i];
    renamed[i] = path == from || lies_below(path, from);
    in_the_way[i] = !renamed[i] && (path == to || lies_below(path, to) || lies_below(to, path));
  }
  auto any = [](const Layout& layout, const std::vector<uint8_t>& of) {
    return std::any_of(layout.begin(), layout.end(), [&](uint16_t path) { return of[path] != 0; });
  };
  for (const Layout& layout : batch.layouts)
    if (any(layout, renamed) && any(layout, in_the_way)) return false;

  const std::vector<std::string_view> from_steps = from.steps(), to_steps = to.steps();
  const bool in_place =
      from_steps.size() == to_steps.size() && common_steps(from_steps, to_steps) + 1 >= from_steps.size();
  std::vector<std::vector<std::string_view>> steps;
  for (const Path& path : batch.paths) steps.push_back(path.steps());
  for (Layout& layout : batch.layouts) {
    if (in_place || !any(layout, renamed)) continue;
    Layout moved, others;
    for (uint16_t path : layout) (renamed[path] ? moved : others).push_back(path);
    const auto place = others.begin() + static_cast<std::ptrdiff_t>(place_for(others, steps, to_steps));
    others.insert(place, moved.begin(), moved.end());
    layout = std::move(others);
  }
  std::vector<Path> paths = batch.paths;
  for (std::size_t i = 0; i < renamed.size(); i++) {
    if (!renamed[i]) continue;
    paths[i] = to;
    for (std::size_t step = from_steps.size(); step < steps[i].size(); step++)
      paths[i] = paths[i].child(steps[i][step]);
  }
  batch.paths = std::move(paths);
  merge_equal_paths(batch);
  renumber(batch);
  sort_columns(batch);
  return true;
}

}  // namespace ev
