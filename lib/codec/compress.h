// zstd over byte spans.
#pragma once

#include <span>
#include <string_view>

#include "base/pod_vector.h"

namespace ev {

/// Appends one zstd frame to `out`. Deterministic for a library version and level.
void zstd_compress(std::span<const uint8_t> raw, int level, Buffer& out);
/// Replaces `out` by exactly `raw_bytes` bytes; throws Error(corrupt) naming `place` if the frame holds anything else.
/// Requires: the caller has held raw_bytes against its cap.
void zstd_decompress(std::span<const uint8_t> stored, std::size_t raw_bytes, Buffer& out, std::string_view place);

}  // namespace ev
