// Time forms, and instants written in them.
#include <array>

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
  f.comma = packed >> 14 & 1;
  f.offset = static_cast<int16_t>(packed >> 16);
  return f;
}

namespace {

inline bool valid_iso(TimeForm f) {
  if (f.digits > 9 || f.zone > TimeForm::hours || f.offset <= -1440 || f.offset >= 1440) return false;
  if ((f.zone == TimeForm::z && f.offset != 0) || (f.zone == TimeForm::hours && f.offset % 60 != 0)) return false;
  if (f.comma && f.digits == 0) return false;
  if (f.unit == TimeForm::seconds) return true;
  if (f.digits != 0) return false;
  if (f.unit == TimeForm::minutes) return true;
  return !f.space && f.zone == (f.unit == TimeForm::date ? TimeForm::none : TimeForm::compact);
}

}  // namespace

bool valid_form(uint32_t form) {
  TimeForm f = TimeForm::unpack(form);
  if (f.pack() != form) return false;  // bit 15
  if (f.kind == TimeForm::iso) return valid_iso(f);
  if (f.kind > TimeForm::epoch_decimal_string || f.space || f.comma || f.zone != TimeForm::none || f.offset != 0)
    return false;
  bool decimal = f.kind == TimeForm::epoch_decimal || f.kind == TimeForm::epoch_decimal_string;
  return decimal ? f.digits >= 1 && f.digits <= 9 - 3 * f.unit : f.digits == 0;
}

namespace {

constexpr std::array<int64_t, 10> kTens = {1,       10,        100,        1'000,       10'000,
                                           100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};
constexpr std::array<int64_t, 4> kUnitNs = {kSecond, 1'000'000, 1'000, 1};

char* two_digits(char* out, uint32_t n) {
  *out++ = static_cast<char>('0' + n / 10);
  *out++ = static_cast<char>('0' + n % 10);
  return out;
}

/// The first `digits` of the nine digits of `fraction`.
char* print_fraction(char* out, uint32_t fraction, unsigned digits, char point) {
  if (digits == 0) return out;
  *out++ = point;
  uint32_t n = fraction / static_cast<uint32_t>(kTens[9 - digits]);
  for (unsigned i = digits; i-- > 0; n /= 10) out[i] = static_cast<char>('0' + n % 10);
  return out + digits;
}

[[gnu::always_inline]] inline char* print_zone(char* out, TimeForm form) {
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

/// Out of line, as print_iso() is for what most logs hold.
[[gnu::noinline]] char* print_clf(char* out, CivilDate d, uint32_t clock, TimeForm form) {
  out = two_digits(out, d.day);
  *out++ = '/';
  for (char c : kMonthNames[d.month - 1].substr(0, 3)) *out++ = c;
  *out++ = '/';
  out = two_digits(out, static_cast<uint32_t>(d.year) / 100);
  out = two_digits(out, static_cast<uint32_t>(d.year) % 100);
  for (uint32_t part : {clock / 3600, clock / 60 % 60, clock % 60}) {
    *out++ = ':';
    out = two_digits(out, part);
  }
  *out++ = ' ';
  form.zone = TimeForm::compact;
  return print_zone(out, form);
}

char* print_iso(char* out, int64_t ns, TimeForm form) {
  int64_t seconds = ns / kSecond, rest = ns % kSecond;
  if (rest < 0) seconds--, rest += kSecond;
  auto fraction = static_cast<uint32_t>(rest);
  seconds += form.offset * 60;
  int64_t days = floor_div(seconds, 86400);
  auto clock = static_cast<uint32_t>(seconds - days * 86400);
  CivilDate d = civil_from_days(days);
  if (form.unit == TimeForm::clf) [[unlikely]]
    return print_clf(out, d, clock, form);
  out = two_digits(out, static_cast<uint32_t>(d.year) / 100);
  out = two_digits(out, static_cast<uint32_t>(d.year) % 100);
  *out++ = '-';
  out = two_digits(out, d.month);
  *out++ = '-';
  out = two_digits(out, d.day);
  if (form.unit == TimeForm::date) [[unlikely]]
    return out;
  *out++ = form.space ? ' ' : 'T';
  out = two_digits(out, clock / 3600);
  *out++ = ':';
  out = two_digits(out, clock / 60 % 60);
  if (form.unit == TimeForm::seconds) [[likely]] {
    *out++ = ':';
    out = two_digits(out, clock % 60);
    out = print_fraction(out, fraction, form.digits, form.comma ? ',' : '.');
  }
  return print_zone(out, form);
}

char* print_epoch(char* out, int64_t ns, TimeForm form) {
  auto unit = static_cast<uint64_t>(kUnitNs[form.unit]);
  uint64_t magnitude = ns < 0 ? -static_cast<uint64_t>(ns) : static_cast<uint64_t>(ns);
  uint64_t whole = magnitude / unit, rest = magnitude % unit;
  if (ns < 0) *out++ = '-';
  out = print_uint(out, whole);
  return print_fraction(out, static_cast<uint32_t>(rest * (static_cast<uint64_t>(kSecond) / unit)), form.digits, '.');
}

/// The form of most texts: ISO 8601 to the second, in UTC.
constexpr bool is_plain(uint32_t form) {
  constexpr uint32_t kDigits = 15u << 4, kSpace = 1u << 10;
  return (form & ~(kDigits | kSpace)) == uint32_t{TimeForm::z} << 11 && (form & kDigits) <= 9u << 4;
}

/// A form from a damaged or future stream is written as far as it makes sense, never beyond kMaxTimeText bytes.
TimeForm tamed(TimeForm form) {
  if (form.kind > TimeForm::epoch_decimal_string) form.kind = TimeForm::iso;
  if (form.digits > 9) form.digits = 9;
  if (form.offset <= -1440 || form.offset >= 1440) form.offset = 0, form.zone = TimeForm::z;
  if (form.zone > TimeForm::hours || (form.zone == TimeForm::hours && form.offset % 60 != 0))
    form.zone = TimeForm::colon;
  if (form.zone == TimeForm::z) form.offset = 0;
  return form;
}

}  // namespace

char* print_time(char* out, int64_t ns, uint32_t form) {
  TimeForm f = TimeForm::unpack(form);
  if (!is_plain(form) && !valid_form(form)) [[unlikely]]
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
