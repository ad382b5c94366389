// Which levels answer for a range of time.
#pragma once

#include <cstdint>
#include <vector>

#include "rollup/rollup_definition.h"

namespace ev {

/// Buckets of a level in [since, until), bounds being limits of int64 where there is none.
struct RangePiece {
  std::size_t level = 0;
  int64_t since = 0, until = 0;
  bool operator==(const RangePiece&) const = default;
};

/// The pieces that hold exactly what lies in the range, in order of time: whole buckets of the level `coarsest`, and at
/// its edges those of finer ones. Throws Error(usage) where the range begins or ends within a bucket of the finest
/// level.
std::vector<RangePiece> plan_range(const std::vector<RollupLevel>& levels, std::size_t coarsest, int64_t since,
                                   int64_t until);

}  // namespace ev
