// Times without a zone, in a zone that is assumed.
#include <doctest/doctest.h>

#include <random>

#include "base/time.h"
#include "base/time_zone.h"

using namespace ev;

namespace {

std::string printed(TimeValue value) {
  char out[kMaxTimeText];
  return std::string(out, print_time(out, value.ns, value.form));
}

/// What a text means in a zone, and how it is printed again.
void means(const TimeZone& zone, const std::string& text, const std::string& instant, const std::string& again) {
  CAPTURE(text);
  auto value = parse_time_text(text, &zone);
  REQUIRE(value.has_value());
  CHECK(time_text(value->ns) == instant);
  CHECK(printed(*value) == again);
  CHECK(valid_form(value->form));
}

void means(const TimeZone& zone, const std::string& text, const std::string& instant) {
  means(zone, text, instant, text);
}

}  // namespace

TEST_CASE("texts without a zone are in the assumed one and come back") {
  auto berlin = TimeZone::load("Europe/Berlin"), kolkata = TimeZone::load("Asia/Kolkata");
  means(*berlin, "2024-06-01T12:00:00", "2024-06-01T10:00:00Z");
  means(*berlin, "2024-01-01 12:00:00,250", "2024-01-01T11:00:00.250Z");
  means(*berlin, "2024-06-01 12:00", "2024-06-01T10:00:00Z");
  means(*berlin, "2024-06-01", "2024-05-31T22:00:00Z");
  means(*kolkata, "2024-06-01T12:00:00.000001", "2024-06-01T06:30:00.000001Z");
  means(*TimeZone::load("America/New_York"), "2024-06-01", "2024-06-01T04:00:00Z");
  CHECK(parse_time_text("2024-06-01T12:00:00", berlin.get())->form == 120u << 16);
}

TEST_CASE("a zone in the text, or an epoch, goes before the assumed one") {
  auto berlin = TimeZone::load("Europe/Berlin");
  for (const char* text :
       {"2024-06-01T12:00:00Z", "2024-06-01T12:00-05:00", "10/Oct/2000:13:55:36 -0700", "1717200000", "1717200000.5"}) {
    CAPTURE(std::string(text));
    auto with = parse_time_text(text, berlin.get()), without = parse_time_text(text);
    REQUIRE(with.has_value());
    CHECK(with->ns == without->ns);
    CHECK(with->form == without->form);
  }
  CHECK_FALSE(parse_time_text("yesterday", berlin.get()).has_value());
  CHECK(parse_time_text("2024-06-01T12:00:00", nullptr)->form == 0);
}

TEST_CASE("a local time that comes twice means the first") {
  means(*TimeZone::load("Europe/Berlin"), "2024-10-27T02:30:00", "2024-10-27T00:30:00Z");
  means(*TimeZone::load("Europe/Berlin"), "2024-10-27T03:00:00", "2024-10-27T02:00:00Z");
  means(*TimeZone::load("Australia/Lord_Howe"), "2024-04-07T01:45:00", "2024-04-06T14:45:00Z");
  means(*TimeZone::load("America/Havana"), "2023-11-05", "2023-11-05T04:00:00Z");
}

TEST_CASE("a local time that is skipped means the change and says so") {
  auto berlin = TimeZone::load("Europe/Berlin");
  means(*berlin, "2024-03-31T01:59:59", "2024-03-31T00:59:59Z");
  means(*berlin, "2024-03-31T02:00:00", "2024-03-31T01:00:00Z", "2024-03-31T03:00:00+02:00");
  means(*berlin, "2024-03-31 02:30:17,5", "2024-03-31T01:00:00Z", "2024-03-31 03:00:00,0+02:00");
  means(*berlin, "2024-03-31 02:59", "2024-03-31T01:00:00Z", "2024-03-31 03:00:00+02:00");
  means(*berlin, "2024-03-31T03:00:00", "2024-03-31T01:00:00Z");
  means(*TimeZone::load("Australia/Lord_Howe"), "2024-10-06T02:15:00", "2024-10-05T15:30:00Z",
        "2024-10-06T02:30:00+11:00");
  // A date comes back even where it had no midnight, or did not exist.
  means(*TimeZone::load("America/Sao_Paulo"), "2018-11-04", "2018-11-04T03:00:00Z");
  means(*TimeZone::load("Pacific/Apia"), "2011-12-30", "2011-12-30T10:00:00Z");
  means(*TimeZone::load("Pacific/Apia"), "2011-12-31", "2011-12-30T10:00:00Z");
}

TEST_CASE("an offset with seconds fits no form") {
  auto berlin = TimeZone::load("Europe/Berlin");  // +00:53:28 until 1893
  CHECK_FALSE(parse_time_text("1890-01-01T00:00:00", berlin.get()).has_value());
  CHECK_FALSE(parse_time_text("1890-01-01", berlin.get()).has_value());
  CHECK(parse_time_text("1890-01-01T00:00:00Z", berlin.get()).has_value());
}

TEST_CASE("the ends of time in a zone") {
  auto berlin = TimeZone::load("Europe/Berlin"), york = TimeZone::load("America/New_York");
  CHECK(parse_time_text("2262-04-11T23:47:16.854775807", berlin.get())->ns == INT64_MAX - 7200 * kSecond);
  CHECK_FALSE(parse_time_text("2262-04-11T23:47:16.854775807", york.get()).has_value());
  CHECK_FALSE(parse_time_text("1677-09-21T00:12:44", berlin.get()).has_value());
}

TEST_CASE("instants shown by the clock of a zone are found again, the first of two") {
  std::mt19937_64 random(13);
  for (const char* name : {"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia",
                           "America/St_Johns", "Africa/Casablanca"}) {
    CAPTURE(std::string(name));
    auto zone = TimeZone::load(name);
    int earlier = 0;
    for (int i = 0; i < 20000; i++) {
      // 1950 to 2200, half of them near a change of the clock.
      int64_t ns = (static_cast<int64_t>(random() % 7889400000u) - 631152000) * kSecond +
                   static_cast<int64_t>(random() % 1'000'000'000u);
      TimeZone::Period period = zone->period_at(ns);
      if (i % 2 && period.end != INT64_MAX) ns = period.end + static_cast<int64_t>(random() % 7200) * kSecond;
      int64_t offset = zone->offset_at(ns);
      if (offset % (60 * kSecond) != 0) continue;
      TimeForm form;
      form.digits = 9;
      form.zone = TimeForm::none;
      form.offset = static_cast<int16_t>(offset / (60 * kSecond));
      std::string text = printed({ns, form.pack()});
      CAPTURE(text);
      auto value = parse_time_text(text, zone.get());
      REQUIRE(value.has_value());
      REQUIRE(printed(*value) == text);
      REQUIRE(value->ns <= ns);
      REQUIRE(value->ns + zone->offset_at(value->ns) == ns + offset);
      earlier += value->ns < ns;
    }
    CHECK((earlier > 0) == (std::string(name) != "Asia/Kolkata"));
  }
}
