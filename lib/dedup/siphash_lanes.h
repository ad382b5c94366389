// SipHash-2-4 with 128 bits of output, of four messages side by side.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ev {

/// Whether this processor can do it (AVX2).
bool have_siphash_lanes();
/// The bits of four messages of `size` bytes each, as crypto_shorthash_siphashx24() gives them: out[i] are two words,
/// little-endian. Requires have_siphash_lanes().
void siphash_lanes(const std::array<uint8_t, 16>& key, const std::array<const uint8_t*, 4>& messages, std::size_t size,
                   std::array<std::array<uint64_t, 2>, 4>& out);

}  // namespace ev
