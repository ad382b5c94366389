// Text of numbers and sizes, joining and escaping of text for messages.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace ev {

/// Shortest text that reads back as the same double, always with a point or an exponent ("1.0", "1e+300", "-0.0");
/// "nan", "inf", "-inf" for what JSON cannot say. Writes at most 32 bytes; returns the end.
char* print_float(char* out, double value);
std::string float_text(double value);
/// Decimal digits; at most 20 bytes; returns the end.
char* print_int(char* out, int64_t value);
char* print_uint(char* out, uint64_t value);

/// The double nearest to a JSON number, if that double printed with as many significant digits is the number again;
/// nullopt where a digit would be lost or the number is out of range (it is then kept as text).
/// Requires: `number` follows the JSON grammar and has a point or an exponent.
std::optional<double> exact_double(std::string_view number);

/// The same without a throw: nullopt for what is no size.
std::optional<uint64_t> read_size(std::string_view text);
/// "64M", "1GiB", "512k", "1073741824": bytes, powers of 1024. Throws Error(usage).
uint64_t parse_size(std::string_view text);
/// "1.5 MiB", for people.
std::string size_text(uint64_t bytes);
/// 1234567 as "1,234,567", for people.
std::string grouped(uint64_t n);

/// Joins texts and integers: concat("block ", 41, ", row ", row).
namespace detail {
inline void add(std::string& out, std::string_view part) { out += part; }
inline void add(std::string& out, char part) { out += part; }
template <class T>
  requires(std::is_integral_v<T> && !std::is_same_v<T, char>)
void add(std::string& out, T part) {
  char digits[24];
  out.append(digits, std::to_chars(digits, digits + sizeof digits, part).ptr);
}
}  // namespace detail
template <class... Parts>
std::string concat(const Parts&... parts) {
  std::string out;
  (detail::add(out, parts), ...);
  return out;
}
std::string join(std::span<const std::string> parts, std::string_view between);

/// Control characters, DEL, C1 and broken UTF-8 as \n, \t, \xNN: safe to print to a terminal.
std::string escape_controls(std::string_view text);
/// The candidate nearest to `word` by edit distance (at most 2, or a third of the word), or nothing.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);
/// Whether the bytes are valid UTF-8.
bool valid_utf8(std::string_view text);

}  // namespace ev
