// Instants as text and back. What is read here is exactly what print_time() writes: the parser checks every byte
// against the one text that its result prints as, so that no print is needed to compare.
#include <algorithm>
#include <array>
#include <cstring>

#include "base/bytes.h"
#include "base/civil.h"
#include "base/text.h"
#include "base/time.h"
#include "base/time_zone.h"

namespace ev {

namespace {

constexpr std::array<int64_t, 10> kTens = {1,       10,        100,        1'000,       10'000,
                                           100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
constexpr std::array<int64_t, 4> kUnitNs = {kSecond, 1'000'000, 1'000, 1};
// The first epoch integers that are milliseconds, microseconds, nanoseconds.
constexpr std::array<int64_t, 3> kUnitBounds = {100'000'000'000, 100'000'000'000'000, 100'000'000'000'000'000};

bool is_digit(char c) {
  return static_cast<unsigned char>(c - '0') < 10;
}

/// Eight bytes of digits ('0') and separators.
struct PairPattern {
  uint64_t text = 0;
  uint64_t limits = 0;  // what lifts a byte, XORed with the pattern, to 0x80 or more if it does not fit
  consteval explicit PairPattern(std::string_view pattern) {
    for (std::size_t i = 8; i-- > 0;) {
      text = text << 8 | static_cast<unsigned char>(pattern[i]);
      limits = limits << 8 | (pattern[i] == '0' ? 0x76u : 0x7fu);
    }
  }
};
constexpr PairPattern kDatePattern{"0000-00-"}, kClockPattern{"00:00:00"};

/// Eight bytes of `text` against a pattern. Each pair of digits (b, c) becomes the number 10 * b + c in the place of b;
/// false where a byte does not fit.
bool match_pairs(const char* text, const PairPattern& pattern, uint64_t& pairs) {
  uint64_t digits = load<uint64_t>(text) ^ pattern.text;
  // A byte of 0x80 or more may carry into its neighbour, but it fails the test by itself.
  if (((digits + pattern.limits) | digits) & 0x8080808080808080u) return false;
  pairs = digits * 10 + (digits >> 8);
  return true;
}

constexpr uint32_t byte_of(uint64_t word, unsigned i) {
  return static_cast<uint32_t>(word >> (8 * i)) & 255;
}

/// Zone suffix of an ISO time. Refuses what print_time() never writes: -00:00, 60 minutes, 24 hours.
bool parse_zone(std::string_view text, TimeForm& form) {
  if (text.empty()) {
    form.zone = TimeForm::none;
    return true;
  }
  if (text == "Z") {
    form.zone = TimeForm::z;
    return true;
  }
  if (text[0] != '+' && text[0] != '-') return false;
  auto two = [&](std::size_t at) {
    if (!is_digit(text[at]) || !is_digit(text[at + 1])) return 1000;
    return (text[at] - '0') * 10 + (text[at + 1] - '0');
  };
  int hours = 0, minutes = 0;
  if (text.size() == 6 && text[3] == ':') {
    form.zone = TimeForm::colon;
    hours = two(1), minutes = two(4);
  } else if (text.size() == 5) {
    form.zone = TimeForm::compact;
    hours = two(1), minutes = two(3);
  } else if (text.size() == 3) {
    form.zone = TimeForm::hours;
    hours = two(1);
  } else {
    return false;
  }
  if (hours > 23 || minutes > 59) return false;
  int offset = hours * 60 + minutes;
  if (text[0] == '-') {
    if (offset == 0) return false;
    offset = -offset;
  }
  form.offset = static_cast<int16_t>(offset);
  return true;
}

/// seconds * 1e9 + fraction where it fits; the fraction is not negative.
bool instant(int64_t seconds, int64_t fraction, int64_t& ns) {
  // The earliest second is only partly in range: below zero, one second is moved over to keep the product inside.
  if (seconds < 0) {
    seconds++;
    fraction -= kSecond;
  }
  return !__builtin_mul_overflow(seconds, kSecond, &ns) && !__builtin_add_overflow(ns, fraction, &ns);
}

std::optional<TimeValue> parse_iso(std::string_view text) {
  const char* p = text.data();
  uint64_t date, clock;
  if (!match_pairs(p, kDatePattern, date) || !match_pairs(p + 11, kClockPattern, clock)) return std::nullopt;
  if (!is_digit(p[8]) || !is_digit(p[9]) || (p[10] != 'T' && p[10] != ' ')) return std::nullopt;
  CivilDate d{static_cast<int32_t>(byte_of(date, 0) * 100 + byte_of(date, 2)), byte_of(date, 5),
              static_cast<uint32_t>((p[8] - '0') * 10 + (p[9] - '0'))};
  uint32_t hour = byte_of(clock, 0), minute = byte_of(clock, 3), second = byte_of(clock, 6);
  if (d.year < 1677 || d.year > 2262 || d.month - 1 > 11 || d.day < 1 || hour > 23 || minute > 59 || second > 59)
    return std::nullopt;
  if (d.day > 28 && d.day > days_in_month(d.year, d.month)) return std::nullopt;

  TimeForm form;
  form.space = p[10] == ' ';
  std::size_t at = 19;
  int64_t fraction = 0;
  if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
    if (text[at] == ',') [[unlikely]]
      form.comma = true;
    std::size_t first = ++at;
    for (; at < text.size() && is_digit(text[at]) && at - first < 9; at++) fraction = fraction * 10 + (text[at] - '0');
    if (at == first) return std::nullopt;
    form.digits = static_cast<uint8_t>(at - first);
    fraction *= kTens[9 - form.digits];
  }
  if (!parse_zone(text.substr(at), form)) return std::nullopt;
  int64_t seconds = days_from_civil(d) * 86400 + hour * 3600 + minute * 60 + second - form.offset * 60;
  TimeValue value;
  if (!instant(seconds, fraction, value.ns)) return std::nullopt;
  value.form = form.pack();
  return value;
}

/// The form of a text that was spelled out to the second to be read.
TimeValue with_extent(TimeValue value, TimeForm::Extent extent) {
  TimeForm form = TimeForm::unpack(value.form);
  form.unit = extent;
  value.form = form.pack();
  return value;
}

/// "YYYY-MM-DD". Requires 10 bytes.
[[gnu::noinline]] std::optional<TimeValue> parse_date(std::string_view text) {
  std::array<char, 19> full;
  std::memcpy(full.data(), text.data(), 10);
  std::memcpy(full.data() + 10, "T00:00:00", 9);
  auto value = parse_iso({full.data(), full.size()});
  if (!value) return std::nullopt;
  return with_extent(*value, TimeForm::date);
}

/// "YYYY-MM-DD(T| )hh:mm" with or without a zone. Requires at least 16 bytes.
[[gnu::noinline]] std::optional<TimeValue> parse_minutes(std::string_view text) {
  constexpr std::size_t kLongestZone = 6;
  std::array<char, 19 + kLongestZone> full;
  if (text.size() > 16 + kLongestZone) return std::nullopt;
  std::memcpy(full.data(), text.data(), 16);
  std::memcpy(full.data() + 16, ":00", 3);
  std::memcpy(full.data() + 19, text.data() + 16, text.size() - 16);
  auto value = parse_iso({full.data(), text.size() + 3});
  if (!value || TimeForm::unpack(value->form).digits != 0) return std::nullopt;
  return with_extent(*value, TimeForm::minutes);
}

/// "dd/Mon/YYYY:hh:mm:ss +hhmm". Requires 26 bytes.
[[gnu::noinline]] std::optional<TimeValue> parse_clf(std::string_view text) {
  if (text[6] != '/' || text[11] != ':' || text[20] != ' ') return std::nullopt;
  uint32_t month = 1;
  while (month <= 12 && kMonthNames[month - 1].substr(0, 3) != text.substr(3, 3)) month++;
  if (month > 12) return std::nullopt;
  std::array<char, 24> full;
  std::memcpy(full.data(), text.data() + 7, 4);
  full[4] = full[7] = '-';
  full[5] = static_cast<char>('0' + month / 10);
  full[6] = static_cast<char>('0' + month % 10);
  std::memcpy(full.data() + 8, text.data(), 2);
  full[10] = 'T';
  std::memcpy(full.data() + 11, text.data() + 12, 8);
  std::memcpy(full.data() + 19, text.data() + 21, 5);
  auto value = parse_iso({full.data(), full.size()});
  if (!value || TimeForm::unpack(value->form).zone != TimeForm::compact) return std::nullopt;
  return with_extent(*value, TimeForm::clf);
}

int unit_of(uint64_t magnitude) {
  int unit = 0;
  for (int64_t bound : kUnitBounds) unit += magnitude >= static_cast<uint64_t>(bound);
  return unit;
}

/// -?digits[.digits] as an epoch in the given kinds.
std::optional<TimeValue> parse_epoch_text(std::string_view text, TimeForm::Kind integer, TimeForm::Kind decimal) {
  std::size_t at = 0;
  bool negative = text.starts_with('-');
  if (negative) at++;
  std::size_t first = at;
  uint64_t whole = 0;
  for (; at < text.size() && is_digit(text[at]); at++) whole = whole * 10 + static_cast<uint64_t>(text[at] - '0');
  if (at == first || at - first > 19) return std::nullopt;
  if (text[first] == '0' && at - first > 1) return std::nullopt;
  int unit = unit_of(whole);
  int64_t fraction = 0;
  TimeForm form;
  form.zone = TimeForm::none;
  form.unit = static_cast<uint8_t>(unit);
  form.kind = integer;
  if (at < text.size()) {
    std::size_t digits = text.size() - at - 1, most = static_cast<std::size_t>(9 - 3 * unit);
    if (text[at] != '.' || digits == 0 || digits > most) return std::nullopt;
    for (at++; at < text.size(); at++) {
      if (!is_digit(text[at])) return std::nullopt;
      fraction = fraction * 10 + (text[at] - '0');
    }
    fraction *= kTens[most - digits];
    form.digits = static_cast<uint8_t>(digits);
    form.kind = decimal;
  }
  __extension__ using int128 = __int128;
  int128 ns = static_cast<int128>(whole) * kUnitNs[static_cast<std::size_t>(unit)] + fraction;
  if (negative) ns = -ns;
  if (ns > INT64_MAX || ns < INT64_MIN || (negative && ns == 0)) return std::nullopt;
  return TimeValue{static_cast<int64_t>(ns), form.pack()};
}

}  // namespace

std::optional<TimeValue> parse_time_text(std::string_view text) {
  if (text.size() >= 19) {
    if (text[4] == '-') {
      if (text[16] == ':') [[likely]]
        return parse_iso(text);
      return parse_minutes(text);
    }
    if (text.size() == 26 && text[2] == '/') return parse_clf(text);
  } else if (text.size() >= 10) {
    if (text[4] == '-') {
      if (text.size() == 10) return parse_date(text);
      return text.size() >= 16 ? parse_minutes(text) : std::nullopt;
    }
  } else if (text.empty()) {
    return std::nullopt;
  }
  return parse_epoch_text(text, TimeForm::epoch_string, TimeForm::epoch_decimal_string);
}

std::optional<TimeValue> parse_time_text(std::string_view text, const TimeZone* assumed) {
  auto value = parse_time_text(text);
  if (!value || !assumed) return value;
  TimeForm form = TimeForm::unpack(value->form);
  if (form.kind != TimeForm::iso || form.zone != TimeForm::none) return value;
  int64_t local = value->ns, shown;
  value->ns = assumed->first_instant(local);
  TimeZone::Period period = assumed->period_at(value->ns);
  bool outside = __builtin_add_overflow(value->ns, period.offset, &shown);
  int64_t offset = period.offset;
  if (outside || shown != local) {
    if (outside || value->ns != period.begin || period.begin == INT64_MIN) return std::nullopt;  // the ends of time
    if (form.unit == TimeForm::date) {
      offset = local - value->ns;
    } else {
      form.unit = TimeForm::seconds;
      form.zone = TimeForm::colon;
    }
  }
  constexpr int64_t kMinute = 60 * kSecond;
  if (offset % kMinute != 0) return std::nullopt;
  form.offset = static_cast<int16_t>(offset / kMinute);
  value->form = form.pack();
  if (!valid_form(value->form)) return std::nullopt;
  return value;
}

std::optional<TimeValue> parse_epoch_integer(int64_t value) {
  uint64_t magnitude = value < 0 ? -static_cast<uint64_t>(value) : static_cast<uint64_t>(value);
  TimeForm form;
  form.kind = TimeForm::epoch;
  form.zone = TimeForm::none;
  form.unit = static_cast<uint8_t>(unit_of(magnitude));
  int64_t ns;
  if (__builtin_mul_overflow(value, kUnitNs[form.unit], &ns)) return std::nullopt;
  return TimeValue{ns, form.pack()};
}

EpochUnit epoch_unit(int64_t value) {
  const auto time = parse_epoch_integer(value);
  if (value < 0 || !time) return {};
  const auto unit = static_cast<std::size_t>(unit_of(static_cast<uint64_t>(value)));
  const int64_t ns = kUnitNs[unit];
  int64_t most = INT64_MAX / ns;
  if (unit < kUnitBounds.size()) most = std::min(most, kUnitBounds[unit] - 1);
  return {unit == 0 ? 0 : kUnitBounds[unit - 1], most, ns, time->form};
}

std::optional<TimeValue> parse_epoch_decimal(std::string_view number) {
  auto value = parse_epoch_text(number, TimeForm::epoch, TimeForm::epoch_decimal);
  if (value && (value->form & 15) != TimeForm::epoch_decimal) return std::nullopt;
  return value;
}

}  // namespace ev
