// Batches of any sizes as batches of one size.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>

#include "event/batch.h"
#include "event/batch_builder.h"

namespace ev {

/// Cuts depend on the rows alone. All batches have layouts; the event time of a batch is that of the first of its
/// rows'.
class BatchRecutter {
 public:
  explicit BatchRecutter(uint32_t rows) : rows_(rows) {}

  /// Calls f(Batch&&) with each batch that is full.
  template <class F>
  void add(Batch&& batch, F&& f) {
    if (batch.rows == rows_ && builder_.rows() == 0) return f(std::move(batch));
    const RankedBatch ranked(std::move(batch));
    BatchBuilder::Translation translation;
    for (uint32_t at = 0; at < ranked.batch().rows;) {
      const uint32_t end = std::min(ranked.batch().rows, at + rows_ - builder_.rows());
      append(ranked, translation, at, end);
      at = end;
      if (builder_.rows() < rows_) continue;
      f(*finish());
      translation = {};
    }
  }
  /// The rest.
  std::optional<Batch> finish();

 private:
  void append(const RankedBatch& batch, BatchBuilder::Translation& translation, uint32_t begin, uint32_t end);

  uint32_t rows_;
  BatchBuilder builder_;
  int time_path_ = -1;
};

}  // namespace ev
