// Times and durations as people type them in options.
#include <algorithm>
#include <array>

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "base/time_zone.h"

namespace ev {

namespace {

struct Unit {
  std::string_view name;
  int64_t ns;
};
// Longest first; of equal beginnings the longer name first.
constexpr std::array<Unit, 8> kUnits = {{{"w", 7 * kDay},
                                         {"d", kDay},
                                         {"h", 3600 * kSecond},
                                         {"ms", 1'000'000},
                                         {"m", 60 * kSecond},
                                         {"s", kSecond},
                                         {"us", 1'000},
                                         {"ns", 1}}};

bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

}  // namespace

std::optional<int64_t> read_duration(std::string_view text) {
  __extension__ using int128 = __int128;
  int128 total = 0;
  int64_t last_unit = INT64_MAX;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    int128 whole = 0, fraction = 0, scale = 1;
    std::size_t i = 0;
    for (; i < text.size() && i < 19 && is_digit(text[i]); i++) whole = whole * 10 + (text[i] - '0');
    if (i == 0) return std::nullopt;
    if (i < text.size() && text[i] == '.') {
      std::size_t first = ++i;
      for (; i < text.size() && i - first < 12 && is_digit(text[i]); i++, scale *= 10)
        fraction = fraction * 10 + (text[i] - '0');
      if (i == first) return std::nullopt;
    }
    text.remove_prefix(i);
    auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& u) { return text.starts_with(u.name); });
    if (unit == kUnits.end() || unit->ns >= last_unit) return std::nullopt;
    if (fraction * unit->ns % scale != 0) return std::nullopt;
    last_unit = unit->ns;
    text.remove_prefix(unit->name.size());
    total += whole * unit->ns + fraction * unit->ns / scale;
    if (total > INT64_MAX) return std::nullopt;
  }
  return static_cast<int64_t>(total);
}

namespace {

/// Local time of a zone to an instant.
class LocalClock {
 public:
  explicit LocalClock(std::string_view zone) {
    if (!TimeZone::is_utc(zone)) zone_ = TimeZone::load(std::string(zone));
  }
  int64_t instant(int64_t local_ns) const { return zone_ ? zone_->first_instant(local_ns) : local_ns; }
  int64_t local(int64_t ns) const { return zone_ ? zone_->local(ns) : ns; }

 private:
  std::shared_ptr<const TimeZone> zone_;
};

/// ISO 8601 only, with small letters too. A date alone is midnight. Nullopt where it is none of that.
std::optional<int64_t> iso_time(std::string_view text, const LocalClock& clock) {
  if (text.size() < 10 || text[4] != '-') return std::nullopt;
  std::string full(text);
  if (full.size() > 10 && full[10] == 't') full[10] = 'T';
  if (full.ends_with('z')) full.back() = 'Z';
  auto value = parse_time_text(full);
  if (!value) return std::nullopt;
  return TimeForm::unpack(value->form).zone == TimeForm::none ? clock.instant(value->ns) : value->ns;
}

/// "@1717200000" and "@1717200000.5" are always seconds, whatever their size.
std::optional<int64_t> epoch_seconds(std::string_view text) {
  std::size_t dot = text.find('.');
  std::string_view whole = text.substr(0, dot);
  std::string_view fraction = dot == std::string_view::npos ? std::string_view("0") : text.substr(dot + 1);
  bool negative = whole.starts_with('-');
  if (negative) whole.remove_prefix(1);
  if (whole.empty() || whole.size() > 10 || fraction.empty() || fraction.size() > 9) return std::nullopt;
  int64_t seconds = 0, ns = 0;
  for (char c : whole) {
    if (!is_digit(c)) return std::nullopt;
    seconds = seconds * 10 + (c - '0');
  }
  for (std::size_t i = 0; i < 9; i++) {
    if (i < fraction.size() && !is_digit(fraction[i])) return std::nullopt;
    ns = ns * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  }
  int64_t total;
  if (__builtin_mul_overflow(seconds, kSecond, &total) || __builtin_add_overflow(total, ns, &total))
    return std::nullopt;
  return negative ? -total : total;
}

/// "now", "today-1d", "-1h".
std::optional<int64_t> relative_time(std::string_view text, int64_t now, const LocalClock& clock) {
  static constexpr std::array<std::string_view, 4> kWords = {"now", "yesterday", "today", "tomorrow"};
  auto word = std::find_if(kWords.begin(), kWords.end(), [&](std::string_view w) { return text.starts_with(w); });
  if (word != kWords.end())
    text.remove_prefix(word->size());
  else if (text.empty() || (text[0] != '+' && text[0] != '-'))
    return std::nullopt;
  int64_t distance = 0;
  if (!text.empty()) {
    auto d = text[0] == '+' || text[0] == '-' ? read_duration(text.substr(1)) : std::nullopt;
    if (!d) return std::nullopt;
    distance = text[0] == '-' ? -*d : *d;
  }
  if (word == kWords.end() || *word == "now") return saturating_add(now, distance);
  int64_t day = floor_div(clock.local(now), kDay) + (word - kWords.begin() - 2);
  if (distance % kDay == 0) return clock.instant((day + distance / kDay) * kDay);
  return saturating_add(clock.instant(day * kDay), distance);
}

}  // namespace

int64_t parse_time_option(std::string_view text, int64_t now_ns, std::string_view zone) {
  LocalClock clock(zone);
  std::optional<int64_t> ns;
  if (text.starts_with('@'))
    ns = epoch_seconds(text.substr(1));
  else
    ns = relative_time(text, now_ns, clock);
  if (!ns) ns = iso_time(text, clock);
  if (ns) return *ns;
  throw Error(ErrorKind::usage, concat("time '", escape_controls(text), "'"), "not a time",
              "write 2024-06-01, 2024-06-01T10:30:00, 2024-06-01T10:30:00Z, today, yesterday, now, -1h, now-7d or "
              "@1717200000");
}

std::optional<BucketWidth> read_bucket_width(std::string_view text) {
  if (const auto ns = read_duration(text)) return *ns > 0 ? std::optional(BucketWidth{*ns, 0}) : std::nullopt;
  std::size_t digits = 0;
  int64_t count = 0;
  for (; digits < text.size() && digits < 6 && is_digit(text[digits]); digits++)
    count = count * 10 + (text[digits] - '0');
  const std::string_view unit = text.substr(digits);
  if (unit != "mo" && unit != "y") return std::nullopt;
  if (unit == "y") count *= 12;
  if (count < 1 || count > kMaxBucketMonths) return std::nullopt;
  return BucketWidth{0, count};
}

BucketWidth parse_bucket_width(std::string_view text) {
  if (const auto width = read_bucket_width(text)) return *width;
  throw Error(ErrorKind::usage, concat("width '", escape_controls(text), "'"),
              read_duration(text) == 0 ? "must be above zero" : "not a duration",
              "write a number and a unit of ns, us, ms, s, m, h, d, w, mo, y: 30s, 5m, 1h, 1d, 1w, 1mo, 1y");
}

int64_t parse_duration(std::string_view text) {
  auto ns = read_duration(text);
  if (ns && *ns > 0) return *ns;
  if (!ns && read_bucket_width(text))
    throw Error(ErrorKind::usage, concat("duration '", text, "'"), "months and years differ in length",
                "write days or weeks: 30d, 52w");
  throw Error(ErrorKind::usage, concat("duration '", escape_controls(text), "'"),
              ns ? "must be above zero" : "not a duration",
              "write a number and a unit of ns, us, ms, s, m, h, d, w: 250ms, 90s, 1h30m, 2d, 1w");
}

}  // namespace ev
