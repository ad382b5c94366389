#include "archive/row_joiner.h"

#include <algorithm>

namespace ev {

void RowJoiner::finish_batch(const std::optional<Path>& time_path, uint32_t block_rows, std::vector<Batch>& done) {
  if (builder_.rows() == 0) return;
  Batch batch = builder_.finish(-1);
  translations_.clear();
  const auto time = time_path ? std::find(batch.paths.begin(), batch.paths.end(), *time_path) : batch.paths.end();
  if (time != batch.paths.end()) batch.time_path = static_cast<int>(time - batch.paths.begin());
  for (Batch& part : split_to_caps(std::move(batch), block_rows)) done.push_back(std::move(part));
}

std::vector<Batch> RowJoiner::join(std::span<const RowRange> ranges, const std::optional<Path>& time_path,
                                   uint32_t block_rows) {
  std::vector<Batch> done;
  const RankedBatch* last = nullptr;
  BatchBuilder::Translation* translation = nullptr;
  for (const RowRange& range : ranges) {
    const RankedBatch* from = range.rows.get();
    if (from != last) {
      if (builder_.path_count() + from->batch().paths.size() > kMostBatchPaths) {
        finish_batch(time_path, block_rows, done);
        builder_.reset();
      }
      last = from;
      translation = &translations_[from];
    }
    builder_.append(*from, *translation, range.begin, range.end);
  }
  finish_batch(time_path, block_rows, done);
  return done;
}

}  // namespace ev
