#include "event/batch_recutter.h"

namespace ev {

void BatchRecutter::append(const RankedBatch& batch, BatchBuilder::Translation& translation, uint32_t begin,
                           uint32_t end) {
  const int time_path = batch.batch().time_path;
  if (builder_.rows() == 0)
    time_path_ =
        time_path < 0 ? -1 : static_cast<int>(builder_.path(batch.batch().paths[static_cast<std::size_t>(time_path)]));
  builder_.append(batch, translation, begin, end);
}

std::optional<Batch> BatchRecutter::finish() {
  if (builder_.rows() == 0) return std::nullopt;
  return builder_.finish(time_path_);
}

}  // namespace ev
