// How many different hashes there were, by registers of leading zeros: HyperLogLog (Flajolet, Fusy, Gandouet, Meunier,
// 2007) with the estimator of O. Ertl ("New cardinality estimation algorithms for HyperLogLog sketches", 2017), which
// needs no table of corrections.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ev {

inline constexpr unsigned kHllBits = 14;
inline constexpr std::size_t kHllRegisters = std::size_t{1} << kHllBits;
inline constexpr uint8_t kHllLargest = 64 - kHllBits + 1;  // value of a register
/// Standard error of the estimate, relative to it: 1.04 / sqrt(registers).
inline constexpr double kHllError = 0.0081;

/// Notes a hash whose bits are all random. `registers` are kHllRegisters, 0 at first.
void hll_add(std::span<uint8_t> registers, uint64_t hash);
double hll_estimate(std::span<const uint8_t> registers);

}  // namespace ev
