// Sorting of many words that carry a number.
#pragma once

#include <cstdint>
#include <vector>

namespace ev {

struct WordAndNumber {
  uint64_t word;
  uint32_t number;
};

/// Ascending by word, stable.
void radix_sort(std::vector<WordAndNumber>& items);

}  // namespace ev
