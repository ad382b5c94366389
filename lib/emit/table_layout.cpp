#include "emit/table_layout.h"

#include <algorithm>

namespace ev {
namespace {

std::size_t natural(const ColumnNeed& need) {
  return std::max({need.cells, need.name, std::size_t{1}});
}

std::size_t least(const ColumnNeed& need) {
  std::size_t name = std::min(need.name, kNarrowColumn);
  std::size_t cells = need.numbers ? need.cells : std::min(need.cells, kNarrowColumn);
  return std::max({name, cells, std::size_t{1}});
}

std::size_t capped(const ColumnNeed& need, std::size_t cap) {
  return std::max(least(need), std::min(natural(need), cap));
}

}  // namespace

std::vector<std::size_t> table_widths(std::span<const ColumnNeed> needs, std::size_t total) {
  std::vector<std::size_t> widths;
  if (needs.empty()) return widths;
  auto sum = [&](std::size_t columns, auto width) {
    std::size_t all = kColumnGap * (columns - 1);
    for (std::size_t i = 0; i < columns; i++) all += width(needs[i]);
    return all;
  };
  std::size_t columns = needs.size();
  if (total == 0 || sum(columns, natural) <= total) {
    for (const ColumnNeed& need : needs) widths.push_back(natural(need));
    return widths;
  }
  while (columns > 1 && sum(columns, least) > total) columns--;
  if (columns == 1) return {std::min(natural(needs[0]), total)};

  // The largest cap that fits; then one more character for columns from the left while there is room.
  std::size_t low = 0, high = total;
  while (low < high) {
    std::size_t cap = (low + high + 1) / 2;
    if (sum(columns, [&](const ColumnNeed& need) { return capped(need, cap); }) <= total)
      low = cap;
    else
      high = cap - 1;
  }
  for (std::size_t i = 0; i < columns; i++) widths.push_back(capped(needs[i], low));
  std::size_t left = total - sum(columns, [&](const ColumnNeed& need) { return capped(need, low); });
  for (std::size_t i = 0; i < columns && left > 0; i++)
    if (widths[i] == low && natural(needs[i]) > low) {
      widths[i]++;
      left--;
    }
  return widths;
}

}  // namespace ev
