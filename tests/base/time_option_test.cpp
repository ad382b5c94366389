#include <doctest/doctest.h>

#include "base/error.h"
#include "base/time.h"

using namespace ev;

namespace {

// 2024-06-01T10:30:00.5Z, a Saturday.
constexpr int64_t kNow = 1717237800 * kSecond + 500'000'000;

std::string option(std::string_view text, std::string_view zone = "", int64_t now = kNow) {
  return time_text(parse_time_option(text, now, zone));
}

}  // namespace

TEST_CASE("dates are their first instant in the zone") {
  CHECK(option("2024-06-01") == "2024-06-01T00:00:00Z");
  CHECK(option("2024-06-01", "Europe/Berlin") == "2024-05-31T22:00:00Z");
  CHECK(option("2018-11-04", "America/Sao_Paulo") == "2018-11-04T03:00:00Z");  // had no midnight
}

TEST_CASE("times with and without seconds and zone") {
  CHECK(option("2024-06-01T10:30:00Z") == "2024-06-01T10:30:00Z");
  CHECK(option("2024-06-01T10:30:00.25Z", "Europe/Berlin") == "2024-06-01T10:30:00.250Z");
  CHECK(option("2024-06-01 10:30", "Europe/Berlin") == "2024-06-01T08:30:00Z");
  CHECK(option("2024-06-01T10:30:15", "Europe/Berlin") == "2024-06-01T08:30:15Z");
  CHECK(option("2024-06-01T10:30+05:30", "Europe/Berlin") == "2024-06-01T05:00:00Z");
  CHECK(option("2024-06-01T10:30Z") == "2024-06-01T10:30:00Z");
  CHECK(option("2024-06-01t10:30:00z") == "2024-06-01T10:30:00Z");
  CHECK(option("2024-06-01T10:30:00-0200") == "2024-06-01T12:30:00Z");
}

TEST_CASE("words and distances") {
  CHECK(option("now") == "2024-06-01T10:30:00.500Z");
  CHECK(option("today") == "2024-06-01T00:00:00Z");
  CHECK(option("yesterday") == "2024-05-31T00:00:00Z");
  CHECK(option("tomorrow") == "2024-06-02T00:00:00Z");
  CHECK(option("-1h") == "2024-06-01T09:30:00.500Z");
  CHECK(option("+5m") == "2024-06-01T10:35:00.500Z");
  CHECK(option("now-7d") == "2024-05-25T10:30:00.500Z");
  CHECK(option("now+1h30m") == "2024-06-01T12:00:00.500Z");
  CHECK(option("today+8h") == "2024-06-01T08:00:00Z");
  CHECK(option("today-1d") == option("yesterday"));
  // It is already tomorrow there.
  CHECK(option("today", "Pacific/Auckland", kNow + 4 * 3600 * kSecond) == "2024-06-01T12:00:00Z");
}

TEST_CASE("days from today are calendar days, days from now are 24 hours") {
  int64_t now = parse_time_option("2024-03-31T12:00:00Z", 0, "");  // 23 hours long in Berlin
  CHECK(option("today", "Europe/Berlin", now) == "2024-03-30T23:00:00Z");
  CHECK(option("tomorrow", "Europe/Berlin", now) == "2024-03-31T22:00:00Z");
  CHECK(option("tomorrow-1d", "Europe/Berlin", now) == "2024-03-30T23:00:00Z");
  CHECK(option("tomorrow-24h", "Europe/Berlin", now) == "2024-03-30T23:00:00Z");
  CHECK(option("tomorrow-23h", "Europe/Berlin", now) == "2024-03-30T23:00:00Z");
  CHECK(option("now-1d", "Europe/Berlin", now) == "2024-03-30T12:00:00Z");
}

TEST_CASE("epoch seconds") {
  CHECK(option("@1717200000") == "2024-06-01T00:00:00Z");
  CHECK(option("@1717200000.25") == "2024-06-01T00:00:00.250Z");
  CHECK(option("@0") == "1970-01-01T00:00:00Z");
  CHECK(option("@-1.5") == "1969-12-31T23:59:58.500Z");
}

TEST_CASE("what is no time is a usage error that shows what is one") {
  for (std::string text : {"",
                           "2024",
                           "2024-06",
                           "2024-6-1",
                           "2024-02-30",
                           "2024-06-01T",
                           "2024-06-01T10",
                           "2024-06-01T24:00",
                           "10:30",
                           "noon",
                           "nowadays",
                           "now-",
                           "now-7",
                           "now-7x",
                           "today-1d1d",
                           "1h",
                           "-",
                           "+",
                           "-1h-5m",
                           "@",
                           "@x",
                           "@1717200000000",
                           "@1.",
                           "@99999999999",
                           "1717200000",
                           "2024-06-01T10:30:00Q",
                           "Yesterday",
                           "2024-06-01Z",
                           " today",
                           "yesterdaytoday"}) {
    CAPTURE(text);
    try {
      parse_time_option(text, kNow, "");
      FAIL_CHECK("taken");
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::usage);
      CHECK(e.remedy().find("now-7d") != std::string::npos);
      CHECK(e.remedy().find("2024-06-01T10:30:00Z") != std::string::npos);
    }
  }
  CHECK_THROWS_AS(parse_time_option("today", kNow, "Europe/Nowhere"), Error);
}

TEST_CASE("durations") {
  CHECK(parse_duration("250ms") == 250'000'000);
  CHECK(parse_duration("1m") == 60 * kSecond);
  CHECK(parse_duration("1h30m") == 5400 * kSecond);
  CHECK(parse_duration("1.5h") == 5400 * kSecond);
  CHECK(parse_duration("0.1s") == 100'000'000);
  CHECK(parse_duration("2d") == 2 * 86400 * kSecond);
  CHECK(parse_duration("1w") == 7 * 86400 * kSecond);
  CHECK(parse_duration("1w2d3h4m5s6ms7us8ns") == ((9 * 24 + 3) * 3600 + 4 * 60 + 5) * kSecond + 6'007'008);
  CHECK(parse_duration("106751d") == int64_t{106751} * 86400 * kSecond);
  for (std::string text : {"",
                           "5",
                           "s",
                           "-5s",
                           "+5s",
                           "0s",
                           "0h0m",
                           "1x",
                           "1h1h",
                           "1m1h",
                           "1.s",
                           ".5s",
                           "0.5ns",
                           "1 h",
                           "1H",
                           "106752d",
                           "99999999999999999999s",
                           "9999999999999999999w",
                           "1e3s",
                           "1s "}) {
    CAPTURE(text);
    try {
      parse_duration(text);
      FAIL_CHECK("taken");
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::usage);
      CHECK(e.remedy().find("1h30m") != std::string::npos);
    }
  }
}
