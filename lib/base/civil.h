// Days since 1970-01-01 from and to dates of the proleptic Gregorian calendar, for the hot paths of time text.
// Algorithms: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace ev {

inline constexpr std::array<std::string_view, 12> kMonthNames = {"January",   "February", "March",    "April",
                                                                 "May",       "June",     "July",     "August",
                                                                 "September", "October",  "November", "December"};
inline constexpr std::array<std::string_view, 7> kWeekdayNames = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                                  "Thursday", "Friday", "Saturday"};

struct CivilDate {
  int32_t year;
  uint32_t month;  // 1 to 12
  uint32_t day;    // 1 to 31
};

/// Requires: a date that exists, year above 0.
constexpr int64_t days_from_civil(CivilDate d) {
  uint32_t y = static_cast<uint32_t>(d.year) - (d.month <= 2);
  uint32_t era = y / 400, yoe = y % 400;
  uint32_t doy = (153 * (d.month > 2 ? d.month - 3 : d.month + 9) + 2) / 5 + d.day - 1;
  uint32_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return static_cast<int64_t>(era) * 146097 + doe - 719468;
}

/// Requires: a day from year 1 on.
constexpr CivilDate civil_from_days(int64_t days) {
  uint32_t z = static_cast<uint32_t>(days + 719468);
  uint32_t era = z / 146097, doe = z % 146097;
  uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  uint32_t mp = (5 * doy + 2) / 153;
  uint32_t month = mp < 10 ? mp + 3 : mp - 9;
  return {static_cast<int32_t>(yoe + era * 400 + (month <= 2)), month, doy - (153 * mp + 2) / 5 + 1};
}

constexpr uint32_t days_in_month(int32_t year, uint32_t month) {
  if (month == 2) return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1);
}

constexpr int64_t floor_div(int64_t a, int64_t b) {
  return a / b - (a % b < 0);
}

}  // namespace ev
