// Instants as text and back. What is read here is exactly what print_time() writes: the parser checks every byte
// against the one text that its result prints as, so that no print is needed to compare.
#include <array>
#include <cstring>

#include "base/bytes.h"
#include "base/civil.h"
#include "base/text.h"
#include "base/time.h"

namespace ev {

TimeForm TimeForm::unpack(uint32_t packed) {
  TimeForm f;
  f.kind = packed & 15;
  f.digits = packed >> 4 & 15;
  f.unit = packed >> 8 & 3;
  f.space = packed >> 10 & 1;
  f.zone = packed >> 11 & 7;
  f.offset = static_cast<int16_t>(packed >> 16);
  return f;
}

bool valid_form(uint32_t form) {
  TimeForm f = TimeForm::unpack(form);
  if (f.pack() != form) return false;  // bits 14 and 15
  if (f.kind == TimeForm::iso) {
    bool shifted = f.zone == TimeForm::colon || f.zone == TimeForm::compact || f.zone == TimeForm::hours;
    return f.digits <= 9 && f.unit == 0 && f.zone <= TimeForm::hours && f.offset > -1440 && f.offset < 1440 &&
           (shifted || f.offset == 0) && (f.zone != TimeForm::hours || f.offset % 60 == 0);
  }
  if (f.kind > TimeForm::epoch_decimal_string || f.space || f.zone != TimeForm::none || f.offset != 0) return false;
  bool decimal = f.kind == TimeForm::epoch_decimal || f.kind == TimeForm::epoch_decimal_string;
  return decimal ? f.digits >= 1 && f.digits <= 9 - 3 * f.unit : f.digits == 0;
}

namespace {

constexpr std::array<int64_t, 10> kTens = {1,       10,        100,        1'000,       10'000,
                                           100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
constexpr std::array<int64_t, 4> kUnitNs = {kSecond, 1'000'000, 1'000, 1};

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
  if (at < text.size() && text[at] == '.') {
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

int unit_of(uint64_t magnitude) {
  if (magnitude < 100'000'000'000) return 0;
  if (magnitude < 100'000'000'000'000) return 1;
  if (magnitude < 100'000'000'000'000'000) return 2;
  return 3;
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

char* two_digits(char* out, uint32_t n) {
  *out++ = static_cast<char>('0' + n / 10);
  *out++ = static_cast<char>('0' + n % 10);
  return out;
}

/// The first `digits` of the nine digits of `fraction`.
char* print_fraction(char* out, uint32_t fraction, unsigned digits) {
  if (digits == 0) return out;
  *out++ = '.';
  uint32_t n = fraction / static_cast<uint32_t>(kTens[9 - digits]);
  for (unsigned i = digits; i-- > 0; n /= 10) out[i] = static_cast<char>('0' + n % 10);
  return out + digits;
}

char* print_iso(char* out, int64_t ns, TimeForm form) {
  int64_t seconds = ns / kSecond, rest = ns % kSecond;
  if (rest < 0) seconds--, rest += kSecond;
  auto fraction = static_cast<uint32_t>(rest);
  seconds += form.offset * 60;
  int64_t days = floor_div(seconds, 86400);
  auto clock = static_cast<uint32_t>(seconds - days * 86400);
  CivilDate d = civil_from_days(days);
  out = two_digits(out, static_cast<uint32_t>(d.year) / 100);
  out = two_digits(out, static_cast<uint32_t>(d.year) % 100);
  *out++ = '-';
  out = two_digits(out, d.month);
  *out++ = '-';
  out = two_digits(out, d.day);
  *out++ = form.space ? ' ' : 'T';
  out = two_digits(out, clock / 3600);
  *out++ = ':';
  out = two_digits(out, clock / 60 % 60);
  *out++ = ':';
  out = two_digits(out, clock % 60);
  out = print_fraction(out, fraction, form.digits);
  if (form.zone == TimeForm::none) return out;
  if (form.zone == TimeForm::z) {
    *out++ = 'Z';
    return out;
  }
  auto minutes = static_cast<uint32_t>(form.offset < 0 ? -form.offset : form.offset);
  *out++ = form.offset < 0 ? '-' : '+';
  out = two_digits(out, minutes / 60);
  if (form.zone == TimeForm::hours) return out;
  if (form.zone == TimeForm::colon) *out++ = ':';
  return two_digits(out, minutes % 60);
}

char* print_epoch(char* out, int64_t ns, TimeForm form) {
  auto unit = static_cast<uint64_t>(kUnitNs[form.unit]);
  uint64_t magnitude = ns < 0 ? -static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns);
  uint64_t whole = magnitude / unit, rest = magnitude % unit;
  if (ns < 0) *out++ = '-';
  out = print_uint(out, whole);
  return print_fraction(out, static_cast<uint32_t>(rest * (static_cast<uint64_t>(kSecond) / unit)), form.digits);
}

/// A form from a damaged or future stream is written as far as it makes sense, never beyond kMaxTimeText bytes.
TimeForm tamed(TimeForm form) {
  if (form.kind > TimeForm::epoch_decimal_string) form.kind = TimeForm::iso;
  if (form.digits > 9) form.digits = 9;
  if (form.offset <= -1440 || form.offset >= 1440) form.offset = 0, form.zone = TimeForm::z;
  if (form.zone > TimeForm::hours || (form.zone == TimeForm::hours && form.offset % 60 != 0))
    form.zone = TimeForm::colon;
  if (form.zone < TimeForm::colon) form.offset = 0;
  return form;
}

}  // namespace

std::optional<TimeValue> parse_time_text(std::string_view text) {
  if (text.size() >= 19) {
    if (text[4] == '-') return parse_iso(text);
  } else if (text.empty()) {
    return std::nullopt;
  }
  return parse_epoch_text(text, TimeForm::epoch_string, TimeForm::epoch_decimal_string);
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

std::optional<TimeValue> parse_epoch_decimal(std::string_view number) {
  auto value = parse_epoch_text(number, TimeForm::epoch, TimeForm::epoch_decimal);
  if (value && (value->form & 15) != TimeForm::epoch_decimal) return std::nullopt;
  return value;
}

char* print_time(char* out, int64_t ns, uint32_t form) {
  TimeForm f = TimeForm::unpack(form);
  if (!valid_form(form)) [[unlikely]]
    f = tamed(f);
  return f.kind == TimeForm::iso ? print_iso(out, ns, f) : print_epoch(out, ns, f);
}

bool form_is_string(uint32_t form) {
  uint32_t kind = form & 15;
  return kind != TimeForm::epoch && kind != TimeForm::epoch_decimal;
}

uint32_t default_form(int64_t ns) {
  TimeForm form;
  form.digits = ns % kSecond == 0 ? 0 : ns % 1'000'000 == 0 ? 3 : ns % 1'000 == 0 ? 6 : 9;
  return form.pack();
}

std::string time_text(int64_t ns) {
  char text[kMaxTimeText];
  return std::string(text, print_time(text, ns, default_form(ns)));
}

}  // namespace ev
