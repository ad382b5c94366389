// Verifies a whole stream: every checksum, every value's shape, every total and the content digest.
#pragma once

#include <memory>

#include "io/input.h"
#include "stream/reader.h"

namespace ev {

/// Serial part; see tools/check for the parallel one. `quick` reads headers and meta parts only.
/// Throws as StreamReader does; also Error(corrupt) where a digest is not that of the rows.
StreamTotals check_stream(std::unique_ptr<Input> input, bool quick);
/// Throws Error(corrupt) unless the rows of the decoded batch have the digest, times and raw bytes that the header says.
void verify_block(const RawBlock& block, const Batch& batch);

}  // namespace ev
