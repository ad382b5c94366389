// SipHash-2-4 with 128 bits of output, of several messages side by side.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace ev {

/// Twice as many as a register has words: each step waits for the one before it, and two can be under way.
inline constexpr std::size_t kSiphashLanes = 8;

/// Whether this processor can do it (AVX2).
bool have_siphash_lanes();
/// The bits of messages that stand one behind the other, `size` bytes each, as crypto_shorthash_siphashx24() gives them:
/// two words of each, little-endian. Requires have_siphash_lanes().
void siphash_lanes(const std::array<uint8_t, 16>& key, const uint8_t* messages, std::size_t size,
                   std::array<std::array<uint64_t, 2>, kSiphashLanes>& out);

}  // namespace ev
