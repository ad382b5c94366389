// Which chunks of a block a projection needs.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "stream/block.h"

namespace ev {

/// Per directory entry whether it is needed; the row layouts only where all is, or events are. Where a wanted state may
/// be a formula over other states of the row, all states are.
std::vector<uint8_t> wanted_chunks(const BlockMeta& meta, const std::optional<Path>& time_path,
                                   const Projection& projection);

}  // namespace ev
