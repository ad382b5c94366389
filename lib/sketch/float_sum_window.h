// A compact exact sum of doubles whose sizes lie near each other: what one group of an aggregation usually sees.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "sketch/exact_sum.h"

namespace ev {

__extension__ using int128 = __int128;

/// Five neighbouring chunks of an ExactFloatSum, placed around the first addend: 96 binary orders of magnitude in 56
/// bytes instead of the 544 of the whole. Trivially copyable. The owner adds to an ExactFloatSum what try_add()
/// refuses.
struct FloatSumWindow {
  static constexpr uint32_t kChunks = 5;
  static constexpr uint32_t kSpan = 3;         // chunks that may take the low half of an addend
  static constexpr uint32_t kLastFirst = 60;   // keeps the exponent of infinities and NaN out of reach
  static constexpr uint16_t kUnplaced = 1000;  // a `first` that refuses all addends

  int64_t chunk[kChunks] = {};
  uint64_t values =
      0;               // all values of the owner; carries are due whenever a multiple of kAddsBetweenCarries is reached
  uint32_t whole = 0;  // for the owner
  uint16_t first = kUnplaced;
  bool finite = false;  // a finite number other than -0.0 was added

  /// Adds and counts the double with these bits unless it is subnormal, zero, infinite, NaN or out of the window.
  bool try_add(uint64_t bits) {
    uint32_t shift = (static_cast<uint32_t>(bits >> 52) & 0x7ff) - 1;
    uint32_t at = (shift >> 5) - first;
    if (at >= kSpan) return false;
    shift &= 31;
    int64_t sign = static_cast<int64_t>(bits) >> 63;
    int64_t fraction = static_cast<int64_t>((bits & ((uint64_t{1} << 52) - 1)) | uint64_t{1} << 52);
    int64_t mantissa = (fraction ^ sign) - sign;
    chunk[at] += static_cast<int64_t>(static_cast<uint64_t>(mantissa) << shift & 0xffffffff);
    chunk[at + 1] += mantissa >> (32 - shift);
    count();
    return true;
  }

  /// Counts a value, also one that was added elsewhere.
  void count() {
    if ((++values & (ExactFloatSum::kAddsBetweenCarries - 1)) == 0) carry();
  }

  /// Adds `mantissas` * 2^(exponent - 1075), a sum of doubles of that biased exponent, at most 2^86; the owner counts
  /// them. False, and nothing done, where it is out of the window.
  bool add_scaled(int128 mantissas, uint32_t exponent) {
    place(uint64_t{exponent} << 52);
    uint32_t at = ((exponent - 1) >> 5) - first;
    if (at >= kSpan) return false;
    auto parts = scaled_chunks(mantissas, exponent);
    for (std::size_t i = 0; i < parts.size(); i++) chunk[at + i] += parts[i];
    return true;
  }
  /// The same into a whole sum.
  static void add_scaled(int128 mantissas, uint32_t exponent, ExactFloatSum& sum) {
    sum.add_chunks((exponent - 1) >> 5, scaled_chunks(mantissas, exponent));
  }

  /// Places an unplaced window so that it takes a number like this one; false where it cannot.
  bool place(uint64_t bits) {
    uint32_t exponent = static_cast<uint32_t>(bits >> 52) & 0x7ff;
    if (first != kUnplaced || exponent == 0 || (exponent - 1) >> 5 > kLastFirst + 2) return false;
    uint32_t at = (exponent - 1) >> 5;
    first = static_cast<uint16_t>(at == 0 ? 0 : at - 1 < kLastFirst ? at - 1 : kLastFirst);
    finite = true;
    return true;
  }

  /// Adds what was added to `other` but for its `whole`; false, and nothing done, where the windows lie apart.
  bool merge(const FloatSumWindow& other) {
    if (other.first != kUnplaced) {
      if (first == kUnplaced) first = other.first;
      if (first != other.first) return false;
      FloatSumWindow theirs = other;
      theirs.carry();
      carry();
      for (uint32_t i = 0; i < kChunks; i++) chunk[i] += theirs.chunk[i];
      carry();
    }
    finite = finite || other.finite;
    values += other.values;
    return true;
  }

  static std::array<int64_t, 3> scaled_chunks(int128 mantissas, uint32_t exponent) {
    int128 scaled = mantissas * (int128{1} << ((exponent - 1) & 31));
    return {static_cast<int64_t>(scaled & 0xffffffff), static_cast<int64_t>(scaled >> 32 & 0xffffffff),
            static_cast<int64_t>(scaled >> 64)};
  }

  void carry() {
    for (uint32_t i = 0; i + 1 < kChunks; i++) {
      int64_t over = chunk[i] >> 32;
      chunk[i] &= 0xffffffff;
      chunk[i + 1] += over;
    }
  }

  /// Appends what ExactFloatSum::serialize() gives for a sum of these addends alone.
  void serialize(std::string& out) const;
  /// Adds what was added here to `sum`.
  void add_to(ExactFloatSum& sum) const {
    if (!finite) return;
    if (first == kUnplaced)
      sum.add(0.0);
    else
      sum.add_chunks(first, chunk);
  }
};

}  // namespace ev
