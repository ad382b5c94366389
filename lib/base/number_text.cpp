// Numbers as text and back: shortest floats, exact decimals.
#include <fmt/compile.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstring>

#include "base/text.h"

namespace ev {

char* print_float(char* out, double value) {
  if (!std::isfinite(value)) {
    std::string_view text = std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
    std::memcpy(out, text.data(), text.size());
    return out + text.size();
  }
  char* end = fmt::format_to(out, FMT_COMPILE("{}"), value);
  for (const char* p = out; p != end; p++)
    if (*p == '.' || *p == 'e') return end;
  *end++ = '.';
  *end++ = '0';
  return end;
}

std::string float_text(double value) {
  char text[32];
  return std::string(text, print_float(text, value));
}

char* print_int(char* out, int64_t value) {
  return std::to_chars(out, out + 20, value).ptr;
}
char* print_uint(char* out, uint64_t value) {
  return std::to_chars(out, out + 20, value).ptr;
}

namespace {

constexpr double kPowersOfTen[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                   1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
// Every decimal of so many significant digits survives the way through a (normal) double.
constexpr std::size_t kSafeDigits = 15;
// A double has at most 767 significant digits; a number written with more than this is kept as text.
constexpr std::size_t kMaxCheckedDigits = 1100;

bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

/// A decimal taken apart: its value is 0.DIGITS * 10^(exponent + 1); the digits stand in `text` with a point among
/// them.
struct Decimal {
  bool negative = false;
  std::string_view text;        // from the first digit that is not 0 to the last digit
  std::size_t significant = 0;  // digits in `text`
  uint64_t leading = 0;         // the first digits as a number, all of them while there are at most kSafeDigits
  int64_t exponent = 0;         // of the first digit, as in scientific notation
  int64_t scale = 0;            // value = digits as an integer * 10^scale
};

Decimal take_apart(std::string_view number) {
  Decimal d;
  const char *p = number.data(), *end = p + number.size();
  if (p != end && *p == '-') d.negative = true, p++;
  const char* first = nullptr;
  const char* last = p;
  int64_t fraction = 0;
  bool point = false;
  for (; p != end && (is_digit(*p) || *p == '.'); p++) {
    if (*p == '.') {
      point = true;
      continue;
    }
    if (point) fraction++;
    if (!first && *p == '0') continue;
    if (!first) first = p;
    last = p + 1;
    if (d.significant < kSafeDigits) d.leading = d.leading * 10 + static_cast<uint64_t>(*p - '0');
    d.significant++;
  }
  if (first) d.text = {first, static_cast<std::size_t>(last - first)};
  int64_t exponent = 0;
  if (p != end) {
    p++;
    bool minus = p != end && *p == '-';
    if (p != end && (*p == '-' || *p == '+')) p++;
    for (; p != end; p++)
      if (exponent < 1'000'000'000) exponent = exponent * 10 + (*p - '0');
    if (minus) exponent = -exponent;
  }
  d.scale = exponent - fraction;
  d.exponent = d.scale + static_cast<int64_t>(d.significant) - 1;
  return d;
}

/// Whether `value`, printed in scientific notation with as many digits, is `d` again.
bool prints_as(double value, const Decimal& d) {
  char small[64];
  std::string large;
  char* out = small;
  std::size_t room = sizeof small;
  if (d.significant > 40) {
    large.resize(d.significant + 24);
    out = large.data();
    room = large.size();
  }
  auto [end, ec] = std::to_chars(out, out + room, std::fabs(value), std::chars_format::scientific,
                                 static_cast<int>(d.significant) - 1);
  if (ec != std::errc()) return false;
  const char* p = out;
  for (char c : d.text) {
    if (c == '.') continue;
    if (*p == '.') p++;
    if (*p++ != c) return false;
  }
  if (*p != 'e') return false;
  p++;
  if (*p == '+') p++;
  int exponent = 0;
  std::from_chars(p, end, exponent);
  return exponent == d.exponent;
}

}  // namespace

std::optional<double> exact_double(std::string_view number) {
  Decimal d = take_apart(number);
  if (d.significant == 0) return d.negative ? -0.0 : 0.0;
  if (d.significant <= kSafeDigits && d.scale >= -22 && d.scale <= 22) {
    // Both operands are exact doubles, so that the one rounding of the operation is the correct one (Clinger 1990).
    double value = static_cast<double>(d.leading);
    value = d.scale < 0 ? value / kPowersOfTen[-d.scale] : value * kPowersOfTen[d.scale];
    return d.negative ? -value : value;
  }
  if (d.significant > kMaxCheckedDigits) return std::nullopt;
  double value = 0;
  auto [end, ec] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (ec != std::errc() || end != number.data() + number.size()) {
    // libstdc++ reports subnormals that are not exact as out of range on some targets; zero and infinity are losses.
    return std::nullopt;
  }
  if (!std::isfinite(value) || value == 0) return std::nullopt;
  if (d.significant <= kSafeDigits && std::fabs(value) >= std::numeric_limits<double>::min()) return value;
  if (!prints_as(value, d)) return std::nullopt;
  return value;
}

}  // namespace ev
