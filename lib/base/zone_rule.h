// The rule for times after the last change that a time zone file lists: a POSIX TZ string such as
// "CET-1CEST,M3.5.0,M10.5.0/3".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ev {

struct ZoneRule {
  /// A yearly date and time of day.
  struct Date {
    enum Kind : uint8_t { month_week_day, julian, day_of_year } kind = month_week_day;
    int32_t month = 0, week = 0, day = 0;
    int64_t seconds = 2 * 3600;  // local time of day, from -167 to 167 hours
    /// Seconds since the epoch in local time of the year's date.
    int64_t in(int32_t year) const;
  };
  int64_t standard = 0;  // seconds east of UTC
  std::string standard_name;
  bool has_summer = false;
  int64_t summer = 0;
  std::string summer_name;
  Date summer_begins, summer_ends;

  /// nullopt for text that is no such rule.
  static std::optional<ZoneRule> parse(std::string_view text);
};

}  // namespace ev
