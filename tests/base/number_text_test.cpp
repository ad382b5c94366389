#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>

#include "base/text.h"

using namespace ev;

namespace {

/// Sign, significant digits and exponent of a decimal, spelled as printf does: "-1.25e+03" for "-1250e0" is "-|1250|3".
/// Written for the test alone, with strings.
std::string normal(const std::string& number) {
  std::size_t i = 0;
  std::string sign;
  if (number[i] == '-') sign = "-", i++;
  std::string digits;
  long point = -1, exponent = 0;
  for (; i < number.size(); i++) {
    if (number[i] == '.')
      point = static_cast<long>(digits.size());
    else if (number[i] == 'e' || number[i] == 'E') {
      exponent = std::atol(number.c_str() + i + 1);
      break;
    } else
      digits += number[i];
  }
  if (point < 0) point = static_cast<long>(digits.size());
  std::size_t zeros = digits.find_first_not_of('0');
  if (zeros == std::string::npos) return sign + "0";
  return sign + "|" + digits.substr(zeros) + "|" + std::to_string(point - static_cast<long>(zeros) - 1 + exponent);
}

/// What exact_double() promises, by strtod() and printf() of the C library.
bool survives(const std::string& number, double& value) {
  value = std::strtod(number.c_str(), nullptr);
  if (std::isinf(value)) return false;
  std::string want = normal(number);
  std::size_t bar = want.find('|');
  if (bar == std::string::npos) return true;
  std::size_t digits = want.rfind('|') - bar - 1;
  std::string printed(digits + 40, '\0');
  int n = std::snprintf(printed.data(), printed.size(), "%.*e", static_cast<int>(digits) - 1, value);
  printed.resize(static_cast<std::size_t>(n));
  return normal(printed) == want;
}

bool same_bits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

}  // namespace

TEST_CASE("floats print shortest, always with a point or an exponent") {
  CHECK(float_text(1) == "1.0");
  CHECK(float_text(-0.0) == "-0.0");
  CHECK(float_text(0.0) == "0.0");
  CHECK(float_text(0.1) == "0.1");
  CHECK(float_text(100000) == "100000.0");
  CHECK(float_text(1e300) == "1e+300");
  CHECK(float_text(1.5e-7) == "1.5e-07");
  CHECK(float_text(123456789012345680.0) == "1.2345678901234568e+17");
  CHECK(float_text(-std::numeric_limits<double>::denorm_min()) == "-5e-324");
  CHECK(float_text(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
  CHECK(float_text(std::nan("")) == "nan");
  CHECK(float_text(-std::nan("")) == "nan");
  CHECK(float_text(HUGE_VAL) == "inf");
  CHECK(float_text(-HUGE_VAL) == "-inf");
}

TEST_CASE("random doubles come back from their text, which fits 32 bytes and is the shortest") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 50000; i++) {
    double value = std::bit_cast<double>(random());
    if (i % 2) value = static_cast<double>(static_cast<int64_t>(random() % 2'000'000) - 1'000'000) / 100;
    if (!std::isfinite(value)) continue;
    std::string text = float_text(value);
    REQUIRE(text.size() <= 32);
    REQUIRE(same_bits(std::strtod(text.c_str(), nullptr), value));
    REQUIRE(text.find_first_of(".e") != std::string::npos);
    std::string digits = normal(text);
    std::size_t bar = digits.find('|'), n = digits.rfind('|') - bar - 1;
    while (bar != std::string::npos && digits[bar + n] == '0') n--;
    if (bar == std::string::npos || n < 2) continue;
    char shorter[64];
    std::snprintf(shorter, sizeof shorter, "%.*e", static_cast<int>(n) - 2, value);
    REQUIRE_FALSE(same_bits(std::strtod(shorter, nullptr), value));
  }
}

TEST_CASE("integers print at both ends of their range") {
  char out[24];
  CHECK(std::string(out, print_int(out, INT64_MIN)) == "-9223372036854775808");
  CHECK(std::string(out, print_int(out, 0)) == "0");
  CHECK(std::string(out, print_uint(out, UINT64_MAX)) == "18446744073709551615");
}

TEST_CASE("decimals that a double holds") {
  auto is = [](const std::string& text, double value) {
    CAPTURE(text);
    auto got = exact_double(text);
    REQUIRE(got.has_value());
    CHECK(same_bits(*got, value));
  };
  is("0.1", 0.1);
  is("1.10", 1.1);
  is("-0.0", -0.0);
  is("0.0", 0.0);
  is("0e400", 0.0);
  is("-0.000e-999999999999", -0.0);
  is("1E5", 1e5);
  is("1e+5", 1e5);
  is("1e22", 1e22);
  is("1e23", 1e23);
  is("5e-324", 5e-324);
  is("4.9e-324", 4.9406564584124654e-324);
  is("4.94e-323", 4.94e-323);
  is("1.7976931348623157e308", 1.7976931348623157e308);
  is("2.2250738585072014e-308", 2.2250738585072014e-308);
  is("0.30000000000000004", 0.30000000000000004);
  is("123456789012345.6", 123456789012345.6);
  is("1.00000000000000000000000000000000000000000000000000", 1.0);
  is("0.5000000000000000000000000000000000000000000000000000000000000000000", 0.5);
  is("1717200000.123456", 1717200000.123456);
  is("0.00000000000000000000000000000000000000000000000000000000000000000000000001e74", 1.0);
  is("100000000000000000000000.0e-23", 1.0);
}

TEST_CASE("decimals that a double would change are refused") {
  for (std::string text :
       {"0.1234567890123456789", "1e400", "-1e400", "3e-324", "2e-324", "1e-400", "1e99999999999999999999",
        "1e-99999999999999999999", "0.1000000000000000000", "9007199254740993.0", "1.7976931348623159e308",
        "0.30000000000000000", "123456789.1234567890", "2.2250738585072011e-320"}) {
    CAPTURE(text);
    double ignored;
    CHECK(survives(text, ignored) == false);
    CHECK_FALSE(exact_double(text).has_value());
  }
}

TEST_CASE("100,000 random decimals agree with strtod() and printf()") {
  std::mt19937_64 random(2);
  int kept = 0, refused = 0;
  for (int i = 0; i < 100000; i++) {
    std::size_t digits = 1 + random() % (i % 10 == 0 ? 40 : 18), point = random() % (digits + 1);
    std::string number = random() % 4 ? "" : "-";
    std::string body;
    for (std::size_t k = 0; k < digits; k++) body += static_cast<char>('0' + random() % 10);
    if (random() % 3 == 0) body.back() = '0';
    if (random() % 5 == 0) body.append(random() % 6, '0');
    if (point == 0)
      number += random() % 2 ? "0." + body : "0.00" + body;
    else
      number += body.substr(0, point) + (point < body.size() ? "." + body.substr(point) : "");
    if (number.find('.') == std::string::npos || random() % 3 == 0) {
      int range = i % 7 == 0 ? 340 : 25;
      number += "e" + std::to_string(static_cast<int>(random() % static_cast<unsigned>(2 * range)) - range);
    }
    double want;
    bool survived = survives(number, want);
    auto got = exact_double(number);
    CAPTURE(number);
    REQUIRE(got.has_value() == survived);
    if (survived) REQUIRE(same_bits(*got, want));
    (survived ? kept : refused)++;
  }
  CHECK(kept > 10000);
  CHECK(refused > 10000);
}

TEST_CASE("every double, printed, is an exact decimal of itself") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 50000; i++) {
    double value = std::bit_cast<double>(random());
    if (!std::isfinite(value)) continue;
    if (i % 3 == 0) value = std::ldexp(static_cast<double>(random() >> 40), static_cast<int>(random() % 64) - 32);
    if (i % 100 == 1) value = std::bit_cast<double>(random() >> (12 + random() % 52));  // subnormal
    std::string text = float_text(value);
    auto got = exact_double(text);
    CAPTURE(text);
    REQUIRE(got.has_value());
    REQUIRE(same_bits(*got, value));
  }
}
