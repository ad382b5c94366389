// Fingerprints of keys: 128 bits of a keyed pseudo-random function.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <span>

namespace ev {

/// Ordered by hi, then lo. Never {0, 0}, which stands for an empty place in a table.
struct Fingerprint {
  uint64_t hi = 0, lo = 0;
  bool operator==(const Fingerprint&) const = default;
  auto operator<=>(const Fingerprint&) const = default;
};

using HashKey = std::array<uint8_t, 16>;
/// From the random numbers of the operating system.
HashKey random_hash_key();
/// The key where there is no state, so that the same input gives the same output.
inline constexpr HashKey kFixedHashKey = {'e', 'v', 'k', 'i', 't', ' ', 'd', 'e', 'd', 'u', 'p', ' ', 'k', 'e', 'y', 0};

/// SipHash-2-4 with 128 bits of output (Aumasson and Bernstein, 2012; as in libsodium): who does not know the key cannot
/// make keys of events that collide, and for all others two given keys collide with a probability of 2^-128.
class KeyedHash {
 public:
  /// `bits` below 128 leaves so many of the lowest bits: for tests of what happens when keys do collide.
  explicit KeyedHash(const HashKey& key, unsigned bits = 128);
  Fingerprint operator()(std::span<const uint8_t> bytes) const;
  /// The same of many messages that stand one behind the other, up to ends[i]: out[i], as many as there are ends.
  void operator()(std::span<const uint8_t> bytes, std::span<const uint32_t> ends, Fingerprint* out) const;

 private:
  Fingerprint masked(uint64_t first, uint64_t second) const;

  HashKey key_;
  Fingerprint mask_;
};

}  // namespace ev
