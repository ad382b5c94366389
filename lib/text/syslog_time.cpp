#include "text/syslog_time.h"

#include <algorithm>
#include <cstring>

#include "base/time.h"

namespace ev {
namespace {

constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::size_t kClockBytes = 8;  // "hh:mm:ss"

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
unsigned digit(char c) {
  return static_cast<unsigned>(c - '0');
}

/// From 1; 0 for none.
unsigned month_number(std::string_view name) {
  for (unsigned month = 0; month < 12; month++)
    if (kMonths.substr(month * 3, 3) == name) return month + 1;
  return 0;
}

struct Day {
  unsigned number = 0;       // 0: there is none
  std::size_t clock_at = 0;  // where the time of day begins
};
/// The day behind "Mmm ".
Day day_of(std::string_view text) {
  std::size_t at = 4;
  if (at < text.size() && text[at] == ' ') at++;
  const std::size_t first = at;
  Day day;
  while (at < text.size() && at < first + 2 && is_digit(text[at])) day.number = day.number * 10 + digit(text[at++]);
  if (day.number > 31 || at >= text.size() || text[at] != ' ') return {};
  day.clock_at = at + 1;
  return day;
}

bool is_clock(std::string_view text) {
  if (text.size() < kClockBytes || text[2] != ':' || text[5] != ':') return false;
  for (std::size_t i : {0, 1, 3, 4, 6, 7})
    if (!is_digit(text[i])) return false;
  return text.substr(0, 2) < "24" && text[3] < '6' && text.substr(6, 2) < "61";
}

}  // namespace

std::size_t yearless_time_size(std::string_view text) {
  if (text.size() < 14 || text[3] != ' ' || month_number(text.substr(0, 3)) == 0) return 0;
  const Day day = day_of(text);
  if (day.number == 0 || !is_clock(text.substr(day.clock_at))) return 0;
  std::size_t end = day.clock_at + kClockBytes;
  if (end < text.size() && (text[end] == '.' || text[end] == ',')) {
    const std::size_t point = end++;
    while (end < text.size() && is_digit(text[end])) end++;
    if (end == point + 1 || end > point + 10) return 0;
  }
  return end == text.size() || text[end] == ' ' ? end : 0;
}

std::size_t write_with_year(std::string_view time, int32_t year, char* out) {
  const Day day = day_of(time);
  char* p = out;
  auto put = [&p](unsigned number, unsigned digits) {
    for (unsigned i = digits; i > 0; i--, number /= 10) p[i - 1] = static_cast<char>('0' + number % 10);
    p += digits;
  };
  put(static_cast<unsigned>(year), 4);
  *p++ = '-';
  put(month_number(time.substr(0, 3)), 2);
  *p++ = '-';
  put(day.number, 2);
  *p++ = 'T';
  const std::string_view clock = time.substr(day.clock_at);
  std::memcpy(p, clock.data(), clock.size());
  return static_cast<std::size_t>(p - out) + clock.size();
}

bool is_iso_time(std::string_view text) {
  return text.size() >= 19 && text[10] == 'T' && parse_time_text(text);
}

}  // namespace ev
