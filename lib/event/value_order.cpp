#include "event/value_order.h"

#include <charconv>
#include <cmath>
#include <string>

namespace ev {

namespace {

__extension__ using int128 = __int128;

/// Place of a value among the kinds.
int rank(const Value& value) {
  switch (value.type) {
    case Type::null:
      return 0;
    case Type::boolean:
      return 1;
    case Type::int64:
    case Type::uint64:
    case Type::float64:
      return 2;
    case Type::time:
      return 3;
    case Type::string:
      return 4;
    case Type::bytes:
      return 5;
    case Type::json:
      return is_json_number(value.text) ? 2 : 6;
    case Type::state:
      return 7;
  }
  return 8;
}

template <class T>
int order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

int128 integer(const Value& value) {
  return value.type == Type::int64 ? static_cast<int128>(static_cast<int64_t>(value.word))
                                   : static_cast<int128>(value.word);
}

/// Exact order of an integer of 64 bits and a double.
int compare_integer(int128 i, double d) {
  if (std::isnan(d) || d >= 0x1p64) return -1;
  if (d < -0x1p64) return 1;
  int128 whole = static_cast<int128>(d);
  if (i != whole) return order(i, whole);
  return order(0.0, d - static_cast<double>(whole));
}

/// A finite decimal number: 0.DIGITS * 10^exponent, without zeros at either end; 0 has no digits.
struct Decimal {
  bool negative = false;
  int64_t exponent = 0;
  std::string digits;
};

Decimal parse_decimal(std::string_view text) {
  constexpr int64_t kFarExponent = int64_t{1} << 40;  // beyond the length of any text
  Decimal result;
  bool after_point = false;
  std::size_t at = 0;
  if (text.starts_with('-')) result.negative = true, at = 1;
  for (; at < text.size() && text[at] != 'e' && text[at] != 'E'; at++) {
    if (text[at] == '.') {
      after_point = true;
    } else if (text[at] == '0' && result.digits.empty()) {
      result.exponent -= after_point;
    } else {
      result.digits += text[at];
      result.exponent += !after_point;
    }
  }
  if (at < text.size()) {
    at++;
    if (at < text.size() && text[at] == '+') at++;
    bool minus = at < text.size() && text[at] == '-';
    int64_t exponent = 0;
    auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), exponent);
    if (error == std::errc::result_out_of_range || exponent > kFarExponent || exponent < -kFarExponent)
      exponent = minus ? -kFarExponent : kFarExponent;
    result.exponent += exponent;
  }
  while (!result.digits.empty() && result.digits.back() == '0') result.digits.pop_back();
  if (result.digits.empty()) result = {};
  return result;
}

Decimal decimal_of(const Value& value) {
  constexpr int kMaxDoubleDigits = 767;  // a double has at most as many
  char text[kMaxDoubleDigits + 16];
  switch (value.type) {
    case Type::json:
      return parse_decimal(value.text);
    case Type::float64: {
      auto [end, error] = std::to_chars(text, text + sizeof text, std::bit_cast<double>(value.word),
                                        std::chars_format::scientific, kMaxDoubleDigits - 1);
      return parse_decimal({text, static_cast<std::size_t>(end - text)});
    }
    case Type::int64: {
      auto [end, error] = std::to_chars(text, text + sizeof text, static_cast<int64_t>(value.word));
      return parse_decimal({text, static_cast<std::size_t>(end - text)});
    }
    default: {
      auto [end, error] = std::to_chars(text, text + sizeof text, value.word);
      return parse_decimal({text, static_cast<std::size_t>(end - text)});
    }
  }
}

int compare_decimals(const Decimal& a, const Decimal& b) {
  auto sign = [](const Decimal& d) { return d.digits.empty() ? 0 : d.negative ? -1 : 1; };
  if (sign(a) != sign(b)) return order(sign(a), sign(b));
  int by_size = order(a.exponent, b.exponent);
  if (by_size == 0) by_size = order(a.digits, b.digits);
  return a.negative ? -by_size : by_size;
}

int compare_floats(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return order(std::isnan(a), std::isnan(b));
  return order(a, b);
}

int compare_same_kind(const Value& a, const Value& b) {
  if (is_text_type(a.type)) return a.text.compare(b.text);
  switch (a.type) {
    case Type::float64:
      return order(ordered_word<Type::float64>(a.word), ordered_word<Type::float64>(b.word));
    case Type::time: {
      int by_instant = order(ordered_word<Type::time>(a.word), ordered_word<Type::time>(b.word));
      return by_instant ? by_instant : order(a.form, b.form);
    }
    case Type::int64:
      return order(ordered_word<Type::int64>(a.word), ordered_word<Type::int64>(b.word));
    default:
      return order(a.word, b.word);
  }
}

}  // namespace

int compare_numbers(const Value& a, const Value& b) {
  bool a_float = a.type == Type::float64, b_float = b.type == Type::float64;
  double x = a_float ? std::bit_cast<double>(a.word) : 0, y = b_float ? std::bit_cast<double>(b.word) : 0;
  if (a.type == Type::json || b.type == Type::json) {
    if (!std::isfinite(x)) return x < 0 ? -1 : 1;
    if (!std::isfinite(y)) return y < 0 ? 1 : -1;
    return compare_decimals(decimal_of(a), decimal_of(b));
  }
  if (a_float && b_float) return compare_floats(x, y);
  if (a_float) return -compare_integer(integer(b), x);
  if (b_float) return compare_integer(integer(a), y);
  return order(integer(a), integer(b));
}

int compare_values(const Value& a, const Value& b) {
  int a_rank = rank(a), b_rank = rank(b);
  if (a_rank != b_rank) return order(a_rank, b_rank);
  if (a_rank == 2) {
    int by_number = compare_numbers(a, b);
    if (by_number) return by_number;
    if (a.type != b.type) return order(a.type, b.type);
  }
  return compare_same_kind(a, b);
}

double json_number(std::string_view text) {
  double number = NAN;
  if (!is_json_number(text)) return number;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc::result_out_of_range) return number;
  const bool below_all = text.find("e-") != text.npos || text.find("E-") != text.npos;
  return below_all ? 0 : text[0] == '-' ? -INFINITY : INFINITY;
}

}  // namespace ev
