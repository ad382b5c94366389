#include "event/edit.h"

#include <algorithm>
#include <map>

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

}  // namespace ev
