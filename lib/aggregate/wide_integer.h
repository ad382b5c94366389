// Integers beyond 64 bits: sums of integers, and integers that JSON holds as text.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "sketch/float_sum_window.h"

namespace ev {

/// 320 bits, two's complement: room for 2^63 integers of 256 bits. Arithmetic is modulo 2^320.
class WideInteger {
 public:
  WideInteger() = default;
  explicit WideInteger(int128 value);
  /// A JSON integer ("-12", no point, no exponent) of at most 256 bits and its sign; nullopt for anything else.
  static std::optional<WideInteger> parse(std::string_view text);

  static WideInteger square(uint64_t number);

  WideInteger& operator+=(const WideInteger& other);
  bool operator==(const WideInteger&) const = default;
  bool negative() const { return limb_[kLimbs - 1] >> 63; }
  /// The value where it fits.
  std::optional<int128> narrow() const;
  std::string decimal() const;
  /// Adds the value, exactly.
  void add_to(ExactFloatSum& sum) const;

  /// u8 length and the shortest little-endian two's complement of that length; 0 has length 0.
  void write(std::string& out) const;
  /// Throws Error(corrupt) where it is longer than 320 bits or not the shortest.
  static WideInteger read(ByteReader& in);

 private:
  static constexpr std::size_t kLimbs = 5;
  WideInteger negated() const;
  std::array<uint64_t, kLimbs> limb_{};
};

}  // namespace ev
