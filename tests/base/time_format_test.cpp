#include "base/time_format.h"

// As the library is built: every part of a program must see the same of it.
#define ONLY_C_LOCALE 1
#include <date/date.h>
#include <doctest/doctest.h>

#include <random>
#include <sstream>

#include "base/error.h"
#include "base/time.h"
#include "base/time_zone.h"

using namespace ev;

namespace {

std::string read(const TimeFormat& format, std::string_view text, const TimeZone* assumed = nullptr) {
  auto ns = format.parse(text, assumed);
  return ns ? time_text(*ns) : "none";
}

std::string read(const char* pattern, std::string_view text, const TimeZone* assumed = nullptr) {
  return read(TimeFormat(pattern), text, assumed);
}

}  // namespace

TEST_CASE("patterns of strptime") {
  CHECK(read("%Y-%m-%d %H:%M:%S", "2024-06-01 12:34:56") == "2024-06-01T12:34:56Z");
  CHECK(read("%d.%m.%Y %H:%M", "1.6.2024 7:05") == "2024-06-01T07:05:00Z");
  CHECK(read("%d.%m.%Y", "01.06.2024") == "2024-06-01T00:00:00Z");
  CHECK(read("%Y%m%d%H%M%S", "20240601123456") == "2024-06-01T12:34:56Z");
  CHECK(read("%m/%d/%y", "06/01/24") == "2024-06-01T00:00:00Z");
  CHECK(read("%y%j", "99060") == "1999-03-01T00:00:00Z");
  CHECK(read("%Y-%j", "2024-060") == "2024-02-29T00:00:00Z");
  CHECK(read("%a %b %e %T %Y", "Sat Jun  1 12:34:56 2024") == "2024-06-01T12:34:56Z");
  CHECK(read("%c", "Sat Jun  1 12:34:56 2024") == "2024-06-01T12:34:56Z");
  CHECK(read("%A, %d %B %Y", "saturday, 01 JUNE 2024") == "2024-06-01T00:00:00Z");
  CHECK(read("%d %B %Y", "05 May 2024") == "2024-05-05T00:00:00Z");
  CHECK(read("%FT%T", "2024-06-01T12:34:56") == "2024-06-01T12:34:56Z");
  CHECK(read("%D %R", "06/01/24 12:34") == "2024-06-01T12:34:00Z");
  CHECK(read("%x %X", "06/01/24 12:34:56") == "2024-06-01T12:34:56Z");
  CHECK(read("%F%n%t%%%%%H", "2024-06-01 %%12") == "2024-06-01T12:00:00Z");
  CHECK(read("%d/%b/%Y:%H:%M:%S %z", "10/Oct/2000:13:55:36 -0700") == "2000-10-10T20:55:36Z");
}

TEST_CASE("hours of twelve") {
  CHECK(read("%F %I:%M %p", "2024-06-01 12:00 AM") == "2024-06-01T00:00:00Z");
  CHECK(read("%F %I:%M %p", "2024-06-01 1:05 pm") == "2024-06-01T13:05:00Z");
  CHECK(read("%F %r", "2024-06-01 12:00:01 PM") == "2024-06-01T12:00:01Z");
  CHECK(read("%F %p%l", "2024-06-01 PM 3") == "2024-06-01T15:00:00Z");
  CHECK(read("%F %I %p", "2024-06-01 0 PM") == "none");
  CHECK(read("%F %I %p", "2024-06-01 13 PM") == "none");
  CHECK(read("%F %I %p", "2024-06-01 1 XM") == "none");
}

TEST_CASE("fractions: of %S, or apart as %f") {
  CHECK(read("%F %T", "2024-06-01 12:34:56.5") == "2024-06-01T12:34:56.500Z");
  CHECK(read("%F %T", "2024-06-01 12:34:56,123456789") == "2024-06-01T12:34:56.123456789Z");
  CHECK(read("%F %T", "2024-06-01 12:34:56.") == "none");
  CHECK(read("%F %T.", "2024-06-01 12:34:56.") == "2024-06-01T12:34:56Z");
  CHECK(read("%F %T", "2024-06-01 12:34:56.1234567890") == "none");
  CHECK(read("%F %H:%M:%S.%f", "2024-06-01 12:34:56.000123") == "2024-06-01T12:34:56.000123Z");
  CHECK(read("%F %H:%M:%S,%f", "2024-06-01 12:34:56,7") == "2024-06-01T12:34:56.700Z");
  CHECK(read("%F %H%M%S%f", "2024-06-01 123456123") == "2024-06-01T12:34:56.123Z");
  CHECK(read("%F %H:%M:%S.%f", "2024-06-01 12:34:56") == "none");
}

TEST_CASE("seconds since the epoch") {
  CHECK(read("%s", "1717200000") == "2024-06-01T00:00:00Z");
  CHECK(read("%s.%f", "1717200000.25") == "2024-06-01T00:00:00.250Z");
  CHECK(read("%s.%f", "-0.25") == "1969-12-31T23:59:59.750Z");
  CHECK(read("[%s]", "[0]") == "1970-01-01T00:00:00Z");
  CHECK(read("%s", "99999999999") == "none");
  CHECK(read("%s", "-") == "none");
  CHECK(read("%s", "") == "none");
}

TEST_CASE("zones: offsets, names, and the one assumed") {
  auto berlin = TimeZone::load("Europe/Berlin");
  for (const char* zone : {"+02", "+0200", "+02:00"})
    CHECK(read("%F %T %z", "2024-06-01 12:00:00 " + std::string(zone), berlin.get()) == "2024-06-01T10:00:00Z");
  CHECK(read("%FT%T%z", "2024-06-01T12:00:00Z", berlin.get()) == "2024-06-01T12:00:00Z");
  for (const char* zone : {"+2", "+020", "+24", "+02:", "+02:0", "02", "+0260", "z", ""})
    CHECK(read("%F %T %z", "2024-06-01 12:00:00 " + std::string(zone)) == "none");
  CHECK(read("%F %T", "2024-06-01 12:00:00", berlin.get()) == "2024-06-01T10:00:00Z");
  CHECK(read("%F %T", "2024-03-31 02:30:00", berlin.get()) == "2024-03-31T01:00:00Z");
  CHECK(read("%F %T", "2024-10-27 02:30:00", berlin.get()) == "2024-10-27T00:30:00Z");
  CHECK(read("%F %T %Z", "2024-06-01 12:00:00 GMT", berlin.get()) == "2024-06-01T12:00:00Z");
  CHECK(read("%F %T %Z", "2024-06-01 12:00:00 UTC") == "2024-06-01T12:00:00Z");
  // A name that the zone has tells the two times apart; one that it has not at that time is no time.
  CHECK(read("%F %T %Z", "2024-10-27 02:30:00 CEST", berlin.get()) == "2024-10-27T00:30:00Z");
  CHECK(read("%F %T %Z", "2024-10-27 02:30:00 CET", berlin.get()) == "2024-10-27T01:30:00Z");
  CHECK(read("%F %T %Z", "2024-06-01 12:00:00 CEST", berlin.get()) == "2024-06-01T10:00:00Z");
  CHECK(read("%F %T %Z", "2024-06-01 12:00:00 CET", berlin.get()) == "none");
  CHECK(read("%F %T %Z", "2024-01-01 12:00:00 CEST", berlin.get()) == "none");
  CHECK(read("%F %T %Z", "2024-03-31 02:30:00 CET", berlin.get()) == "none");
  CHECK(read("%F %T %Z", "2024-06-01 12:00:00 PST", berlin.get()) == "none");
  CHECK(read("%F %T %Z", "2024-06-01 12:00:00 CEST") == "none");
}

TEST_CASE("formats without a year take one") {
  TimeFormat syslog("%b %d %H:%M:%S", 2024);
  CHECK(read(syslog, "Oct 10 13:55:36") == "2024-10-10T13:55:36Z");
  CHECK(read(syslog, "Oct  1 13:55:36") == "2024-10-01T13:55:36Z");
  CHECK(read(syslog, "Feb 29 00:00:00") == "2024-02-29T00:00:00Z");
  CHECK(read(TimeFormat("%b %d %H:%M:%S", 2023), "Feb 29 00:00:00") == "none");
  CHECK(read(TimeFormat("%F", 2023), "2024-02-29") == "2024-02-29T00:00:00Z");  // the text's year goes before
}

TEST_CASE("weeks and centuries are read by the library") {
  CHECK(read("%G-W%V-%u", "2024-W22-6") == "2024-06-01T00:00:00Z");
  CHECK(read("%G-W%V-%u %H:%M", "2024-W22-6 12:34", TimeZone::load("Europe/Berlin").get()) == "2024-06-01T10:34:00Z");
  CHECK(read("%G-W%V-%u %z", "2024-W22-6 +0200") == "2024-05-31T22:00:00Z");
  CHECK(read("%G-W%V-%u", "2024-W22-6x") == "none");
  CHECK(read("%G-W%V-%u", "2024-W22") == "none");
}

TEST_CASE("the whole text must match, and the date must exist") {
  const char* pattern = "%Y-%m-%d %H:%M:%S";
  for (const char* text : {"",
                           "2024-06-01",
                           "2024-06-01 12:34",
                           "2024-06-01 12:34:56 ",
                           "x2024-06-01 12:34:56",
                           "2024-06-31 12:34:56",
                           "2023-02-29 12:34:56",
                           "2024-13-01 12:34:56",
                           "2024-00-01 12:34:56",
                           "2024-06-00 12:34:56",
                           "2024-06-01 24:00:00",
                           "2024-06-01 12:60:00",
                           "2024-06-01 12:34:60",
                           "24-06-01 12:34:56",
                           "1600-06-01 12:34:56",
                           "1677-01-01 00:00:00",
                           "2262-12-31 00:00:00",
                           "2024-006-01 12:34:56",
                           "2024/06/01 12:34:56",
                           "2024-06-01 12:34:5x",
                           "2024-06-01 -1:34:56"}) {
    CAPTURE(std::string(text));
    CHECK(read(pattern, text) == "none");
  }
  CHECK(read("%a %F", "Sun 2024-06-01") == "none");
  CHECK(read("%Y-%j", "2023-366") == "none");
  CHECK(read("%Y-%j", "2024-000") == "none");
  CHECK(read("%d %b %Y", "01 Jum 2024") == "none");
}

TEST_CASE("patterns that make no sense are usage errors with a remedy") {
  for (const char* pattern :
       {"", "%", "%Y-%m-%d%", "%Q", "%Y-%m-%d %L", "%Y-%m", "%H:%M:%S", "%b %d %H:%M:%S", "%m-%d", "%Y-%d", "%F %M",
        "%F %H:%S", "%F %I:%M", "%F.%f", "%U", "%G-W%V", "%G-W%V-%u %s", "%G-W%V-%u %S.%f", "no directive"}) {
    CAPTURE(std::string(pattern));
    try {
      TimeFormat format(pattern);
      FAIL_CHECK("taken");
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::usage);
      CHECK_FALSE(e.remedy().empty());
      CHECK(e.place() == "time format '" + std::string(pattern) + "'");
    }
  }
}

TEST_CASE("instants written by the library are read as it reads them") {
  std::mt19937_64 random(14);
  for (const char* pattern :
       {"%Y-%m-%d %H:%M:%S", "%FT%T%z", "%d/%b/%Y:%H:%M:%S %z", "%a %b %e %H:%M:%S %Y", "%A, %d %B %Y %I:%M:%S %p",
        "%j %Y %R", "%D %T", "%Y%m%d%H%M%S", "%c", "%x %X", "%F %r", "%a, %d %b %Y %T %Z"}) {
    CAPTURE(std::string(pattern));
    TimeFormat format(pattern);
    for (int i = 0; i < 1500; i++) {
      // 1970 to 2069, where years of two digits are certain.
      date::sys_seconds instant{std::chrono::seconds{static_cast<int64_t>(random() % 3124224000u)}};
      std::string text = date::format(pattern, instant);
      // Sometimes damaged: then the two may differ in what they take, but not in what it means.
      bool damaged = i % 3 == 0;
      if (damaged) text[random() % text.size()] = static_cast<char>('0' + random() % 10);
      CAPTURE(text);
      std::istringstream in(text);
      date::sys_seconds want;
      date::from_stream(in, pattern, want);
      bool fits = !in.fail() && in.peek() == std::istringstream::traits_type::eof();
      auto got = format.parse(text, nullptr);
      if (!damaged) REQUIRE(fits);
      if (!damaged) REQUIRE(got.has_value());
      if (fits && got) REQUIRE(*got == want.time_since_epoch().count() * kSecond);
    }
  }
}
