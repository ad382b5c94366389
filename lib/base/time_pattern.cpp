#include "base/time_pattern.h"

#include <algorithm>

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "base/time_zone.h"

namespace ev {

namespace {

constexpr int64_t kMinute = 60 * kSecond, kHour = 60 * kMinute;
constexpr std::string_view kRemedy =
    "use %Y %m %d %H %M %S, %F for a date, %j for the day of the year, %G and %V for ISO weeks, %% for a percent sign";

/// For how long what the directive prints stays the same; 0: there is no such directive.
int64_t unit_of(char letter) {
  switch (letter) {
    case 'S':
    case 's':
    case 'T':
      return kSecond;
    case 'M':
    case 'R':
      return kMinute;
    case 'H':
    case 'I':
    case 'p':
      return kHour;
    default:
      return std::string_view("YCymbBhdjaAuwFGgVUWzZ%").find(letter) == std::string_view::npos ? 0 : kDay;
  }
}

/// Local time, taken apart.
struct Fields {
  int64_t ns;
  int64_t offset;
  std::string_view zone;
  CivilDate date;
  uint32_t hour, minute, second;
  uint32_t day_of_year;  // from 0
  uint32_t weekday;      // 0 is Sunday

  Fields(int64_t at, int64_t zone_offset, std::string_view zone_name) : ns(at), offset(zone_offset), zone(zone_name) {
    // In seconds: the ends of time in nanoseconds leave no room for an offset.
    const int64_t seconds = floor_div(at, kSecond) + floor_div(zone_offset, kSecond);
    const int64_t days = floor_div(seconds, 86400);
    const auto clock = static_cast<uint32_t>(seconds - days * 86400);
    date = civil_from_days(days);
    hour = clock / 3600, minute = clock / 60 % 60, second = clock % 60;
    day_of_year = static_cast<uint32_t>(days - days_from_civil({date.year, 1, 1}));
    weekday = static_cast<uint32_t>((days % 7 + 7 + 4) % 7);
  }

  /// Number of the week that begins on `first` (0 Sunday, 1 Monday); days before the first one are in week 0.
  uint32_t week(uint32_t first) const { return (day_of_year + 7 - (weekday + 7 - first) % 7) / 7; }

  /// Year and week of ISO 8601: a week belongs to the year of its Thursday.
  std::pair<int32_t, uint32_t> iso_week() const {
    const auto monday = static_cast<int32_t>((weekday + 6) % 7);
    int32_t thursday = static_cast<int32_t>(day_of_year) - monday + 3, year = date.year;
    auto length = [](int32_t of) { return static_cast<int32_t>(337 + days_in_month(of, 2)); };
    if (thursday < 0)
      thursday += length(--year);
    else if (thursday >= length(year))
      thursday -= length(year++);
    return {year, static_cast<uint32_t>(thursday) / 7 + 1};
  }
};

/// With leading zeros up to `width` digits.
void put_number(std::string& out, uint32_t n, std::size_t width) {
  const std::string digits = std::to_string(n);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

void put_offset(std::string& out, int64_t offset) {
  const auto minutes = static_cast<uint32_t>((offset < 0 ? -offset : offset) / kMinute);
  out += offset < 0 ? '-' : '+';
  put_number(out, minutes / 60 * 100 + minutes % 60, 4);
}

void put_directive(std::string& out, char letter, const Fields& at);

void put_pattern(std::string& out, std::string_view pattern, const Fields& at) {
  for (std::size_t i = 0; i < pattern.size(); i++) {
    if (pattern[i] == '%')
      put_directive(out, pattern[++i], at);
    else
      out += pattern[i];
  }
}

void put_date(std::string& out, char letter, const Fields& at) {
  const auto year = static_cast<uint32_t>(at.date.year), iso_year = static_cast<uint32_t>(at.iso_week().first);
  switch (letter) {
    case 'Y':
      return put_number(out, year, 4);
    case 'C':
      return put_number(out, year / 100, 2);
    case 'y':
      return put_number(out, year % 100, 2);
    case 'm':
      return put_number(out, at.date.month, 2);
    case 'b':
    case 'h':
      out += kMonthNames[at.date.month - 1].substr(0, 3);
      return;
    case 'B':
      out += kMonthNames[at.date.month - 1];
      return;
    case 'd':
      return put_number(out, at.date.day, 2);
    case 'j':
      return put_number(out, at.day_of_year + 1, 3);
    case 'a':
      out += kWeekdayNames[at.weekday].substr(0, 3);
      return;
    case 'A':
      out += kWeekdayNames[at.weekday];
      return;
    case 'u':
      return put_number(out, at.weekday == 0 ? 7 : at.weekday, 1);
    case 'w':
      return put_number(out, at.weekday, 1);
    case 'F':
      return put_pattern(out, "%Y-%m-%d", at);
    case 'G':
      return put_number(out, iso_year, 4);
    case 'g':
      return put_number(out, iso_year % 100, 2);
    case 'V':
      return put_number(out, at.iso_week().second, 2);
    case 'U':
      return put_number(out, at.week(0), 2);
    case 'W':
      return put_number(out, at.week(1), 2);
    default:
      out += letter;  // %%
  }
}

void put_directive(std::string& out, char letter, const Fields& at) {
  switch (letter) {
    case 'H':
      return put_number(out, at.hour, 2);
    case 'I':
      return put_number(out, at.hour % 12 == 0 ? 12 : at.hour % 12, 2);
    case 'p':
      out += at.hour < 12 ? "AM" : "PM";
      return;
    case 'M':
      return put_number(out, at.minute, 2);
    case 'S':
      return put_number(out, at.second, 2);
    case 'T':
      return put_pattern(out, "%H:%M:%S", at);
    case 'R':
      return put_pattern(out, "%H:%M", at);
    case 's':
      out += std::to_string(floor_div(at.ns, kSecond));
      return;
    case 'z':
      return put_offset(out, at.offset);
    case 'Z':
      out += at.zone;
      return;
    default:
      return put_date(out, letter, at);
  }
}

}  // namespace

TimePattern::TimePattern(std::string_view pattern, std::shared_ptr<const TimeZone> zone, std::size_t column)
    : pattern_(pattern), zone_(std::move(zone)), unit_(kDay) {
  for (std::size_t i = 0; i < pattern.size(); i++) {
    if (pattern[i] != '%') continue;
    const std::string place = concat("column ", column + i);
    if (++i == pattern.size()) throw Error(ErrorKind::usage, place, "the time format ends in a bare %", "write %%");
    const int64_t unit = unit_of(pattern[i]);
    if (unit == 0) {
      throw Error(ErrorKind::usage, place, concat("a time format knows no %", pattern.substr(i, 1)),
                  std::string(kRemedy));
    }
    unit_ = std::min(unit_, unit);
  }
}

void TimePattern::print(int64_t ns, std::string& out) const {
  if (zone_)
    put_pattern(out, pattern_, Fields(ns, zone_->offset_at(ns), zone_->abbreviation_at(ns)));
  else
    put_pattern(out, pattern_, Fields(ns, 0, "UTC"));
}

TimePattern::Range TimePattern::range_of(int64_t ns) const {
  const TimeZone::Period period = zone_ ? zone_->period_at(ns) : TimeZone::Period{INT64_MIN, INT64_MAX, 0};
  // How far into its unit of local time the instant is. The offset is taken modulo the unit: no overflow.
  int64_t into = (ns % unit_ + period.offset % unit_) % unit_;
  if (into < 0) into += unit_;
  Range range{saturating_add(ns, -into), saturating_add(ns, unit_ - into)};
  return {std::max(range.begin, period.begin), std::min(range.end, period.end)};
}

}  // namespace ev
