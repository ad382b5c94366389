#include "aggregate/radix_sort.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ev {

void radix_sort(std::vector<WordAndNumber>& items) {
  constexpr std::size_t kWorthIt = 2048;
  if (items.size() < kWorthIt) {
    std::stable_sort(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.word < b.word; });
    return;
  }
  // Least significant byte first; bytes that are the same in all words need no pass.
  std::array<std::array<std::size_t, 256>, 8> counts{};
  for (const WordAndNumber& item : items)
    for (std::size_t byte = 0; byte < 8; byte++) counts[byte][item.word >> (8 * byte) & 255]++;
  std::vector<WordAndNumber> other(items.size());
  for (std::size_t byte = 0; byte < 8; byte++) {
    auto& count = counts[byte];
    if (std::find(count.begin(), count.end(), items.size()) != count.end()) continue;
    std::size_t begin = 0;
    for (std::size_t& c : count) begin += std::exchange(c, begin);
    for (const WordAndNumber& item : items) other[count[item.word >> (8 * byte) & 255]++] = item;
    items.swap(other);
  }
}

}  // namespace ev
