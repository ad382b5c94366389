// Checksums and hashes of the stream format: XXH3 (xxHash 0.8) and the folded multiply of the content digest.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace ev {

/// XXH3-64 with seed 0: record headers and chunks.
uint64_t checksum64(std::span<const uint8_t> bytes);

/// XXH3-64 over pieces given one after the other.
class Checksum64 {
 public:
  Checksum64();
  ~Checksum64();
  Checksum64(Checksum64&&) noexcept;
  Checksum64& operator=(Checksum64&&) noexcept;
  void update(std::span<const uint8_t> bytes);
  uint64_t value() const;
  void reset();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// An unsigned 128-bit number, added modulo 2^128: a content digest.
struct Hash128 {
  uint64_t lo = 0, hi = 0;
  Hash128& operator+=(Hash128 o) {
    uint64_t sum = lo + o.lo;
    hi += o.hi + (sum < lo);
    lo = sum;
    return *this;
  }
  Hash128& operator-=(Hash128 o) {
    hi -= o.hi + (lo < o.lo);
    lo -= o.lo;
    return *this;
  }
  bool operator==(const Hash128&) const = default;
  /// 32 hex digits, high half first.
  std::string hex() const;
};

/// XXH3-128 with a 64-bit seed.
Hash128 hash128(std::span<const uint8_t> bytes, uint64_t seed);

/// Low half XOR high half of the 128-bit product.
inline uint64_t fold_multiply(uint64_t a, uint64_t b) {
  __extension__ using uint128 = unsigned __int128;
  uint128 p = static_cast<uint128>(a) * b;
  return static_cast<uint64_t>(p) ^ static_cast<uint64_t>(p >> 64);
}

}  // namespace ev
