#include "base/zone_rule.h"

#include <date/date.h>

namespace ev {

namespace {

/// Reads a rule from left to right; every step is false where the text does not fit.
class RuleText {
 public:
  explicit RuleText(std::string_view text) : text_(text) {}
  bool done() const { return text_.empty(); }
  bool skip(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool number(int32_t low, int32_t high, int32_t& out) {
    std::size_t n = 0;
    out = 0;
    for (; n < text_.size() && n < 4 && text_[n] >= '0' && text_[n] <= '9'; n++) out = out * 10 + (text_[n] - '0');
    text_.remove_prefix(n);
    return n > 0 && out >= low && out <= high;
  }
  /// "CET" or "<+03>".
  bool name(std::string& out) {
    bool quoted = skip('<');
    std::size_t n = 0;
    auto letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
    auto fits = [&](char c) { return letter(c) || (quoted && ((c >= '0' && c <= '9') || c == '+' || c == '-')); };
    while (n < text_.size() && fits(text_[n])) n++;
    out = text_.substr(0, n);
    text_.remove_prefix(n);
    return n > 0 && (!quoted || skip('>'));
  }
  /// [+-]hh[:mm[:ss]] as seconds.
  bool time(int64_t& seconds) {
    bool negative = skip('-');
    if (!negative) skip('+');
    int32_t h = 0, m = 0, s = 0;
    if (!number(0, 167, h)) return false;
    if (skip(':') && (!number(0, 59, m) || (skip(':') && !number(0, 59, s)))) return false;
    seconds = h * 3600 + m * 60 + s;
    if (negative) seconds = -seconds;
    return true;
  }
  /// ",M3.5.0/3", ",J60", ",59".
  bool date(ZoneRule::Date& d) {
    if (!skip(',')) return false;
    if (skip('M')) {
      d.kind = ZoneRule::Date::month_week_day;
      if (!number(1, 12, d.month) || !skip('.') || !number(1, 5, d.week) || !skip('.') || !number(0, 6, d.day))
        return false;
    } else if (skip('J')) {
      d.kind = ZoneRule::Date::julian;
      if (!number(1, 365, d.day)) return false;
    } else {
      d.kind = ZoneRule::Date::day_of_year;
      if (!number(0, 365, d.day)) return false;
    }
    return !skip('/') || time(d.seconds);
  }

 private:
  std::string_view text_;
};

}  // namespace

int64_t ZoneRule::Date::in(int32_t year) const {
  date::year y{year};
  date::sys_days first = y / date::January / 1, found = first;
  if (kind == month_week_day) {
    date::year_month ym = y / date::month{static_cast<unsigned>(month)};
    date::weekday wd{static_cast<unsigned>(day)};
    found = week == 5 ? date::sys_days{ym / wd[date::last]} : date::sys_days{ym / wd[static_cast<unsigned>(week)]};
  } else {
    // A julian day never counts February 29.
    int32_t n = kind == julian ? day - 1 + (y.is_leap() && day >= 60) : day;
    found = first + date::days{n};
  }
  return static_cast<int64_t>(found.time_since_epoch().count()) * 86400 + seconds;
}

std::optional<ZoneRule> ZoneRule::parse(std::string_view text) {
  RuleText in(text);
  ZoneRule rule;
  int64_t west = 0;
  if (!in.name(rule.standard_name) || !in.time(west)) return std::nullopt;
  rule.standard = -west;
  if (in.done()) return rule;
  if (!in.name(rule.summer_name)) return std::nullopt;
  rule.has_summer = true;
  rule.summer = rule.standard + 3600;
  RuleText before = in;
  if (in.time(west))
    rule.summer = -west;
  else
    in = before;
  if (!in.date(rule.summer_begins) || !in.date(rule.summer_ends) || !in.done()) return std::nullopt;
  return rule;
}

}  // namespace ev
