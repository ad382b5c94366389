// Parts of times in a zone, buckets, durations.
#include <cmath>

#include "base/civil.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "base/time_zone.h"
#include "expr/elementwise.h"
#include "expr/expression.h"
#include "expr/time_parts.h"

namespace ev {

std::optional<int64_t> ns_of_seconds(const Value& seconds) {
  if (seconds.type == Type::float64) {
    const long double ns = std::round(static_cast<long double>(float_of(seconds)) * 1e9L);
    if (!(ns >= -0x1p63L && ns < 0x1p63L)) return std::nullopt;
    return static_cast<int64_t>(ns);
  }
  const int128 ns = integer_of(seconds) * kSecond;
  if (ns < INT64_MIN || ns > INT64_MAX) return std::nullopt;
  return static_cast<int64_t>(ns);
}

uint32_t form_after(uint32_t form, int64_t ns, int64_t result) {
  const TimeForm f = TimeForm::unpack(form);
  constexpr int64_t kUnits[] = {kSecond, 1'000'000, 1'000, 1};
  int64_t step = kSecond;  // what the form shows
  if (f.kind == TimeForm::epoch || f.kind == TimeForm::epoch_string) {
    step = kUnits[f.unit];
  } else {
    // A local time without its offset would no longer be that of its zone where the clock changes in between.
    const bool shows_zone = f.kind != TimeForm::iso || f.zone != TimeForm::none;
    if (!shows_zone || (f.kind == TimeForm::iso && f.unit != TimeForm::seconds)) return default_form(result);
    const int64_t unit = f.kind == TimeForm::iso ? kSecond : kUnits[f.unit];
    step = unit;
    for (unsigned i = 0; i < f.digits; i++) step /= 10;
  }
  return step > 0 && ns % step == 0 ? form : default_form(result);
}

namespace {

struct ZoneBound : Bound {
  std::shared_ptr<const TimeZone> zone;  // nullptr: UTC
  int64_t local(int64_t ns) const { return zone ? zone->local(ns) : ns; }
};

/// The zone that an argument names, else that of the options.
std::string zone_name(const BindContext& context, std::size_t argument) {
  if (argument >= context.arguments.size()) return context.options.timezone;
  return std::string(context.arguments[argument].text);
}

std::shared_ptr<const Bound> bind_zone(const BindContext& context) {
  auto bound = std::make_shared<ZoneBound>();
  const std::string name = zone_name(context, 1);
  if (TimeZone::is_utc(name)) return bound;
  try {
    bound->zone = TimeZone::load(name);
  } catch (const Error& error) {
    context.fail(context.arguments.size() > 1 ? 1 : 0, error.what());
  }
  return bound;
}

struct LocalTime {
  CivilDate date;
  int64_t day;     // since 1970-01-01
  int64_t second;  // of the day
};
LocalTime local_time(int64_t local_ns) {
  const int64_t day = floor_div(local_ns, kDay);
  return {civil_from_days(day), day, (local_ns - day * kDay) / kSecond};
}

/// `part` gives an integer of a LocalTime.
template <auto part>
void part_of_time(Call& call) {
  const auto& bound = *static_cast<const ZoneBound*>(call.bound);
  compute_values(call, [&](const Computing&, std::span<const Value> values) {
    return int_value(part(local_time(bound.local(static_cast<int64_t>(values[0].word)))));
  });
}

constexpr auto kYear = [](const LocalTime& t) -> int64_t { return t.date.year; };
constexpr auto kMonth = [](const LocalTime& t) -> int64_t { return t.date.month; };
constexpr auto kDayOfMonth = [](const LocalTime& t) -> int64_t { return t.date.day; };
constexpr auto kHour = [](const LocalTime& t) -> int64_t { return t.second / 3600; };
constexpr auto kMinute = [](const LocalTime& t) -> int64_t { return t.second / 60 % 60; };
constexpr auto kSecondOfMinute = [](const LocalTime& t) -> int64_t { return t.second % 60; };
constexpr auto kWeekday = [](const LocalTime& t) -> int64_t { return 1 + (t.day + 3 - floor_div(t.day + 3, 7) * 7); };
constexpr auto kDayOfYear = [](const LocalTime& t) -> int64_t {
  return 1 + t.day - days_from_civil({t.date.year, 1, 1});
};

struct BucketBound : Bound {
  explicit BucketBound(Buckets b) : buckets(std::move(b)) {}
  Buckets buckets;
};

std::shared_ptr<const Bound> bind_bucket(const BindContext& context) {
  const Value& width = context.arguments[1];
  std::optional<BucketWidth> wanted;
  if (width.type == Type::string) {
    wanted = read_bucket_width(width.text);
  } else if (const std::optional<int64_t> ns = ns_of_seconds(width); ns && *ns > 0) {
    wanted = BucketWidth{*ns, 0};
  }
  if (!wanted)
    context.fail(1, "the width of the buckets is no duration above zero", "write 30s, 5m, 1h, 1d or \"1mo\"");
  try {
    return std::make_shared<BucketBound>(Buckets(*wanted, zone_name(context, 2)));
  } catch (const Error& error) {
    context.fail(context.arguments.size() > 2 ? 2 : 0, error.what());
  }
}

void bucket(Call& call) {
  const Buckets& buckets = static_cast<const BucketBound*>(call.bound)->buckets;
  compute_values(call, [&](const Computing&, std::span<const Value> values) {
    const int64_t begin = buckets.floor(static_cast<int64_t>(values[0].word));
    return time_value(begin, buckets.form(begin));
  });
}

void epoch(Call& call) {
  const Vector* unit = call.arguments.size() > 1 ? call.arguments[1] : nullptr;
  const std::string_view name = unit ? unit->value(0).text : std::string_view("s");
  const int64_t ns = name == "s" ? kSecond : name == "ms" ? 1'000'000 : name == "us" ? 1'000 : 1;
  compute_values(call, [&](const Computing&, std::span<const Value> values) {
    return int_value(floor_div(static_cast<int64_t>(values[0].word), ns));
  });
}

std::shared_ptr<const Bound> check_epoch(const BindContext& context) {
  if (context.arguments.size() < 2) return nullptr;
  const std::string_view unit = context.arguments[1].text;
  if (unit != "s" && unit != "ms" && unit != "us" && unit != "ns")
    context.fail(1, concat("there is no unit ", unit), "the units are \"s\", \"ms\", \"us\" and \"ns\"");
  return nullptr;
}

void duration(Call& call) {
  compute_values(call, [](const Computing& computing, std::span<const Value> values) {
    const std::optional<int64_t> ns = read_duration(values[0].text);
    if (!ns) return computing.fail(kUnreadable);
    return float_value(static_cast<double>(static_cast<long double>(*ns) / 1e9L));
  });
}

template <auto part>
constexpr Function part_function(std::string_view name, std::string_view usage) {
  return {name, usage, 1, 2, {kTime, kText, kText}, kInteger, 0b10, part_of_time<part>, bind_zone};
}
constexpr std::array<Function, 11> kFunctions = {
    {part_function<kYear>("year", "year(time[, zone])"),
     part_function<kMonth>("month", "month(time[, zone])"),
     part_function<kDayOfMonth>("day", "day(time[, zone])"),
     part_function<kHour>("hour", "hour(time[, zone])"),
     part_function<kMinute>("minute", "minute(time[, zone])"),
     part_function<kSecondOfMinute>("second", "second(time[, zone])"),
     part_function<kWeekday>("weekday", "weekday(time[, zone])"),
     part_function<kDayOfYear>("yearday", "yearday(time[, zone])"),
     {"bucket",
      "bucket(time, width[, zone])",
      2,
      3,
      {kTime, kNumber | kText, kText},
      kTime,
      0b110,
      bucket,
      bind_bucket},
     {"epoch", "epoch(time[, unit])", 1, 2, {kTime, kText, kText}, kInteger, 0b10, epoch, check_epoch},
     {"duration", "duration(text)", 1, 1, {kText, kText, kText}, kFloat, 0, duration, nullptr}}};

}  // namespace

std::span<const Function> time_functions() {
  return kFunctions;
}

}  // namespace ev
