// How many different hashes there were, by registers of leading zeros: HyperLogLog (Flajolet, Fusy, Gandouet, Meunier,
// 2007) with the estimator of O. Ertl ("New cardinality estimation algorithms for HyperLogLog sketches", 2017), which
// needs no table of corrections.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ev {

inline constexpr unsigned kHllBits = 14;
inline constexpr std::size_t kHllRegisters = std::size_t{1} << kHllBits;
inline constexpr uint8_t kHllLargest = 64 - kHllBits + 1;  // value of a register
/// Standard error of the estimate, relative to it: 1.04 / sqrt(registers).
inline constexpr double kHllError = 0.0081;

/// Notes a hash whose bits are all random. `registers` are kHllRegisters, 0 at first. Whether the register was 0.
inline bool hll_add(std::span<uint8_t> registers, uint64_t hash) {
  uint8_t& of_hash = registers[hash >> (64 - kHllBits)];
  const uint8_t before = of_hash;
  // A bit behind the hash ends the count of zeros.
  const auto value = static_cast<uint8_t>(std::countl_zero(hash << kHllBits | uint64_t{1} << (kHllBits - 1)) + 1);
  of_hash = std::max(before, value);
  return before == 0;
}
double hll_estimate(std::span<const uint8_t> registers);

}  // namespace ev
