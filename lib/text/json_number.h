// JSON numbers to typed values, by the rules of ev(7): no digit is ever lost.
#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/format.h"

namespace ev {

/// A scalar as it was read. Texts (string, json) are an address and a length; words as columns hold them.
struct Scalar {
  Type type = Type::null;
  uint32_t length = 0;
  uint64_t word = 0;
};

namespace detail {

inline constexpr uint64_t kPowersOfTen[16] = {1ull,
                                              10ull,
                                              100ull,
                                              1000ull,
                                              10000ull,
                                              100000ull,
                                              1000000ull,
                                              10000000ull,
                                              100000000ull,
                                              1000000000ull,
                                              10000000000ull,
                                              100000000000ull,
                                              1000000000000ull,
                                              10000000000000ull,
                                              100000000000000ull,
                                              1000000000000000ull};
inline constexpr double kExactPowersOfTen[16] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

struct Digits {
  uint64_t value;
  unsigned count;  // of leading digits, at most 16; value is meaningless where it is 0
};

/// Eight characters at once: `x` holds characters XOR '0', so a digit is its value.
inline unsigned leading_digits(uint64_t x) {
  uint64_t other = ((x + 0x7676767676767676) | x) & 0x8080808080808080;
  return other ? static_cast<unsigned>(__builtin_ctzll(other)) / 8 : 8;
}
inline uint64_t eight_digits(uint64_t x) {
  x = x * 10 + (x >> 8);
  return (((x & 0x000000ff000000ff) * 0x000f424000000064) + (((x >> 16) & 0x000000ff000000ff) * 0x0000271000000001)) >>
         32;
}
/// Reads 16 bytes.
inline Digits read_digits(const char* p) {
  uint64_t x = load<uint64_t>(p) ^ 0x3030303030303030;
  unsigned n = leading_digits(x);
  uint64_t value = eight_digits(x << ((64 - 8 * n) & 63));
  if (n < 8) return {value, n};
  uint64_t y = load<uint64_t>(p + 8) ^ 0x3030303030303030;
  unsigned m = leading_digits(y);
  if (m) value = value * kPowersOfTen[m] + eight_digits(y << ((64 - 8 * m) & 63));
  return {value, 8 + m};
}

/// The whole grammar and all sizes; nullptr where there is no JSON number at `p`.
const char* scan_number_slowly(const char* p, Scalar& out);

}  // namespace detail

inline bool begins_number(char c) {
  return (c >= '0' && c <= '9') || c == '-';
}

/// End of the number at `p` by its grammar alone, or nullptr. A newline must follow somewhere.
const char* skip_number(const char* p);

/// Reads the number at `p` (a digit or '-'); returns its end, or nullptr where the grammar is broken. What no type
/// holds exactly has type json and its own text. Requires: a newline follows somewhere, with 16 readable bytes after
/// it.
inline const char* scan_number(const char* p, Scalar& out) {
  bool minus = *p == '-';
  const char* first = p + minus;
  detail::Digits whole = detail::read_digits(first);
  if (whole.count - 1u > 14 || (*first == '0' && whole.count > 1)) return detail::scan_number_slowly(p, out);
  const char* end = first + whole.count;
  if (*end != '.') {
    if ((*end | 0x20) == 'e' || (minus && whole.value == 0)) return detail::scan_number_slowly(p, out);
    out = {Type::int64, 0, minus ? uint64_t{0} - whole.value : whole.value};
    return end;
  }
  detail::Digits part = detail::read_digits(end + 1);
  if (part.count - 1u > 14 || whole.count + part.count > 18) return detail::scan_number_slowly(p, out);
  end += 1 + part.count;
  uint64_t digits = whole.value * detail::kPowersOfTen[part.count] + part.value;
  // At most 15 significant digits always come back from a double, and both operands are exact.
  if (digits >= detail::kPowersOfTen[15] || (*end | 0x20) == 'e') return detail::scan_number_slowly(p, out);
  double value = static_cast<double>(digits) / detail::kExactPowersOfTen[part.count];
  out = {Type::float64, 0, 0};
  if (minus) value = -value;
  std::memcpy(&out.word, &value, sizeof value);
  return end;
}

}  // namespace ev
