// What every reader of a directory entry checks.
#pragma once

#include "codec/chunk.h"

namespace ev {

/// What is wrong with the counts, sizes and type of an entry in a block of `rows` rows; nullptr if nothing is.
/// Unknown encodings and codecs are not a fault of the entry.
const char* entry_fault(const ChunkEntry& entry, uint32_t rows);

}  // namespace ev
