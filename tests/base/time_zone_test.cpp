#include "base/time_zone.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <ctime>
#include <random>
#include <vector>

#include "base/civil.h"
#include "base/error.h"
#include "base/time.h"
#include "base/zone_rule.h"

using namespace ev;

namespace {

/// Offset by the C library, which reads the same database with other code.
class LibcZone {
 public:
  explicit LibcZone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  ~LibcZone() {
    unsetenv("TZ");
    tzset();
  }
  int64_t offset(int64_t seconds) const {
    time_t t = seconds;
    tm local{};
    localtime_r(&t, &local);
    return local.tm_gmtoff;
  }
};

// Zones with awkward histories: half hours, negative summer time, midnight changes, a skipped day, changes of 30
// minutes, rules with hours beyond 24, local mean time.
constexpr const char* kZones[] = {"Europe/Berlin",  "America/New_York",    "Europe/Dublin",     "Asia/Kolkata",
                                  "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia",      "America/Sao_Paulo",
                                  "Asia/Gaza",      "America/St_Johns",    "Africa/Casablanca", "Asia/Tehran",
                                  "America/Havana", "Antarctica/Troll",    "Etc/GMT+5",         "Asia/Beirut",
                                  "America/Nuuk",   "Africa/Monrovia",     "Pacific/Kwajalein", "Asia/Manila"};

constexpr int64_t kHour = 3600 * kSecond;

/// The buckets that lie in a span of time, found by walking it minute by minute and watching the clock of the C
/// library.
class WalkedBuckets {
 public:
  WalkedBuckets(int64_t every, int64_t begin) : every_(every), start_(begin) {}
  int64_t step(int64_t ns, int64_t offset) {
    int64_t local = ns + offset, anchor = every_ % (7 * kDay) == 0 ? 4 * kDay : 0;
    int64_t label = (local - anchor) / every_, rest = (local - anchor) % every_;
    bool set_back = known_ && offset < offset_;
    if (!known_) {
      reached_ = label;
    } else if (every_ >= kDay ? label > reached_ : label > last_ || (set_back && rest == 0)) {
      start_ = ns;
      certain_ = true;
    }
    reached_ = std::max(reached_, label);
    last_ = label;
    offset_ = offset;
    known_ = true;
    return start_;
  }
  bool certain() const { return certain_; }

 private:
  int64_t every_, start_, last_ = 0, reached_ = 0, offset_ = 0;
  bool known_ = false, certain_ = false;
};

}  // namespace

TEST_CASE("offsets agree with the C library at random instants and around each change") {
  std::mt19937_64 random(8);
  for (std::string name : kZones) {
    CAPTURE(name);
    auto zone = TimeZone::load(name);
    LibcZone libc(name.c_str());
    // From 1900 to 2200; before, fat and slim files differ in what they say of local mean time.
    for (int i = 0; i < 5000; i++) {
      int64_t seconds = -2208988800 + static_cast<int64_t>(random() % 9467107200u);
      CAPTURE(seconds);
      REQUIRE(zone->offset_at(seconds * kSecond) == libc.offset(seconds) * kSecond);
    }
    int changes = 0;
    for (TimeZone::Period p = zone->period_at(-2208988800 * kSecond); p.end < 4102444800 * kSecond; changes++) {
      int64_t at = p.end / kSecond;
      CAPTURE(at);
      REQUIRE(zone->offset_at(p.end - 1) == libc.offset(at - 1) * kSecond);
      REQUIRE(zone->offset_at(p.end) == libc.offset(at) * kSecond);
      p = zone->period_at(p.end);
    }
    if (name == "Europe/Berlin") CHECK(changes > 250);
  }
}

TEST_CASE("changes of well known zones") {
  const struct {
    const char *zone, *change;
    int before, after;  // minutes
    const char *name_before, *name_after;
  } changes[] = {
      {"Europe/Berlin", "2024-03-31T01:00:00Z", 60, 120, "CET", "CEST"},
      {"Europe/Berlin", "2024-10-27T01:00:00Z", 120, 60, "CEST", "CET"},
      {"Europe/Berlin", "2199-03-31T01:00:00Z", 60, 120, "CET", "CEST"},  // by the rule at the end of the file
      {"America/New_York", "2024-03-10T07:00:00Z", -300, -240, "EST", "EDT"},
      {"America/New_York", "2024-11-03T06:00:00Z", -240, -300, "EDT", "EST"},
      {"America/New_York", "2100-11-07T06:00:00Z", -240, -300, "EDT", "EST"},
      {"Australia/Lord_Howe", "2024-04-06T15:00:00Z", 660, 630, "+11", "+1030"},
      {"Australia/Lord_Howe", "2024-10-05T15:30:00Z", 630, 660, "+1030", "+11"},
      {"America/Nuuk", "2060-03-28T01:00:00Z", -120, -60, "-02", "-01"},  // on the evening before, local time
      {"Asia/Kolkata", "1945-10-14T17:30:00Z", 390, 330, "+0630", "IST"},
  };
  for (auto& c : changes) {
    CAPTURE(std::string(c.zone));
    CAPTURE(std::string(c.change));
    auto zone = TimeZone::load(c.zone);
    int64_t at = parse_time_text(c.change)->ns, minute = 60 * kSecond;
    CHECK(zone->offset_at(at - 1) == c.before * minute);
    CHECK(zone->offset_at(at) == c.after * minute);
    CHECK(zone->abbreviation_at(at - 1) == c.name_before);
    CHECK(zone->abbreviation_at(at) == c.name_after);
    CHECK(zone->period_at(at).begin == at);
    CHECK(zone->period_at(at - 1).end == at);
  }
}

TEST_CASE("the ends of time") {
  for (std::string name : kZones) {
    CAPTURE(name);
    auto zone = TimeZone::load(name);
    CHECK(zone->name() == name);
    TimeZone::Period first = zone->period_at(INT64_MIN), last = zone->period_at(INT64_MAX);
    CHECK(first.begin == INT64_MIN);
    CHECK(last.end == INT64_MAX);
    CHECK(zone->local(INT64_MIN) == (first.offset < 0 ? INT64_MIN : INT64_MIN + first.offset));
    CHECK(zone->local(INT64_MAX) == (last.offset > 0 ? INT64_MAX : INT64_MAX + last.offset));
    CHECK(zone->first_instant(INT64_MIN) == (first.offset > 0 ? INT64_MIN : INT64_MIN - first.offset));
    CHECK(zone->first_instant(INT64_MAX) == (last.offset < 0 ? INT64_MAX : INT64_MAX - last.offset));
    for (TimeZone::Period p = first; p.end != INT64_MAX; p = zone->period_at(p.end)) REQUIRE(p.begin < p.end);
  }
  auto berlin = TimeZone::load("Europe/Berlin");
  CHECK(berlin->offset_at(INT64_MIN) == (53 * 60 + 28) * kSecond);  // local mean time
  CHECK(berlin->abbreviation_at(INT64_MIN) == "LMT");
  CHECK(berlin->offset_at(INT64_MAX) == 2 * kHour);  // April 2262
}

TEST_CASE("a local time that comes twice means the first, one that is skipped the change") {
  auto berlin = TimeZone::load("Europe/Berlin");
  // 2024-10-27: 03:00 CEST is 02:00 CET. 2024-03-31: 02:00 CET is 03:00 CEST.
  auto local = [](const char* text) { return parse_time_text(text)->ns; };
  auto instant = [&](const char* text) { return time_text(berlin->first_instant(local(text))); };
  CHECK(instant("2024-10-27T02:30:00") == "2024-10-27T00:30:00Z");
  CHECK(instant("2024-10-27T03:00:00") == "2024-10-27T02:00:00Z");
  CHECK(instant("2024-03-31T01:59:59") == "2024-03-31T00:59:59Z");
  CHECK(instant("2024-03-31T02:30:00") == "2024-03-31T01:00:00Z");
  CHECK(instant("2024-03-31T03:00:00") == "2024-03-31T01:00:00Z");
  CHECK(instant("2024-06-01T00:00:00") == "2024-05-31T22:00:00Z");
  auto apia = TimeZone::load("Pacific/Apia");  // had no 2011-12-30
  CHECK(time_text(apia->first_instant(local("2011-12-30T00:00:00"))) == "2011-12-30T10:00:00Z");
  CHECK(time_text(apia->first_instant(local("2011-12-31T00:00:00"))) == "2011-12-30T10:00:00Z");
  CHECK(berlin->first_instant(INT64_MAX) > local("2262-04-11T00:00:00"));
  CHECK(berlin->first_instant(INT64_MIN) == INT64_MIN);
}

TEST_CASE("unknown zones are usage errors with a suggestion, and no other file is opened") {
  auto message = [](const char* name) {
    try {
      TimeZone::load(name);
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::usage);
      return e.remedy();
    }
    return std::string("no error");
  };
  CHECK(message("Europe/Berlni") == "did you mean Europe/Berlin?");
  CHECK(message("europe/berlin") == "did you mean Europe/Berlin?");
  CHECK(message("../../../etc/passwd").starts_with("use a name"));
  CHECK(message("/etc/localtime").starts_with("use a name"));
  CHECK(message("zone.tab") != "no error");
  CHECK(message("Europe") != "no error");
  CHECK(message("CEST-2") != "no error");
  CHECK(message("") != "no error");
  CHECK(message("right") != "no error");
  CHECK(message("right/Europe/Berlin") != "no error");
  CHECK(message("posixrules") != "no error");
  CHECK(message("leapseconds") != "no error");
  CHECK(message("localtime") != "no error");
}

TEST_CASE("rules: the forms of POSIX and RFC 8536") {
  for (std::string text :
       {"UTC0", "<-03>3", "EST5EDT,M3.2.0,M11.1.0", "IST-1GMT0,M10.5.0,M3.5.0/1", "EET-2EEST,M3.4.4/50,M10.4.4/50",
        "<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "XXX3EDT4,0/0,J365/23", "<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "A B"}) {
    CAPTURE(text);
    CHECK(ZoneRule::parse(text).has_value() == (text != "A B"));
  }
  for (std::string text :
       {"", "5", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M3.5.0,M10.5.0/3x", "CET-1CEST,M13.5.0,M10.5.0",
        "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J5", "<CET-1", "CET-168"}) {
    CAPTURE(text);
    CHECK_FALSE(ZoneRule::parse(text).has_value());
  }
  auto ny = *ZoneRule::parse("EST5EDT,M3.2.0,M11.1.0");
  CHECK(ny.standard == -5 * 3600);
  CHECK(ny.summer == -4 * 3600);
  CHECK(ny.standard_name == "EST");
  CHECK(ny.summer_name == "EDT");
  CHECK(ZoneRule::parse("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0")->standard_name == "+1030");
  CHECK(time_text(ny.summer_begins.in(2024) * kSecond) == "2024-03-10T02:00:00Z");
  CHECK(time_text(ny.summer_ends.in(2024) * kSecond) == "2024-11-03T02:00:00Z");
  ZoneRule::Date julian{ZoneRule::Date::julian, 0, 0, 60, 0}, day{ZoneRule::Date::day_of_year, 0, 0, 59, 0};
  CHECK(time_text(julian.in(2024) * kSecond) == "2024-03-01T00:00:00Z");
  CHECK(time_text(day.in(2024) * kSecond) == "2024-02-29T00:00:00Z");
}

TEST_CASE("UTC buckets: days at midnight, weeks on Mondays, before 1970 too") {
  auto start = [](const char* every, const char* text) {
    return time_text(Buckets(parse_duration(every), "").floor(parse_time_text(text)->ns));
  };
  CHECK(start("1m", "2024-06-01T12:34:56.789Z") == "2024-06-01T12:34:00Z");
  CHECK(start("250ms", "2024-06-01T12:34:56.789Z") == "2024-06-01T12:34:56.750Z");
  CHECK(start("1d", "2024-06-01T12:34:56Z") == "2024-06-01T00:00:00Z");
  CHECK(start("1d", "1969-12-31T23:59:59.999999999Z") == "1969-12-31T00:00:00Z");
  CHECK(start("1d", "1970-01-01T00:00:00Z") == "1970-01-01T00:00:00Z");
  CHECK(start("1w", "2024-06-01T12:34:56Z") == "2024-05-27T00:00:00Z");
  CHECK(start("1w", "2024-05-27T00:00:00Z") == "2024-05-27T00:00:00Z");
  CHECK(start("1w", "2024-05-26T23:59:59Z") == "2024-05-20T00:00:00Z");
  CHECK(start("1w", "1969-12-31T00:00:00Z") == "1969-12-29T00:00:00Z");
  CHECK(start("2w", "1970-01-04T00:00:00Z") == "1969-12-22T00:00:00Z");
  Buckets day(kDay, "UTC");
  CHECK(day.utc());
  CHECK(day.floor(INT64_MIN) == INT64_MIN);
  CHECK(day.next(INT64_MIN) == parse_time_text("1677-09-22T00:00:00Z")->ns);
  CHECK(day.next(INT64_MAX) == INT64_MAX);
  CHECK(day.next(0) == kDay);
  CHECK(Buckets(INT64_MAX, "").floor(-1) == -INT64_MAX);
  CHECK(TimeForm::unpack(day.form(0)).zone == TimeForm::z);
  CHECK_THROWS_AS(Buckets(0, ""), Error);
  CHECK_THROWS_AS(Buckets(kDay, "Europe/Berlni"), Error);
}

TEST_CASE("UTC buckets against a plain count") {
  std::mt19937_64 random(10);
  for (int i = 0; i < 100000; i++) {
    int64_t every = static_cast<int64_t>(random() >> (random() % 60 + 2)) + 1, ns = static_cast<int64_t>(random()) / 4;
    Buckets b(every, "");
    int64_t start = b.floor(ns), anchor = every % (7 * kDay) == 0 ? 4 * kDay : 0;
    REQUIRE(start <= ns);
    REQUIRE(ns - start < every);
    REQUIRE((start - anchor) % every == 0);
    REQUIRE(b.next(ns) == start + every);
  }
}

TEST_CASE("local buckets, by hand") {
  auto start = [](const char* zone, const char* every, const char* text) {
    Buckets b(parse_bucket_width(every), zone);
    int64_t ns = b.floor(parse_time_text(text)->ns);
    char out[kMaxTimeText];
    return std::string(out, print_time(out, ns, b.form(ns)));
  };
  CHECK(start("Asia/Kolkata", "1h", "2024-06-01T12:10:00Z") == "2024-06-01T17:00:00+05:30");
  CHECK(start("Asia/Kathmandu", "1h", "2024-06-01T12:10:00Z") == "2024-06-01T17:00:00+05:45");
  CHECK(start("Europe/Berlin", "1d", "2024-06-01T22:30:00Z") == "2024-06-02T00:00:00+02:00");
  CHECK(start("Europe/Berlin", "1d", "2024-03-31T12:00:00Z") == "2024-03-31T00:00:00+01:00");
  CHECK(start("Europe/Berlin", "1w", "2024-04-01T12:00:00Z") == "2024-04-01T00:00:00+02:00");
  CHECK(start("Europe/Berlin", "1w", "2024-03-31T21:59:59Z") == "2024-03-25T00:00:00+01:00");
  // The hour that comes twice gives two buckets.
  CHECK(start("Europe/Berlin", "1h", "2024-10-27T00:30:00Z") == "2024-10-27T02:00:00+02:00");
  CHECK(start("Europe/Berlin", "1h", "2024-10-27T01:30:00Z") == "2024-10-27T02:00:00+01:00");
  CHECK(start("Europe/Berlin", "4h", "2024-10-27T01:30:00Z") == "2024-10-27T00:00:00+02:00");
  // The hour that is skipped gives none.
  CHECK(start("Europe/Berlin", "1h", "2024-03-31T01:30:00Z") == "2024-03-31T03:00:00+02:00");
  CHECK(start("Europe/Berlin", "2h", "2024-03-31T01:30:00Z") == "2024-03-31T03:00:00+02:00");
  CHECK(start("Europe/Berlin", "4h", "2024-03-31T01:30:00Z") == "2024-03-31T00:00:00+01:00");
  // Clocks set back at midnight, and a midnight that did not exist.
  CHECK(start("America/Havana", "1d", "2023-11-05T05:30:00Z") == "2023-11-05T00:00:00-04:00");
  CHECK(start("America/Sao_Paulo", "1d", "2018-11-04T12:00:00Z") == "2018-11-04T01:00:00-02:00");
  CHECK(start("Pacific/Apia", "1d", "2011-12-30T12:00:00Z") == "2011-12-31T00:00:00+14:00");
  CHECK(start("Europe/Berlin", "500ms", "2024-06-01T22:30:00.700Z") == "2024-06-02T00:30:00.500+02:00");
}

TEST_CASE("months, by hand") {
  auto bucket = [](const char* zone, const char* every, const char* text) {
    Buckets b(parse_bucket_width(every), zone);
    const int64_t ns = parse_time_text(text)->ns, begin = b.floor(ns), end = b.next(ns);
    CHECK(b.floor(begin) == begin);
    CHECK(b.next(begin) == end);
    CHECK(b.floor(end - 1) == begin);
    CHECK(b.floor(end) == end);
    char out[kMaxTimeText];
    std::string both(out, print_time(out, begin, b.form(begin)));
    return both + " " + std::string(out, print_time(out, end, b.form(end)));
  };
  CHECK(bucket("", "1mo", "2024-02-29T23:59:59.999Z") == "2024-02-01T00:00:00Z 2024-03-01T00:00:00Z");
  CHECK(bucket("", "1mo", "2024-03-01T00:00:00Z") == "2024-03-01T00:00:00Z 2024-04-01T00:00:00Z");
  CHECK(bucket("", "1mo", "1969-12-31T23:59:59Z") == "1969-12-01T00:00:00Z 1970-01-01T00:00:00Z");
  CHECK(bucket("", "3mo", "2024-12-31T00:00:00Z") == "2024-10-01T00:00:00Z 2025-01-01T00:00:00Z");
  CHECK(bucket("", "3mo", "1969-06-15T00:00:00Z") == "1969-04-01T00:00:00Z 1969-07-01T00:00:00Z");
  CHECK(bucket("", "1y", "2024-12-31T23:00:00Z") == "2024-01-01T00:00:00Z 2025-01-01T00:00:00Z");
  CHECK(bucket("", "12mo", "2024-12-31T23:00:00Z") == "2024-01-01T00:00:00Z 2025-01-01T00:00:00Z");
  CHECK(bucket("", "10y", "1969-01-01T00:00:00Z") == "1960-01-01T00:00:00Z 1970-01-01T00:00:00Z");
  CHECK(bucket("Europe/Berlin", "1mo", "2024-02-29T22:59:59Z") ==
        "2024-02-01T00:00:00+01:00 2024-03-01T00:00:00+01:00");
  CHECK(bucket("Europe/Berlin", "1mo", "2024-03-31T21:59:59Z") ==
        "2024-03-01T00:00:00+01:00 2024-04-01T00:00:00+02:00");
  CHECK(bucket("Europe/Berlin", "1mo", "2024-03-31T22:00:00Z") ==
        "2024-04-01T00:00:00+02:00 2024-05-01T00:00:00+02:00");
  CHECK(bucket("Europe/Berlin", "1y", "2024-12-31T23:00:00Z") == "2025-01-01T00:00:00+01:00 2026-01-01T00:00:00+01:00");
  // The clock is set back at midnight on the first day of a month: 00:00 comes twice, and begins one month.
  CHECK(bucket("America/Havana", "1mo", "2020-11-01T04:30:00Z") ==
        "2020-11-01T00:00:00-04:00 2020-12-01T00:00:00-05:00");
  CHECK(bucket("America/Havana", "1mo", "2020-11-01T05:30:00Z") ==
        "2020-11-01T00:00:00-04:00 2020-12-01T00:00:00-05:00");
  Buckets month(parse_bucket_width("1mo"), ""), year(parse_bucket_width("1y"), "");
  CHECK(month.floor(INT64_MIN) == INT64_MIN);
  CHECK(month.next(INT64_MAX) == INT64_MAX);
  CHECK(year.next(INT64_MAX) == INT64_MAX);
  CHECK(year.floor(INT64_MIN) == INT64_MIN);
}

TEST_CASE("days of a month are in its bucket, those around it are not") {
  std::mt19937_64 random(12);
  for (std::string name : {"", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Asia/Gaza"}) {
    Buckets day(kDay, name), month(parse_bucket_width("1mo"), name);
    for (int i = 0; i < 300; i++) {
      const int64_t ns = static_cast<int64_t>(random() % 4102444800u) * kSecond, begin = month.floor(ns);
      int days = 0;
      for (int64_t at = begin; at < month.next(ns); at = day.next(at), days++) CHECK(month.floor(at) == begin);
      const TimeForm form = TimeForm::unpack(day.form(begin));
      const CivilDate date = civil_from_days(floor_div(begin + form.offset * 60 * kSecond, kDay));
      CAPTURE(time_text(ns));
      CHECK(date.day == 1);
      CHECK(days == static_cast<int>(days_in_month(date.year, date.month)));
    }
  }
}

TEST_CASE("widths of buckets: durations, months and years") {
  CHECK(parse_bucket_width("1h30m").ns == 5400 * kSecond);
  CHECK(parse_bucket_width("1m").ns == 60 * kSecond);
  CHECK(parse_bucket_width("3mo").months == 3);
  CHECK(parse_bucket_width("1000y").months == kMaxBucketMonths);
  for (const char* bad :
       {"", "mo", "0mo", "1.5mo", "-1mo", "1mo2d", "1M", "1001y", "12001mo", "9999999mo", "0s", "1 mo"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(parse_bucket_width(bad), Error);
  }
  CHECK_THROWS_WITH_AS(parse_duration("2mo"),
                       "duration '2mo': months and years differ in length; write days or weeks: 30d, 52w", Error);
  CHECK_FALSE(read_duration("1mo"));
}

TEST_CASE("local buckets against a walk with the clock of the C library") {
  const struct {
    const char *zone, *from;
    int days, minutes;  // how far to walk, in steps of how much
  } walks[] = {{"Europe/Berlin", "2024-03-25", 14, 1},
               {"Europe/Berlin", "2024-10-20", 14, 1},
               {"Australia/Lord_Howe", "2024-03-31", 14, 1},
               {"Australia/Lord_Howe", "2024-09-30", 14, 1},
               {"Asia/Kolkata", "2024-01-01", 3, 1},
               {"America/Havana", "2023-10-30", 12, 1},
               {"America/Havana", "2024-03-04", 12, 1},
               {"America/St_Johns", "2006-10-20", 16, 1},
               {"America/St_Johns", "2007-03-05", 12, 1},
               {"America/Sao_Paulo", "2018-10-28", 14, 1},
               {"Pacific/Apia", "2011-12-24", 14, 1},
               {"Africa/Casablanca", "2024-03-05", 45, 15},
               {"Antarctica/Troll", "2024-10-20", 14, 1},
               {"America/New_York", "2024-10-28", 370, 30},
               {"Asia/Gaza", "2023-10-20", 20, 1}};
  for (auto& walk : walks) {
    int64_t begin = parse_time_option(walk.from, 0, ""), step = walk.minutes * 60 * kSecond;
    std::vector<int64_t> offsets;
    {
      LibcZone libc(walk.zone);
      for (int64_t ns = begin; ns < begin + walk.days * kDay; ns += step)
        offsets.push_back(libc.offset(ns / kSecond) * kSecond);
    }
    for (std::string every :
         {"1m", "7m", "15m", "30m", "45m", "1h", "2h", "5h", "6h", "12h", "1d", "36h", "2d", "1w"}) {
      int64_t width = parse_duration(every);
      if (width % step != 0) continue;
      Buckets buckets(width, walk.zone);
      WalkedBuckets walked(width, begin);
      int64_t before = INT64_MIN, boundary = INT64_MIN, wrong = INT64_MIN;
      for (std::size_t i = 0; i < offsets.size() && wrong == INT64_MIN; i++) {
        int64_t ns = begin + static_cast<int64_t>(i) * step;
        int64_t want = walked.step(ns, offsets[i]), got = buckets.floor(ns);
        bool right = got <= ns && got >= before && (!walked.certain() || got == want);
        if (got != before) {
          right = right && buckets.floor(got) == got && (boundary == INT64_MIN || got == boundary);
          boundary = buckets.next(ns);
          right = right && boundary > ns && buckets.floor(boundary) == boundary && buckets.floor(boundary - 1) == got &&
                  buckets.next(got) == boundary;
        }
        before = got;
        if (!right) wrong = ns;
      }
      CAPTURE(std::string(walk.zone));
      CAPTURE(every);
      CAPTURE(time_text(wrong));
      CHECK(wrong == INT64_MIN);
    }
  }
}

TEST_CASE("local buckets stay monotone at random instants of all times") {
  std::mt19937_64 random(11);
  for (std::string name : kZones) {
    CAPTURE(name);
    for (int64_t every : {kSecond, 900 * kSecond, kHour, 6 * kHour, kDay, 7 * kDay, 30 * kDay, 3650 * kDay}) {
      Buckets b(every, name);
      for (int i = 0; i < 300; i++) {
        auto ns = static_cast<int64_t>(random());
        int64_t start = b.floor(ns), next = b.next(ns);
        CAPTURE(ns);
        REQUIRE(start <= ns);
        if (start > INT64_MIN + 60 * kDay) REQUIRE(b.floor(start) == start);
        REQUIRE((next > ns || next == INT64_MAX));
        if (start > INT64_MIN + 60 * kDay) REQUIRE(b.floor(start - 1) < start);
        if (next < INT64_MAX - 60 * kDay) REQUIRE(b.floor(next) == next);
      }
      b.floor(INT64_MIN);
      b.floor(INT64_MAX);
      b.next(INT64_MIN);
      b.next(INT64_MAX);
      b.form(INT64_MIN);
    }
  }
}
