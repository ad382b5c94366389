// Rows of a batch as a batch of their own. take() and slice() are the public side.
#pragma once

#include <cstdint>
#include <span>

#include "event/batch.h"

namespace ev {

/// The selected rows, always copied: what no row uses is dropped even where every row is selected.
Batch gather_rows(const Batch& batch, std::span<const uint32_t> selection);
/// Rows [begin, end). Only the last rows of a batch keep its watermark: those left out behind may be earlier.
Batch gather_range(const Batch& batch, uint32_t begin, uint32_t end);

}  // namespace ev
