// As the library is built: every part of a program must see the same of it.
#define ONLY_C_LOCALE 1
#include <date/date.h>
#include <doctest/doctest.h>

#include <random>
#include <sstream>

#include "base/civil.h"
#include "base/time.h"
#include "base/time_zone.h"

using namespace ev;

namespace {

std::string printed(int64_t ns, uint32_t form) {
  char out[kMaxTimeText];
  char* end = print_time(out, ns, form);
  REQUIRE(end - out <= static_cast<std::ptrdiff_t>(kMaxTimeText));
  return std::string(out, end);
}

/// A text that must be taken comes back letter by letter and means `ns`.
void takes(const std::string& text, int64_t ns) {
  CAPTURE(text);
  auto value = parse_time_text(text);
  REQUIRE(value.has_value());
  CHECK(value->ns == ns);
  CHECK(printed(value->ns, value->form) == text);
  CHECK(valid_form(value->form));
  CHECK(form_is_string(value->form));
}

void refuses(const std::string& text) {
  CAPTURE(text);
  CHECK_FALSE(parse_time_text(text).has_value());
}

}  // namespace

TEST_CASE("days and dates agree with the date library over all days that an instant can lie in") {
  for (int64_t day = -106752; day <= 106752; day++) {
    date::year_month_day want{date::sys_days{date::days{static_cast<int>(day)}}};
    CivilDate got = civil_from_days(day);
    REQUIRE(got.year == static_cast<int>(want.year()));
    REQUIRE(got.month == static_cast<unsigned>(want.month()));
    REQUIRE(got.day == static_cast<unsigned>(want.day()));
    REQUIRE(days_from_civil(got) == day);
    auto last = date::year_month_day_last{want.year(), date::month_day_last{want.month()}}.day();
    REQUIRE(days_in_month(got.year, got.month) == static_cast<unsigned>(last));
  }
}

TEST_CASE("ISO times mean what Python's datetime says") {
  const struct {
    const char* text;
    int64_t ns;
  } cases[] = {
      {"1900-02-28T04:05:04.502140+14:05", -2204013595497860000},
      {"1678-07-18T01:14:33.839335-05:30", -9197428526160665000},
      {"2024-06-09T03:16:13.867037+02:00", 1717895773867037000},
      {"1678-11-26T08:12:10.839330-05:30", -9186085069160670000},
      {"1969-02-28T19:21:42.090930-05:30", -26435297909070000},
      {"1999-09-08T15:17:05.259336+02:00", 936796625259336000},
      {"2024-05-01T22:56:19.600170-05:30", 1714623979600170000},
      {"2024-02-29T09:27:28.628005+14:05", 1709148148628005000},
      {"1899-02-28T01:05:02.852064-05:30", -2235489897147936000},
      {"2000-02-29T20:30:44.560591-12:00", 951899444560591000},
      {"1970-03-22T13:58:12.069665+02:00", 6955092069665000},
      {"2100-11-15T11:27:47.192627-05:30", 4129981067192627000},
  };
  for (auto& c : cases) takes(c.text, c.ns);
}

TEST_CASE("all separators, fractions and zone styles come back") {
  const int64_t base = 1717200000 * kSecond;  // 2024-06-01T00:00:00Z
  takes("2024-06-01T00:00:00Z", base);
  takes("2024-06-01 00:00:00", base);
  takes("2024-06-01T00:00:00", base);
  takes("2024-06-01 02:00:00+0200", base);
  takes("2024-06-01T02:00:00+02", base);
  takes("2024-05-31T19:00:00-05", base);
  takes("2024-06-01T00:00:00+00:00", base);
  takes("2024-06-01T00:00:00+0000", base);
  takes("2024-06-01T00:00:00+00", base);
  takes("2024-06-01T05:45:00+05:45", base);
  takes("2024-05-31T16:30:00-0730", base);
  takes("2024-06-01T23:59:00+23:59", base);
  takes("2024-05-31T00:01:00-23:59", base);
  int64_t fraction = 100'000'000;
  std::string digits;
  for (int n = 1; n <= 9; n++) {
    digits += static_cast<char>('0' + n);
    int64_t ns = base;
    int64_t place = 100'000'000;
    for (char c : digits) ns += (c - '0') * place, place /= 10;
    takes("2024-06-01T00:00:00." + digits + "Z", ns);
    takes("2024-06-01 00:00:00." + digits, ns);
  }
  takes("2024-06-01T00:00:00.0Z", base);
  takes("2024-06-01T00:00:00.100000000Z", base + fraction);
  takes("1969-12-31T23:59:59.999999999Z", -1);
}

TEST_CASE("dates, minutes, commas and the time of web server logs come back") {
  const int64_t base = 1717200000 * kSecond;  // 2024-06-01T00:00:00Z
  takes("2024-06-01", base);
  takes("2024-02-29", base - 93 * 86400 * kSecond);
  takes("2024-06-01T00:00", base);
  takes("2024-06-01 00:00", base);
  takes("2024-06-01T00:00Z", base);
  takes("2024-06-01 02:00+02", base);
  takes("2024-05-31T19:00-0500", base);
  takes("2024-06-01T05:45+05:45", base);
  takes("2024-06-01T00:00:00,1Z", base + 100'000'000);
  takes("2024-06-01 02:00:00,123456789+02:00", base + 123'456'789);
  takes("2024-06-01 00:00:00,000", base);
  takes("10/Oct/2000:13:55:36 -0700", 971211336 * kSecond);
  takes("01/Jan/1970:00:00:00 +0000", 0);
  takes("31/May/2024:23:59:59 +0000", base - kSecond);
  const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (int month = 1; month <= 12; month++) {
    std::string iso = "2024-" + std::to_string(100 + month).substr(1) + "-15T12:00:00Z";
    takes(std::string("15/") + months[month - 1] + "/2024:12:00:00 +0000", parse_time_text(iso)->ns);
  }
}

TEST_CASE("the bits of the new forms are those of the stream format") {
  CHECK(parse_time_text("2024-06-01T00:00Z")->form == (1u << 8 | 1u << 11));
  CHECK(parse_time_text("2024-06-01")->form == 2u << 8);
  CHECK(parse_time_text("10/Oct/2000:13:55:36 -0700")->form == (3u << 8 | 3u << 11 | 0xfe5cu << 16));
  CHECK(parse_time_text("2024-06-01T00:00:00,25Z")->form == (2u << 4 | 1u << 11 | 1u << 14));
  for (uint32_t form : {1u << 14, 2u << 8 | 1u << 11, 2u << 8 | 1u << 10, 3u << 8, 3u << 8 | 1u << 11,
                        1u << 8 | 3u << 4, 3u << 8 | 3u << 11 | 1u << 10, 1u | 1u << 14, 1u << 15})
    CHECK_FALSE(valid_form(form));
}

TEST_CASE("texts near a date, minutes or the time of web server logs are refused") {
  for (std::string text : {"2024-06-1",
                           "2024-06-31",
                           "2024-02-30",
                           "2023-02-29",
                           "2024-06-01T",
                           "2024-06-01Z",
                           "2024-06-01T00",
                           "2024-06-01T00:0",
                           "2024-06-01T24:00",
                           "2024-06-01T00:60",
                           "2024-06-01t00:00",
                           "2024-06-01T00:00z",
                           "2024-06-01T00:00:",
                           "2024-06-01T00:00.5",
                           "2024-06-01T00:00,5",
                           "2024-06-01T00:00:0",
                           "2024-06-01_00:00",
                           "2024-06-01T00:00-00:00",
                           "2024-06-01T00:00+02:0",
                           "2024-06-01T00:00:00,",
                           "2024-06-01T00:00:00,Z",
                           "2024-06-01T00:00:00,1234567890",
                           "1677-09-21",
                           "2262-04-12",
                           "2024/06/01",
                           "20240601",
                           "10/oct/2000:13:55:36 -0700",
                           "10/OCT/2000:13:55:36 -0700",
                           "10/Okt/2000:13:55:36 -0700",
                           "10/Oct/2000:13:55:36 -07:0",
                           "10/Oct/2000:13:55:36 +07:00",
                           "10/Oct/2000:13:55:36 -0000",
                           "10/Oct/2000:24:00:00 -0700",
                           "10/Oct/2000:13:55:60 -0700",
                           "31/Jun/2024:00:00:00 +0000",
                           "00/Jun/2024:00:00:00 +0000",
                           "10/Oct/2000 13:55:36 -0700",
                           "10/Oct/2000:13:55:36-0700 ",
                           "10/Oct/2000:13:55:36 UTC  ",
                           "10/Oct/2000:13:55:36",
                           "1/Oct/2000:13:55:36 -0700",
                           "[10/Oct/2000:13:55:36 -070",
                           "10-Oct-2000:13:55:36 -0700"})
    if (text != "20240601") refuses(text);  // digits alone are an epoch
  takes("20240601", 20240601 * kSecond);
}

TEST_CASE("ISO times mean what the date library reads in them") {
  std::mt19937_64 random(12);
  for (int i = 0; i < 20000; i++) {
    auto ns = static_cast<int64_t>(random());
    TimeForm f;
    f.digits = static_cast<uint8_t>(random() % 10);
    f.space = random() & 1;
    f.zone = static_cast<uint8_t>(random() % 4);  // the library does not read "+02"
    f.unit = random() % 4 == 0 ? TimeForm::minutes : TimeForm::seconds;
    if (f.unit == TimeForm::minutes) f.digits = 0;
    if (f.zone >= TimeForm::colon) f.offset = static_cast<int16_t>(static_cast<int>(random() % 2879) - 1439);
    std::string text = printed(ns, f.pack()), pattern = f.space ? "%Y-%m-%d " : "%Y-%m-%dT";
    pattern += f.unit == TimeForm::minutes ? "%H:%M" : "%H:%M:%S";
    pattern += f.zone == TimeForm::z         ? "Z"
               : f.zone == TimeForm::colon   ? "%Ez"
               : f.zone == TimeForm::compact ? "%z"
                                             : "";
    CAPTURE(text);
    auto value = parse_time_text(text);
    std::istringstream in(text);
    if (f.unit == TimeForm::seconds && f.digits > 0) {
      date::sys_time<std::chrono::nanoseconds> want;
      date::from_stream(in, pattern.c_str(), want);
      REQUIRE(!in.fail());
      if (value) REQUIRE(value->ns == want.time_since_epoch().count());
    } else {
      date::sys_seconds want;
      date::from_stream(in, pattern.c_str(), want);
      REQUIRE(!in.fail());
      if (value) REQUIRE(value->ns == want.time_since_epoch().count() * kSecond);
    }
    // Digits that were cut may take an instant at the very beginning out of range.
    if (ns > INT64_MIN + 60 * kSecond) REQUIRE(value.has_value());
  }
}

TEST_CASE("texts that would come back differently are refused") {
  for (std::string text : {"",
                           "2024-06-01T24:00:00Z",
                           "2024-06-01T23:60:00Z",
                           "2016-12-31T23:59:60Z",
                           "2024-02-30T00:00:00Z",
                           "2023-02-29T00:00:00Z",
                           "1900-02-29T00:00:00Z",
                           "2024-04-31T00:00:00Z",
                           "2024-13-01T00:00:00Z",
                           "2024-00-01T00:00:00Z",
                           "2024-01-00T00:00:00Z",
                           "2024-01-32T00:00:00Z",
                           "2024-06-01t00:00:00Z",
                           "2024-06-01T00:00:00z",
                           "2024-06-01T00:00:00-00:00",
                           "2024-06-01T00:00:00-0000",
                           "2024-06-01T00:00:00-00",
                           "2024-06-01T00:00:00.Z",
                           "2024-06-01T00:00:00.",
                           "2024-06-01T00:00:00.1234567890Z",
                           " 2024-06-01T00:00:00Z",
                           "2024-06-01T00:00:00Z ",
                           "2024-06-01T00:00:00 Z",
                           "2024-06-01T00:00:00+2:00",
                           "2024-06-01T00:00:00+02:0",
                           "2024-06-01T00:00:00+24:00",
                           "2024-06-01T00:00:00+02:60",
                           "2024-06-01T00:00:00+02:00:00",
                           "2024-06-01T00:00:00+02-00",
                           "2024-06-01T00:00:00+",
                           "2024-06-01T00:00:00ZZ",
                           "2024-06-01_00:00:00Z",
                           "20240601T000000Z",
                           "2024/06/01 00:00:00",
                           "02024-06-01T00:00:00Z",
                           "+2024-06-01T00:00:00Z",
                           "2024-6-01T00:00:00ZZ",
                           "2024-06-01  00:00:00",
                           "2024-06-01T0a:00:00Z",
                           "2024-06-01T00:00:0\xb0Z",
                           "2024-06-01T00;00:00Z",
                           "0000-01-01T00:00:00Z",
                           "9999-12-31T23:59:59Z",
                           "0-00-00000T00:00:00Z",
                           "T",
                           "yesterday",
                           "2024-06-01T00:00:00+0x:00"})
    refuses(text);
}

TEST_CASE("the first and last instant, and their neighbours outside") {
  takes("1677-09-21T00:12:43.145224192Z", INT64_MIN);
  refuses("1677-09-21T00:12:43.145224191Z");
  refuses("1677-09-21T00:12:43Z");
  takes("1677-09-21T00:12:44Z", -9223372036 * kSecond);
  takes("1677-09-20T22:12:44-02:00", -9223372036 * kSecond);
  takes("2262-04-11T23:47:16.854775807Z", INT64_MAX);
  refuses("2262-04-11T23:47:16.854775808Z");
  refuses("2262-04-11T23:47:17Z");
  takes("2262-04-12T22:47:16.854775807+23:00", INT64_MAX);
  refuses("2262-12-31T00:00:00Z");
  refuses("1677-01-01T00:00:00Z");
}

TEST_CASE("any text of bytes near a time is refused or comes back") {
  std::mt19937_64 random(5);
  const std::string letters = "0123456789-:T Z+.,/tz9\x80";
  int taken = 0;
  for (int i = 0; i < 300000; i++) {
    static const std::string starts[] = {
        "2024-02-28T23:59:59.123456+02:00", "1970-01-01 00:00:00Z",      "1717200000.123456", "2024-02-28",
        "2024-02-28T23:59+02:00",           "28/Feb/2024:23:59:59 +0200"};
    std::string text = starts[i % 6];
    for (uint64_t k = random() % 3 + 1; k-- > 0;) text[random() % text.size()] = letters[random() % letters.size()];
    if (random() % 4 == 0) text.resize(random() % (text.size() + 1));
    auto value = parse_time_text(text);
    if (!value) continue;
    taken++;
    CAPTURE(text);
    REQUIRE(printed(value->ns, value->form) == text);
    REQUIRE(valid_form(value->form));
  }
  CHECK(taken > 20000);
}

TEST_CASE("every instant in every form comes back as the form allows") {
  std::mt19937_64 random(6);
  constexpr int64_t kMinute = 60 * kSecond, kLength = 86400 * kSecond;
  for (int i = 0; i < 200000; i++) {
    auto ns = static_cast<int64_t>(random()) / 2;
    TimeForm f;
    f.unit = static_cast<uint8_t>(random() % 4);
    if (f.unit == TimeForm::seconds) f.digits = 9, f.comma = random() & 1;
    f.space = f.unit <= TimeForm::minutes && (random() & 1);
    f.zone = static_cast<uint8_t>(random() % 5);
    if (f.unit == TimeForm::date) f.zone = TimeForm::none;
    if (f.unit == TimeForm::clf) f.zone = TimeForm::compact;
    if (f.zone >= TimeForm::colon) f.offset = static_cast<int16_t>(static_cast<int>(random() % 2879) - 1439);
    if (f.zone == TimeForm::hours) f.offset = static_cast<int16_t>(f.offset / 60 * 60);
    if (f.unit == TimeForm::minutes) ns = floor_div(ns, kMinute) * kMinute;
    if (f.unit == TimeForm::date) ns = floor_div(ns, kLength) * kLength;
    if (f.unit == TimeForm::clf) ns = floor_div(ns, kSecond) * kSecond;
    REQUIRE(valid_form(f.pack()));
    std::string text = printed(ns, f.pack());
    auto value = parse_time_text(text);
    CAPTURE(text);
    REQUIRE(value.has_value());
    REQUIRE(value->ns == ns);
    REQUIRE(value->form == f.pack());
  }
}

TEST_CASE("epoch integers: the size tells the unit") {
  auto is = [](int64_t value, int64_t ns, unsigned unit) {
    CAPTURE(value);
    auto got = parse_epoch_integer(value);
    REQUIRE(got.has_value());
    CHECK(got->ns == ns);
    CHECK(TimeForm::unpack(got->form).unit == unit);
    CHECK(printed(got->ns, got->form) == std::to_string(value));
    CHECK_FALSE(form_is_string(got->form));
    CHECK(valid_form(got->form));
  };
  is(0, 0, 0);
  is(1717200000, 1717200000 * kSecond, 0);
  is(-1, -kSecond, 0);
  is(1717200000123, 1717200000123 * 1'000'000, 1);
  is(1717200000123456, 1717200000123456 * 1'000, 2);
  is(1717200000123456789, 1717200000123456789, 3);
  is(-1717200000123, -1717200000123 * 1'000'000, 1);
  is(9223372036, 9223372036 * kSecond, 0);
  is(100'000'000'000, 100'000'000'000 * 1'000'000, 1);
  is(100'000'000'000'000, 100'000'000'000'000 * 1'000, 2);
  is(100'000'000'000'000'000, 100'000'000'000'000'000, 3);
  is(INT64_MAX, INT64_MAX, 3);
  is(INT64_MIN, INT64_MIN, 3);
  CHECK_FALSE(parse_epoch_integer(9223372037).has_value());  // seconds beyond 2262
  CHECK_FALSE(parse_epoch_integer(99'999'999'999).has_value());
  CHECK_FALSE(parse_epoch_integer(99'999'999'999'999).has_value());
  CHECK_FALSE(parse_epoch_integer(-9223372037).has_value());
}

TEST_CASE("epoch decimals are read digit by digit") {
  auto is = [](const std::string& text, int64_t ns) {
    CAPTURE(text);
    auto got = parse_epoch_decimal(text);
    REQUIRE(got.has_value());
    CHECK(got->ns == ns);
    CHECK(printed(got->ns, got->form) == text);
    CHECK_FALSE(form_is_string(got->form));
    CHECK(valid_form(got->form));
    takes(text, ns);  // the same in a string
  };
  is("1717200000.123456", 1717200000123456000);
  is("1717200000.123456789", 1717200000123456789);
  is("1717200000.10", 1717200000100000000);
  is("1717200000.0", 1717200000000000000);
  is("1717200000123.5", 1717200000123500000);
  is("1717200000123.456789", 1717200000123456789);
  is("1717200000123456.789", 1717200000123456789);
  is("0.5", 500000000);
  is("-0.5", -500000000);
  is("-1.000000001", -1000000001);
  is("9223372036.854775807", INT64_MAX);
  is("-9223372036.854775808", INT64_MIN);
  for (std::string text :
       {"-0.0", "1717200000.1234567890", "1717200000123.1234567", "1717200000123456.1234", "1717200000123456789.0",
        "9223372036.854775808", "-9223372036.854775809", "1717200000", "1.5e3", "1.", ".5", "", "-", "-.5", "1.5 "}) {
    CAPTURE(text);
    CHECK_FALSE(parse_epoch_decimal(text).has_value());
  }
}

TEST_CASE("digits in a string") {
  takes("1717200000", 1717200000 * kSecond);
  takes("1717200000123", 1717200000123 * 1'000'000);
  takes("-5", -5 * kSecond);
  takes("0", 0);
  for (std::string text : {"007", "-0", "+5", "1717200000 ", "0x10", "1e9", "99999999999", "9223372036854775808", "00",
                           "-", "--1", "1-1", "18446744073709551617", "99999999999999999999"})
    refuses(text);
}

TEST_CASE("the default form has as many groups of digits as the instant needs") {
  CHECK(time_text(0) == "1970-01-01T00:00:00Z");
  CHECK(time_text(1'000'000) == "1970-01-01T00:00:00.001Z");
  CHECK(time_text(120'000) == "1970-01-01T00:00:00.000120Z");
  CHECK(time_text(-1) == "1969-12-31T23:59:59.999999999Z");
  CHECK(time_text(INT64_MIN) == "1677-09-21T00:12:43.145224192Z");
  CHECK(form_is_string(default_form(0)));
}

TEST_CASE("forms pack and unpack; the bits are those of the stream format") {
  TimeForm f;
  f.kind = TimeForm::epoch_decimal;
  f.digits = 6;
  f.unit = 2;
  f.zone = TimeForm::none;
  CHECK(f.pack() == (2u | 6u << 4 | 2u << 8));
  TimeForm g;
  g.space = true;
  g.zone = TimeForm::compact;
  g.offset = -90;
  CHECK(g.pack() == (1u << 10 | 3u << 11 | 0xffa6u << 16));
  TimeForm h = TimeForm::unpack(g.pack());
  CHECK(h.space);
  CHECK(h.offset == -90);
  CHECK(h.zone == TimeForm::compact);
}

TEST_CASE("no form, however damaged, prints beyond the room or crashes") {
  std::mt19937_64 random(7);
  for (int i = 0; i < 200000; i++) {
    auto form = static_cast<uint32_t>(random());
    int64_t ns = i % 3 == 0 ? INT64_MIN : i % 3 == 1 ? INT64_MAX : static_cast<int64_t>(random());
    std::string text = printed(ns, form);
    REQUIRE(text.size() >= 1);
    if (valid_form(form)) REQUIRE(TimeForm::unpack(form).pack() == form);
  }
  CHECK_FALSE(valid_form(1u << 14));
  CHECK_FALSE(valid_form(5));
  CHECK_FALSE(valid_form(10u << 4));
  CHECK_FALSE(valid_form(uint32_t{TimeForm::z} << 11 | 60u << 16));
}

TEST_CASE("an epoch unit covers what the integers around it are read as, and nothing else") {
  std::mt19937_64 random(5);
  std::vector<int64_t> values = {0, 1, INT64_MAX};
  for (int64_t bound : {100'000'000'000, 100'000'000'000'000, 100'000'000'000'000'000, 9223372036, 9223372036854,
                        9223372036854775})
    for (int64_t near = -2; near <= 2; near++) values.push_back(bound + near);
  for (int i = 0; i < 500; i++) values.push_back(static_cast<int64_t>(random() >> (1 + random() % 60)));
  for (int64_t value : values) {
    CAPTURE(value);
    const EpochUnit unit = epoch_unit(value);
    REQUIRE(unit.covers(value) == parse_epoch_integer(value).has_value());
    for (int64_t other : values) {
      if (!unit.covers(other)) continue;
      const auto time = parse_epoch_integer(other);
      REQUIRE(time);
      REQUIRE(time->ns == other * unit.ns);
      REQUIRE(time->form == unit.form);
    }
  }
  CHECK_FALSE(epoch_unit(-1).covers(-1));
  CHECK_FALSE(EpochUnit{}.covers(0));
}
