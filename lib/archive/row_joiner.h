// Ranges of batches joined into batches.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "archive/row_splitter.h"
#include "event/batch_builder.h"

namespace ev {

/// One thread at a time; to be used again and again, as it keeps what it knows of the fields.
class RowJoiner {
 public:
  /// The rows of the ranges as batches that keep the caps of blocks of at most `block_rows` rows: most often one.
  std::vector<Batch> join(std::span<const RowRange> ranges, const std::optional<Path>& time_path, uint32_t block_rows);

 private:
  void finish_batch(const std::optional<Path>& time_path, uint32_t block_rows, std::vector<Batch>& done);

  BatchBuilder builder_;
  std::unordered_map<const RankedBatch*, BatchBuilder::Translation> translations_;
};

/// Different paths that a batch may have.
inline constexpr std::size_t kMostBatchPaths = kLayoutChunkPath;

}  // namespace ev
