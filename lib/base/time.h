// Instants and their text. An instant is an int64 of nanoseconds since 1970-01-01T00:00:00Z (1677-09-21 to 2262-04-11).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ev {

inline constexpr int64_t kSecond = 1'000'000'000;
inline constexpr int64_t kEarliestPlausible = 631152000 * kSecond;  // 1990-01-01, bounds of a detected event time
inline constexpr int64_t kLatestPlausible = 4102444800 * kSecond;   // 2100-01-01, exclusive

/// How an instant was written, so that export writes it again. A 32-bit number in the stream (ev-stream(5)):
/// bits 0-3 kind, 4-7 digits after the point, 8-9 unit of an epoch (0 s, 1 ms, 2 us, 3 ns), 10 separator (0 'T', 1 space),
/// 11-13 zone style, 16-31 offset from UTC in minutes, two's complement.
struct TimeForm {
  enum Kind : uint8_t { iso = 0, epoch = 1, epoch_decimal = 2, epoch_string = 3, epoch_decimal_string = 4 };
  enum Zone : uint8_t { none = 0, z = 1, colon = 2, compact = 3, hours = 4 };  // "", Z, +02:00, +0200, +02
  uint8_t kind = iso;
  uint8_t digits = 0;
  uint8_t unit = 0;
  bool space = false;
  uint8_t zone = z;
  int16_t offset = 0;
  uint32_t pack() const {
    return static_cast<uint32_t>(kind | digits << 4 | unit << 8 | space << 10 | zone << 11) |
           static_cast<uint32_t>(static_cast<uint16_t>(offset)) << 16;
  }
  static TimeForm unpack(uint32_t packed);
};

/// An instant with the packed form it was written in.
struct TimeValue {
  int64_t ns = 0;
  uint32_t form = 0;
};

/// Reads ISO 8601 "YYYY-MM-DD(T| )hh:mm:ss[.f{1,9}](Z|+hh:mm|+hhmm|+hh|)" or epoch digits ("1717200000", "1717200000.123")
/// held in a string. Only texts that print_time() gives back letter by letter are taken; anything else is nullopt.
/// A text without a zone is UTC.
std::optional<TimeValue> parse_time_text(std::string_view text);
/// An epoch integer; the unit is told by its size: below 1e11 s, 1e14 ms, 1e17 us, else ns (of the absolute value).
std::optional<TimeValue> parse_epoch_integer(int64_t value);
/// A JSON number with a point and no exponent, read digit by digit (never through a double): 1717200000.123456.
std::optional<TimeValue> parse_epoch_decimal(std::string_view number);

/// Writes the instant in its form, without quotes, to `out` (at least kMaxTimeText bytes); returns the end.
inline constexpr std::size_t kMaxTimeText = 64;
char* print_time(char* out, int64_t ns, uint32_t form);
/// Whether that form is a string in JSON (ISO, digits in a string) rather than a number.
bool form_is_string(uint32_t form);
/// Form "YYYY-MM-DDThh:mm:ss[.fff[fff[fff]]]Z" with as many groups of three digits as the instant needs.
uint32_t default_form(int64_t ns);
std::string time_text(int64_t ns);

/// Times in options: ISO times and dates, "today", "yesterday", "now", "-1h", "now-7d". Zone-less texts are in `zone`
/// (IANA name; empty: UTC). Throws Error(usage).
int64_t parse_time_option(std::string_view text, int64_t now_ns, std::string_view zone);
/// "1m", "250ms", "1h30m", "2d", "1w": nanoseconds, positive. Throws Error(usage).
int64_t parse_duration(std::string_view text);
/// Start of the bucket of `every` ns that holds `ns`, counted in local time of `zone` (empty: UTC), as an instant.
/// Widths of a day or more follow the calendar days of the zone.
class Buckets {
 public:
  Buckets(int64_t every_ns, std::string zone);
  int64_t floor(int64_t ns) const;
  int64_t width() const { return every_; }
  bool utc() const { return zone_ == nullptr; }
  /// Form in which bucket starts print: Z in UTC, else the offset of the zone at that instant.
  uint32_t form(int64_t ns) const;

 private:
  int64_t every_;
  const void* zone_ = nullptr;  // date::time_zone
};

}  // namespace ev
