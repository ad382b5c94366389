// Exact sums: of integers in 128 bits, of doubles in a superaccumulator; the same for any order and split.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace ev {

/// Exact sum of doubles (R. M. Neal, "Fast exact summation using small and large superaccumulators", 2015: the small
/// one). Infinities and NaN follow IEEE 754: inf + -inf = NaN.
class ExactFloatSum {
 public:
  void add(double value);
  void merge(const ExactFloatSum& other);
  /// Correctly rounded sum; -0.0 only if every addend was -0.0; 0.0 if there was none.
  double value() const;
  /// Canonical bytes: equal sums of equal multisets have equal bytes, whatever the order. Versioned.
  void serialize(std::string& out) const;
  /// Throws Error(corrupt).
  static ExactFloatSum deserialize(std::string_view bytes);

 private:
  static constexpr int kChunks = 67;
  std::array<int64_t, kChunks> chunk_{};
  int adds_until_carry_ = 0;
  uint64_t positive_inf_ = 0, negative_inf_ = 0, nan_ = 0, negative_zero_ = 0, finite_ = 0;
};

}  // namespace ev
