// Buckets of numbers whose width is in proportion to the numbers, for quantiles with a bounded relative error: the
// leading bits of a double, as in HdrHistogram (G. Tene) and in the log-linear mapping of DDSketch (Masson, Rim, Lee:
// "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019). No bucket is ever
// joined with another, so the counts are a function of the values alone.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace ev {

/// Most that a number of a bucket is away from bucket_number(), relative to it.
inline constexpr double kQuantileError = 1.0 / 128;
/// Buckets are in (-kBucketEnd, kBucketEnd), in the order of their numbers.
inline constexpr int32_t kBucketEnd = int32_t{2048} << 7;

/// `number` is no NaN. Numbers below the smallest normal double are 0.
inline int32_t quantile_bucket(double number) {
  constexpr int kDropped = 52 - 7;  // an eighth of a thousand of 2^e is told apart
  constexpr int32_t kFirstNormal = int32_t{1} << 7;
  const auto bits = std::bit_cast<uint64_t>(number);
  const auto size = static_cast<int32_t>((bits & ~(uint64_t{1} << 63)) >> kDropped);
  if (size < kFirstNormal) return 0;
  return bits >> 63 ? -size : size;
}

/// A number of the bucket. Whole numbers below 256 have a bucket of their own each, and stand for it.
inline double bucket_number(int32_t bucket) {
  constexpr int kDropped = 52 - 7;
  const auto size = static_cast<uint64_t>(bucket < 0 ? -bucket : bucket);
  const double least = std::bit_cast<double>(size << kDropped);
  if (bucket == 0 || std::isinf(least)) return bucket < 0 ? -least : least;
  const double number = least < 256 ? least : std::bit_cast<double>(size << kDropped | uint64_t{1} << (kDropped - 1));
  return bucket < 0 ? -number : number;
}

}  // namespace ev
