#include "base/time_pattern.h"

#include <doctest/doctest.h>
#include <stdlib.h>
#include <time.h>

#include <random>

#include "base/error.h"
#include "base/time.h"
#include "base/time_zone.h"

using namespace ev;

namespace {

std::string print(const TimePattern& pattern, int64_t ns) {
  std::string text;
  pattern.print(ns, text);
  return text;
}

/// What the C library prints in the zone that TZ names.
std::string by_libc(const std::string& pattern, int64_t ns) {
  time_t seconds = ns / kSecond - (ns % kSecond < 0);
  tm broken{};
  REQUIRE(localtime_r(&seconds, &broken));
  char text[256];
  return std::string(text, strftime(text, sizeof text, pattern.c_str(), &broken));
}

struct Tz {
  explicit Tz(const char* zone) {
    setenv("TZ", zone, 1);
    tzset();
  }
  ~Tz() {
    unsetenv("TZ");
    tzset();
  }
};

std::string failure(std::string_view pattern, std::size_t column = 1) {
  try {
    TimePattern(pattern, nullptr, column);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.place() + ": " + error.reason();
  }
  return "";
}

constexpr int64_t kNoon = 1717243496 * kSecond;  // 2024-06-01T12:04:56Z

}  // namespace

TEST_CASE("a time by a pattern of strftime") {
  CHECK(print(TimePattern("%Y/%m/%d/%H"), kNoon) == "2024/06/01/12");
  CHECK(print(TimePattern("%FT%T"), kNoon) == "2024-06-01T12:04:56");
  CHECK(print(TimePattern("day=%j 100%%"), kNoon) == "day=153 100%");
  CHECK(print(TimePattern(""), kNoon) == "");
  CHECK(print(TimePattern("%Y %z %Z"), kNoon) == "2024 +0000 UTC");
  CHECK(print(TimePattern("%s"), -1) == "-1");
  CHECK(print(TimePattern("%F %T"), INT64_MIN) == "1677-09-21 00:12:43");
  CHECK(print(TimePattern("%F %T"), INT64_MAX) == "2262-04-11 23:47:16");
}

TEST_CASE("patterns print what the C library prints") {
  const std::string pattern =
      "%Y %C %y %m %b %B %h %d %j %a %A %u %w %F %G %g %V %U %W %H %I %p %M %S %T %R %s %z %Z %%";
  std::mt19937_64 random(1);
  for (const char* name : {"UTC", "Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "Australia/Lord_Howe"}) {
    CAPTURE(name);
    Tz tz(name);
    TimePattern ours(pattern, TimeZone::is_utc(name) ? nullptr : TimeZone::load(name));
    for (int i = 0; i < 3000; i++) {
      // From 1950 on: before it, zones have offsets in seconds, which %z of the C library rounds its own way.
      const int64_t ns = static_cast<int64_t>(random() % (uint64_t{140} * 365 * 86400)) * kSecond - 20 * 365 * kDay;
      REQUIRE(print(ours, ns) == by_libc(pattern, ns));
    }
    // The days around each new year, where weeks belong to two years.
    for (int year = 1970; year < 2040; year++)
      for (int day = -4; day < 5; day++) {
        const int64_t ns = (year - 1970) * (kDay * 1461 / 4) + day * kDay;
        REQUIRE(print(ours, ns) == by_libc(pattern, ns));
      }
  }
}

TEST_CASE("instants of one range print alike, and its neighbours are in other ranges") {
  std::mt19937_64 random(2);
  for (const char* zone : {"", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe", "America/New_York"}) {
    for (const char* text : {"%Y/%m/%d/%H", "%F", "%Y-%m", "%R", "%T", "%H %z", "%I%p", "%G-%V", "x"}) {
      CAPTURE(zone);
      CAPTURE(text);
      TimePattern pattern(text, *zone ? TimeZone::load(zone) : nullptr);
      for (int i = 0; i < 200; i++) {
        const int64_t ns = static_cast<int64_t>(random() % (uint64_t{60} * 365 * 86400)) * kSecond;
        const TimePattern::Range range = pattern.range_of(ns);
        REQUIRE(range.holds(ns));
        for (int64_t other : {range.begin, range.end - 1, range.begin + (range.end - range.begin) / 2}) {
          REQUIRE(print(pattern, other) == print(pattern, ns));
          REQUIRE(pattern.range_of(other).begin == range.begin);
          REQUIRE(pattern.range_of(other).end == range.end);
        }
        REQUIRE(pattern.range_of(range.end).begin == range.end);
        REQUIRE(pattern.range_of(range.begin - 1).end == range.begin);
      }
    }
  }
}

TEST_CASE("ranges at the ends of time") {
  TimePattern pattern("%Y/%m/%d/%H");
  CHECK(pattern.range_of(INT64_MIN).begin == INT64_MIN);
  CHECK(pattern.range_of(INT64_MIN).holds(INT64_MIN));
  CHECK(pattern.range_of(INT64_MAX).end == INT64_MAX);
  CHECK(pattern.range_of(INT64_MAX).holds(INT64_MAX));
  TimePattern zoned("%F", TimeZone::load("America/New_York"));
  CHECK(zoned.range_of(INT64_MIN).holds(INT64_MIN));
  CHECK(zoned.range_of(INT64_MAX).holds(INT64_MAX));
}

TEST_CASE("a pattern that is none says where") {
  CHECK(failure("%Y/%q") == "column 4: a time format knows no %q");
  CHECK(failure("%Y%", 10) == "column 12: the time format ends in a bare %");
  CHECK(failure("%e") == "column 1: a time format knows no %e");
}
