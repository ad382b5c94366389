// A batch of which any range of rows can be read at once.
#pragma once

#include <bit>
#include <cstdint>
#include <utility>
#include <vector>

#include "event/batch.h"

namespace ev {

/// Knows for each column with gaps how many values stand before a row. Immutable; any number of threads may use it.
class RankedBatch {
 public:
  explicit RankedBatch(Batch&& batch) : batch_(std::move(batch)), before_(batch_.columns.size()) {
    for (std::size_t i = 0; i < before_.size(); i++) {
      const Bitmap& valid = batch_.columns[i].validity;
      before_[i].resize(valid.word_count());
      uint32_t values = 0;
      for (std::size_t word = 0; word < valid.word_count(); word++) {
        before_[i][word] = values;
        values += static_cast<uint32_t>(std::popcount(valid.word(word)));
      }
    }
  }

  const Batch& batch() const { return batch_; }
  /// Values of columns[column] in the rows before `row`, which may be the number of rows.
  uint32_t values_before(std::size_t column, uint32_t row) const {
    const Bitmap& valid = batch_.columns[column].validity;
    if (valid.empty()) return row;
    if (row == batch_.rows) return static_cast<uint32_t>(batch_.columns[column].size());
    const uint64_t below = valid.word(row >> 6) & ((uint64_t{1} << (row & 63)) - 1);
    return before_[column][row >> 6] + static_cast<uint32_t>(std::popcount(below));
  }

 private:
  Batch batch_;
  std::vector<PodVector<uint32_t>> before_;  // per column, per word of its bitmap
};

}  // namespace ev
