// Exact sums of doubles in a superaccumulator: the same for any order and split.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ev {

/// Exact sum of doubles (R. M. Neal, "Fast exact summation using small and large superaccumulators", 2015: the small
/// one). Infinities and NaN follow IEEE 754: inf + -inf = NaN.
///
/// The sum is an integer in units of 2^-1074, the smallest double, held in overlapping 64-bit chunks of weight 2^(32
/// i): an add touches two of them and carries are deferred for kAddsBetweenCarries adds.
class ExactFloatSum {
 public:
  /// A chunk may take this many parts of at most 2^52 before it must be carried.
  static constexpr uint32_t kAddsBetweenCarries = 1024;

  void add(double value);
  /// Adds chunks[i] * 2^(32 (first + i) - 1074) for each i, as a finite addend.
  /// Requires first + chunks.size() <= 67 and chunks below 2^62 in size.
  void add_chunks(std::size_t first, std::span<const int64_t> chunks);
  void merge(const ExactFloatSum& other);
  /// Correctly rounded sum; -0.0 only if every addend was -0.0; 0.0 if there was none.
  double value() const;
  /// The exact sum divided by `n`, rounded once. Requires n > 0.
  double mean(uint64_t n) const;
  /// Canonical bytes: equal sums of equal multisets have equal bytes, whatever the order. Versioned:
  ///   u8 version, 1
  ///   u8 flags: 1 the sum is negative, 2 +inf was added, 4 -inf, 8 NaN, 16 -0.0, 32 any other finite number
  ///   u8 number of digits, then for each digit that is not 0, in ascending order:
  ///     u8 position p, u32 digit d: d * 2^(32 p - 1074) is part of the size of the sum; p is at most 67
  void serialize(std::string& out) const;
  /// Throws Error(corrupt).
  static ExactFloatSum deserialize(std::string_view bytes);

 private:
  static constexpr std::size_t kChunks = 67;
  enum Seen : uint8_t { kPositiveInf = 2, kNegativeInf = 4, kNan = 8, kNegativeZero = 16, kFinite = 32 };
  struct Digits;
  void carry();
  Digits digits() const;
  /// The answer where it does not depend on the digits: infinities, NaN, only zeros.
  bool special(double& result) const;

  std::array<int64_t, kChunks> chunk_{};
  uint32_t adds_ = 0;  // since the last carry
  uint8_t seen_ = 0;
};

}  // namespace ev
