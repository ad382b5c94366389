#include "base/time_format.h"

#include <date/date.h>

#include <algorithm>
#include <array>
#include <istream>
#include <span>
#include <streambuf>

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "base/time_zone.h"

namespace ev {

namespace {

__extension__ using int128 = __int128;

constexpr std::string_view kDirectives = "YymbdejaHkIlMSpfszZ";  // each read by Reader::directive()
constexpr std::string_view kByLibrary = "CgGuUVwW";
constexpr std::string_view kRemedy =
    "use %Y %m %d %b %j for the date, %H %M %S %f %p for the time, %s for seconds since the epoch, %z %Z for the zone, "
    "%% for a percent sign";

bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}
bool is_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// What a directive stands for, if it is made of others.
std::string_view expansion(char letter) {
  switch (letter) {
    case 'F':
      return "%Y-%m-%d";
    case 'D':
    case 'x':
      return "%m/%d/%y";
    case 'T':
    case 'X':
      return "%H:%M:%S";
    case 'R':
      return "%H:%M";
    case 'r':
      return "%I:%M:%S %p";
    case 'c':
      return "%a %b %e %H:%M:%S %Y";
    case 'B':
    case 'h':
      return "%b";
    case 'A':
      return "%a";
    case 'n':
    case 't':
      return " ";
    default:
      return {};
  }
}

/// What a text says, before it is put together.
struct Fields {
  int32_t year = 0, month = 0, day = 0, day_of_year = 0, weekday = -1, hour = 0, minute = 0, second = 0;
  int32_t afternoon = -1;
  bool twelve_hours = false, negative = false, epoch = false;
  int64_t seconds = 0;   // of an epoch, absolute
  int64_t fraction = 0;  // ns
  std::optional<int32_t> offset;
  std::string_view zone;
};

/// Reads a text from left to right; every step is false where the text does not fit.
class Reader {
 public:
  Reader(std::string_view text, bool split_fraction)
      : at_(text.data()), end_(text.data() + text.size()), split_fraction_(split_fraction) {}
  bool done() const { return at_ == end_; }
  bool literal(char c) {
    if (c == ' ') {
      skip_space();
      return true;
    }
    if (at_ == end_ || *at_ != c) return false;
    at_++;
    return true;
  }
  bool directive(char letter, Fields& f);

 private:
  void skip_space() {
    while (at_ != end_ && is_space(*at_)) at_++;
  }
  /// One to `most` digits.
  bool number(int most, int32_t low, int32_t high, int32_t& out) {
    const char* first = at_;
    out = 0;
    for (; at_ != end_ && at_ - first < most && is_digit(*at_); at_++) out = out * 10 + (*at_ - '0');
    return at_ != first && out >= low && out <= high;
  }
  bool padded(int32_t low, int32_t high, int32_t& out) {
    skip_space();
    return number(2, low, high, out);
  }
  bool year(int32_t& out) {
    const char* first = at_;
    return number(4, 1677, 2262, out) && at_ - first == 4;
  }
  bool short_year(int32_t& out) {
    if (!number(2, 0, 99, out)) return false;
    out += out < 69 ? 2000 : 1900;
    return true;
  }
  /// A name in full or its first three letters.
  bool name(std::span<const std::string_view> names, int32_t& out) {
    auto starts = [&](std::string_view word) {
      return static_cast<std::size_t>(end_ - at_) >= word.size() &&
             std::equal(word.begin(), word.end(), at_, [](char a, char b) { return lower(a) == lower(b); });
    };
    for (std::size_t i = 0; i < names.size(); i++) {
      if (!starts(names[i].substr(0, 3))) continue;
      at_ += starts(names[i]) ? names[i].size() : 3;
      out = static_cast<int32_t>(i);
      return true;
    }
    return false;
  }
  bool second(Fields& f) {
    if (!number(2, 0, 59, f.second)) return false;
    if (split_fraction_ || end_ - at_ < 2 || (*at_ != '.' && *at_ != ',') || !is_digit(at_[1])) return true;
    at_++;
    return fraction(f);
  }
  bool fraction(Fields& f) {
    const char* first = at_;
    int64_t place = kSecond;
    f.fraction = 0;
    for (; at_ != end_ && at_ - first < 9 && is_digit(*at_); at_++) f.fraction += (place /= 10) * (*at_ - '0');
    return at_ != first;
  }
  bool half_of_day(Fields& f) {
    static constexpr std::array<std::string_view, 2> kHalves = {"am", "pm"};
    if (end_ - at_ < 2) return false;
    std::array<char, 2> text = {lower(at_[0]), lower(at_[1])};
    at_ += 2;
    f.afternoon = std::string_view(text.data(), 2) == kHalves[1];
    return f.afternoon == 1 || std::string_view(text.data(), 2) == kHalves[0];
  }
  bool epoch(Fields& f) {
    f.epoch = true;
    f.seconds = 0;
    f.negative = literal('-');
    const char* first = at_;
    for (; at_ != end_ && at_ - first < 11 && is_digit(*at_); at_++) f.seconds = f.seconds * 10 + (*at_ - '0');
    return at_ != first;
  }
  bool offset(Fields& f) {
    f.offset = 0;
    if (literal('Z')) return true;
    if (at_ == end_ || (*at_ != '+' && *at_ != '-')) return false;
    bool west = *at_++ == '-';
    int32_t hours = 0, minutes = 0;
    if (!two_digits(23, hours)) return false;
    bool colon = end_ - at_ >= 2 && *at_ == ':' && is_digit(at_[1]);
    if (colon) at_++;
    if ((colon || (at_ != end_ && is_digit(*at_))) && !two_digits(59, minutes)) return false;
    f.offset = (hours * 60 + minutes) * (west ? -1 : 1);
    return true;
  }
  bool two_digits(int32_t high, int32_t& out) {
    const char* first = at_;
    return number(2, 0, high, out) && at_ - first == 2;
  }
  bool zone_name(Fields& f) {
    const char* first = at_;
    auto fits = [](char c) { return (lower(c) >= 'a' && lower(c) <= 'z') || is_digit(c) || c == '+' || c == '-'; };
    while (at_ != end_ && fits(*at_)) at_++;
    f.zone = {first, static_cast<std::size_t>(at_ - first)};
    return at_ != first;
  }

  const char *at_, *end_;
  bool split_fraction_;
};

bool Reader::directive(char letter, Fields& f) {
  switch (letter) {
    case 'Y':
      return year(f.year);
    case 'y':
      return short_year(f.year);
    case 'm':
      return number(2, 1, 12, f.month);
    case 'b':
      return name(kMonthNames, f.month) && ++f.month > 0;
    case 'd':
    case 'e':
      return padded(1, 31, f.day);
    case 'j':
      return number(3, 1, 366, f.day_of_year);
    case 'a':
      return name(kWeekdayNames, f.weekday);
    case 'H':
    case 'k':
      return padded(0, 23, f.hour);
    case 'I':
    case 'l':
      f.twelve_hours = true;
      return padded(1, 12, f.hour);
    case 'M':
      return number(2, 0, 59, f.minute);
    case 'S':
      return second(f);
    case 'p':
      return half_of_day(f);
    case 'f':
      return fraction(f);
    case 's':
      return epoch(f);
    case 'z':
      return offset(f);
    default:
      return zone_name(f);
  }
}

std::optional<int64_t> narrow(int128 ns) {
  if (ns < INT64_MIN || ns > INT64_MAX) return std::nullopt;
  return static_cast<int64_t>(ns);
}

/// Days since the epoch; nullopt for a date that does not exist.
std::optional<int64_t> day_number(const Fields& f) {
  if (f.year < 1677 || f.year > 2262) return std::nullopt;
  int64_t day;
  if (f.day_of_year > 0) {
    if (f.day_of_year == 366 && days_in_month(f.year, 2) != 29) return std::nullopt;
    day = days_from_civil({f.year, 1, 1}) + f.day_of_year - 1;
  } else {
    CivilDate date{f.year, static_cast<uint32_t>(f.month), static_cast<uint32_t>(f.day)};
    if (date.day > days_in_month(date.year, date.month)) return std::nullopt;
    day = days_from_civil(date);
  }
  constexpr int64_t kThursday = 4;  // 1970-01-01
  if (f.weekday >= 0 && day + kThursday - floor_div(day + kThursday, 7) * 7 != f.weekday) return std::nullopt;
  return day;
}

/// Local time of the zone that was called `name` then.
std::optional<int64_t> instant_in(const TimeZone& zone, int64_t local, std::string_view name) {
  int64_t ns = zone.first_instant(local);
  TimeZone::Period period = zone.period_at(ns);
  if (zone.abbreviation_at(ns) == name && saturating_add(ns, period.offset) == local) return ns;
  if (period.end == INT64_MAX || zone.abbreviation_at(period.end) != name) return std::nullopt;
  ns = saturating_add(local, -zone.offset_at(period.end));
  if (ns < period.end || ns >= zone.period_at(period.end).end) return std::nullopt;
  return ns;
}

bool means_utc(std::string_view zone) {
  return zone == "UTC" || zone == "GMT" || zone == "UT" || zone == "Z";
}

std::optional<int64_t> instant(int128 local, std::optional<int32_t> offset, std::string_view zone,
                               const TimeZone* assumed) {
  if (offset) return narrow(local - int128{*offset} * 60 * kSecond);
  auto ns = narrow(local);
  if (!ns || means_utc(zone)) return ns;
  if (!zone.empty()) return assumed ? instant_in(*assumed, *ns, zone) : std::nullopt;
  if (!assumed) return ns;
  int64_t at = assumed->first_instant(*ns);
  if (at == INT64_MIN || at == INT64_MAX) return std::nullopt;  // the ends of time
  return at;
}

class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    char* first = const_cast<char*>(text.data());  // the streams of the standard want it so; nothing writes to it
    setg(first, first, first + text.size());
  }
};

std::optional<int64_t> parse_by_library(const std::string& pattern, bool has_offset, std::string_view text,
                                        const TimeZone* assumed) {
  TextBuffer buffer(text);
  std::istream in(&buffer);
  date::local_time<std::chrono::nanoseconds> local;
  std::string zone;
  std::chrono::minutes offset{0};
  date::from_stream(in, pattern.c_str(), local, &zone, &offset);
  if (in.fail() || in.peek() != std::char_traits<char>::eof()) return std::nullopt;
  std::optional<int32_t> minutes;
  if (has_offset) minutes = static_cast<int32_t>(offset.count());
  return instant(local.time_since_epoch().count(), minutes, zone, assumed);
}

}  // namespace

TimeFormat::TimeFormat(std::string_view pattern, std::optional<int32_t> year) : pattern_(pattern), year_(year) {
  compile(pattern);
  split_fraction_ = has("f");
  by_library_ = has(kByLibrary);
  if (by_library_)
    check_library();
  else
    check_complete();
}

void TimeFormat::compile(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); i++) {
    if (pattern[i] != '%') {
      steps_.push_back({false, is_space(pattern[i]) ? ' ' : pattern[i]});
    } else if (++i == pattern.size()) {
      fail("ends in a lone %", kRemedy);
    } else if (pattern[i] == '%') {
      steps_.push_back({false, '%'});
    } else if (auto parts = expansion(pattern[i]); !parts.empty()) {
      compile(parts);
    } else {
      add_directive(pattern[i]);
    }
  }
}

void TimeFormat::add_directive(char letter) {
  if (kDirectives.find(letter) == kDirectives.npos && kByLibrary.find(letter) == kByLibrary.npos)
    fail(concat("unknown directive %", escape_controls({&letter, 1})), kRemedy);
  steps_.push_back({true, letter});
}

bool TimeFormat::has(std::string_view letters) const {
  return std::any_of(steps_.begin(), steps_.end(),
                     [&](Step s) { return s.directive && letters.find(s.letter) != letters.npos; });
}

void TimeFormat::fail(std::string_view what, std::string_view remedy) const {
  throw Error(ErrorKind::usage, concat("time format '", escape_controls(pattern_), "'"), std::string(what),
              std::string(remedy));
}

void TimeFormat::check_complete() const {
  if (has("s")) return;
  if (!has("j") && !(has("mb") && has("de"))) fail("does not tell the day", "add %m and %d, %j, or %s");
  if (!year_ && !has("Yy")) fail("does not tell the year", "add %Y, or say which year it is");
  if (has("Il") && !has("p")) fail("an hour of twelve without its half of the day", "add %p, or use %H");
  if ((has("M") && !has("HkIl")) || (has("S") && !has("M")) || (has("f") && !has("S")))
    fail("has a part of the time of day, but not what it is a part of", "use %H, %H:%M, %H:%M:%S or %H:%M:%S.%f");
}

/// The library tells nothing of a pattern until it reads with it.
void TimeFormat::check_library() const {
  if (has("sfkl")) fail("%s, %f, %k and %l do not go with weeks and centuries", "use %H:%M:%S, which takes a fraction");
  date::sys_time<std::chrono::nanoseconds> leap_day{std::chrono::nanoseconds{1709212455 * kSecond}};
  std::string text = date::format(pattern_, leap_day);
  if (!parse_by_library(pattern_, has("z"), text, nullptr)) fail("does not tell a day", kRemedy);
}

std::optional<int64_t> TimeFormat::parse(std::string_view text, const TimeZone* assumed) const {
  if (by_library_) return parse_by_library(pattern_, has("z"), text, assumed);
  Reader in(text, split_fraction_);
  Fields f;
  if (year_) f.year = *year_;
  for (Step step : steps_)
    if (!(step.directive ? in.directive(step.letter, f) : in.literal(step.letter))) return std::nullopt;
  if (!in.done()) return std::nullopt;
  if (f.epoch) {
    int128 ns = int128{f.seconds} * kSecond + f.fraction;
    return narrow(f.negative ? -ns : ns);
  }
  auto day = day_number(f);
  if (!day) return std::nullopt;
  if (f.twelve_hours) f.hour = f.hour % 12 + (f.afternoon == 1 ? 12 : 0);
  int64_t seconds = *day * 86400 + f.hour * 3600 + f.minute * 60 + f.second;
  return instant(int128{seconds} * kSecond + f.fraction, f.offset, f.zone, assumed);
}

}  // namespace ev
