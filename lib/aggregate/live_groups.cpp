#include "aggregate/live_groups.h"

#include <algorithm>
#include <limits>

namespace ev {

PodVector<int64_t> running_maximum(const Batch& batch) {
  PodVector<int64_t> seen(batch.rows, std::numeric_limits<int64_t>::min());
  if (const Column* times = batch.time_column())
    for_each_value(*times, batch.rows, [&](std::size_t row, std::size_t i) { seen[row] = times->integer(i); });
  for (std::size_t row = 1; row < seen.size(); row++) seen[row] = std::max(seen[row], seen[row - 1]);
  return seen;
}

}  // namespace ev
