// Instants and their text. An instant is an int64 of nanoseconds since 1970-01-01T00:00:00Z (1677-09-21 to 2262-04-11).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace ev {

inline constexpr int64_t kSecond = 1'000'000'000;
inline constexpr int64_t kEarliestPlausible = 631152000 * kSecond;  // 1990-01-01, bounds of a detected event time
inline constexpr int64_t kLatestPlausible = 4102444800 * kSecond;   // 2100-01-01, exclusive

/// How an instant was written, so that export writes it again. A 32-bit number in the stream (ev-stream(5)):
/// bits 0-3 kind, 4-7 digits after the point, 8-9 unit of an epoch (0 s, 1 ms, 2 us, 3 ns) or extent of a date, 10
/// separator (0 'T', 1 space), 11-13 zone style, 14 comma instead of the point, 16-31 offset from UTC in minutes, two's
/// complement.
struct TimeForm {
  enum Kind : uint8_t { iso = 0, epoch = 1, epoch_decimal = 2, epoch_string = 3, epoch_decimal_string = 4 };
  enum Zone : uint8_t { none = 0, z = 1, colon = 2, compact = 3, hours = 4 };  // "", Z, +02:00, +0200, +02
  /// What kind iso holds, in the place of the unit: "2000-10-10T13:55:36", "2000-10-10T13:55", "2000-10-10", or the
  /// time of web server logs, "10/Oct/2000:13:55:36 -0700".
  enum Extent : uint8_t { seconds = 0, minutes = 1, date = 2, clf = 3 };
  uint8_t kind = iso;
  uint8_t digits = 0;
  uint8_t unit = 0;
  bool space = false;
  uint8_t zone = z;
  bool comma = false;
  int16_t offset = 0;  // with zone none: of the zone that the text was taken to be in, which print_time() leaves out
  uint32_t pack() const {
    return static_cast<uint32_t>(kind | digits << 4 | unit << 8 | space << 10 | zone << 11 | comma << 14) |
           static_cast<uint32_t>(static_cast<uint16_t>(offset)) << 16;
  }
  static TimeForm unpack(uint32_t packed);
};

/// An instant with the packed form it was written in.
struct TimeValue {
  int64_t ns = 0;
  uint32_t form = 0;
};

class TimeZone;

/// Reads ISO 8601 "YYYY-MM-DD[(T| )hh:mm[:ss[(.|,)f{1,9}]](Z|+hh:mm|+hhmm|+hh|)]", the time of web server logs
/// "dd/Mon/YYYY:hh:mm:ss +hhmm", or epoch digits ("1717200000", "1717200000.123") held in a string. Only texts that
/// print_time() gives back letter by letter are taken; anything else is nullopt. A text without a zone is UTC.
std::optional<TimeValue> parse_time_text(std::string_view text);
/// The same, with texts without a zone in local time of `assumed` (nullptr: UTC; must outlive the call). They print as
/// they were, with two exceptions: one that comes twice means the first, and one that a change of the clock skips means
/// the instant of the change and prints as that, with its offset (a skipped midnight that stands for its date still
/// prints as the date). Nullopt where the offset is no whole minute, as in local mean time: no form can hold it.
std::optional<TimeValue> parse_time_text(std::string_view text, const TimeZone* assumed);
/// An epoch integer; the unit is told by its size: below 1e11 s, 1e14 ms, 1e17 us, else ns (of the absolute value).
std::optional<TimeValue> parse_epoch_integer(int64_t value);
/// Epoch integers from `least` to `most` are that many ns each, and print by `form`: what parse_epoch_integer() says of
/// each of them, to be asked once for many. None are negative.
struct EpochUnit {
  int64_t least = 1, most = 0;
  int64_t ns = 0;
  uint32_t form = 0;
  bool covers(int64_t value) const { return value >= least && value <= most; }
};
/// The unit of `value`, which it covers unless it is negative or no time.
EpochUnit epoch_unit(int64_t value);
/// A JSON number with a point and no exponent, read digit by digit (never through a double): 1717200000.123456.
std::optional<TimeValue> parse_epoch_decimal(std::string_view number);

/// Writes the instant in its form (digits that the form has no room for are cut), without quotes, to `out` (at least
/// kMaxTimeText bytes); returns the end.
inline constexpr std::size_t kMaxTimeText = 64;
char* print_time(char* out, int64_t ns, uint32_t form);
/// Whether a form read from a stream is one that the parsers make. print_time() takes any form without harm, but gives
/// the text back only for these.
bool valid_form(uint32_t form);
/// Whether that form is a string in JSON (ISO, digits in a string) rather than a number.
bool form_is_string(uint32_t form);
/// Form "YYYY-MM-DDThh:mm:ss[.fff[fff[fff]]]Z" with as many groups of three digits as the instant needs.
uint32_t default_form(int64_t ns);
std::string time_text(int64_t ns);

/// Times in options: dates (their first instant in the zone) and ISO times with or without seconds and zone, "now",
/// "today", "yesterday", "tomorrow", "@1717200000[.f]", each of the words with a distance ("now-7d", "today+8h"), or a
/// distance from now alone ("-1h"). Zone-less texts are in `zone` (IANA name; empty: UTC). A local time that a change
/// of the clock skips means the instant of the change, one that comes twice means the first. Distances of whole days
/// from today, yesterday and tomorrow count calendar days, all others hours of 60 minutes. Throws Error(usage).
int64_t parse_time_option(std::string_view text, int64_t now_ns, std::string_view zone);
/// "1h30m", "1.5h", "0s": units in falling order, each at most once, in nanoseconds; nullopt for anything else.
std::optional<int64_t> read_duration(std::string_view text);
/// "1m", "250ms", "1.5h", "1h30m", "2d", "1w": nanoseconds, positive. Throws Error(usage).
int64_t parse_duration(std::string_view text);

/// How wide buckets are: a fixed length, or calendar months.
struct BucketWidth {
  int64_t ns = 0;
  int64_t months = 0;  // above 0: in place of ns
};
/// As read_duration(), above zero; or "1mo", "3mo", "1y": whole months, at most kMaxBucketMonths of them.
std::optional<BucketWidth> read_bucket_width(std::string_view text);
inline constexpr int64_t kMaxBucketMonths = 12000;
/// Throws Error(usage).
BucketWidth parse_bucket_width(std::string_view text);

/// Start of the bucket of `every` ns that holds `ns`, counted in local time of `zone` (empty: UTC), as an instant.
/// - The grid begins at local 1970-01-01T00:00; multiples of a week begin on the Monday 1970-01-05.
/// - Months are counted from January 1970: buckets of 3 months are quarters, those of 12 years.
/// - Widths of a day or more: a bucket begins at the first instant whose local time reaches its grid point, so that
///   days are calendar days (of 23 or 25 hours where the clock changes) and a midnight that comes twice or not at all
///   still begins one day.
/// - Widths below a day: a bucket begins where the local clock reaches a grid point or jumps over one, forward or
///   backward onto one exactly. So an hour that comes twice gives two buckets, one that is skipped gives none, and a
///   bucket of 2h around a change lasts one or three hours. A clock set back to between grid points goes on filling
///   the open bucket.
/// Starts never decrease with `ns`, and floor(floor(ns)) == floor(ns). Immutable; any number of threads may use it.
class Buckets {
 public:
  /// Requires a width above zero. Throws Error(usage) for an unknown zone.
  Buckets(BucketWidth width, const std::string& zone);
  Buckets(int64_t every_ns, const std::string& zone) : Buckets(BucketWidth{every_ns, 0}, zone) {}
  int64_t floor(int64_t ns) const { return zone_ ? zoned_floor(ns) : grid_floor(ns); }
  /// Start of the bucket after the one that holds `ns`: floor() is the same from floor(ns) up to it. (In a zone a
  /// bucket may be shorter or longer than its width.) INT64_MAX at the end of time.
  int64_t next(int64_t ns) const;
  bool utc() const { return zone_ == nullptr; }
  /// Form in which bucket starts print: Z in UTC, else the offset of the zone at that instant.
  uint32_t form(int64_t ns) const;

 private:
  /// How far `ns` is behind the grid point before it.
  int64_t past_grid(int64_t ns) const {
    int64_t past = ns % every_;
    if (past < 0) past += every_;
    past -= anchor_;
    return past < 0 ? past + every_ : past;
  }
  /// The last grid point that is not behind `ns`, both in local time.
  int64_t grid_floor(int64_t ns) const {
    if (months_ > 0) return month_floor(ns);
    int64_t start;
    return __builtin_sub_overflow(ns, past_grid(ns), &start) ? INT64_MIN : start;
  }
  int64_t month_floor(int64_t local_ns) const;
  int64_t zoned_floor(int64_t ns) const;
  std::pair<int64_t, int64_t> calendar_grid(int64_t ns) const;
  int64_t grid_point_after(int64_t local_ns) const;

  int64_t months_;
  int64_t every_;       // of months: more than a day
  int64_t anchor_ = 0;  // a grid point, at least 0 and below every_
  std::shared_ptr<const TimeZone> zone_;
};

}  // namespace ev
