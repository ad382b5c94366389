#include "base/time_zone.h"

#include <date/tz.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "base/zone_rule.h"

namespace ev {

int64_t saturating_add(int64_t a, int64_t b) {
  int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? INT64_MIN : INT64_MAX;
}

namespace {

// Where the date library, as built to read the system's files, looks for them.
constexpr const char* kDatabase = "/usr/share/zoneinfo";
constexpr int64_t kMaxOffset = 26 * 3600 * kSecond;  // RFC 8536 asks for less than 26 hours
constexpr int64_t kFirstSecond = -9223372037, kLastSecond = 9223372036;
constexpr int32_t kFirstYear = 1677, kLastYear = 2262;

const date::tzdb& database() {
  try {
    const date::tzdb& db = date::get_tzdb();
    if (!db.zones.empty()) return db;
  } catch (const std::runtime_error&) {
    // It found no folder, or none of the files that it reads beside the zones.
  }
  throw Error(ErrorKind::no_input, kDatabase, "no time zone database", "install the package tzdata");
}

/// The zones of the database, without those that the library lists beside them ("localtime", "posixrules").
bool is_zone_name(std::string_view name) {
  return !name.empty() && name[0] >= 'A' && name[0] <= 'Z';
}

[[noreturn]] void unknown_zone(const std::string& name, const date::tzdb& db) {
  std::vector<std::string> names;
  for (const date::time_zone& zone : db.zones)
    if (is_zone_name(zone.name())) names.push_back(zone.name());
  auto near = nearest(name, names);
  throw Error(ErrorKind::usage, concat("time zone '", escape_controls(name), "'"), "no such zone",
              near ? concat("did you mean ", *near, "?") : "use a name such as Europe/Berlin, America/New_York or UTC");
}

const date::time_zone& find_zone(const std::string& name) {
  const date::tzdb& db = database();
  if (!is_zone_name(name)) unknown_zone(name, db);
  try {
    return *date::locate_zone(name);
  } catch (const std::runtime_error&) {
    unknown_zone(name, db);
  }
}

/// A span of time in seconds, up to the next one.
struct Span {
  int64_t begin;
  int64_t offset;
  std::string name;
};

/// What the file lists. For later times the library goes on with the last offset.
std::vector<Span> listed_spans(const date::time_zone& zone) {
  std::vector<Span> spans;
  for (int64_t at = kFirstSecond;;) {
    date::sys_info info = zone.get_info(date::sys_seconds{std::chrono::seconds{at}});
    spans.push_back({spans.empty() ? INT64_MIN : at, info.offset.count(), info.abbrev});
    int64_t end = info.end.time_since_epoch().count();
    if (end <= at || end > kLastSecond) return spans;
    at = end;
  }
}

/// The rule for times after the last change, which the library does not read: the last line of the file (RFC 8536,
/// 3.3). Nullopt where the file has none.
std::optional<ZoneRule> rule_of(const std::string& name) {
  std::ifstream in(std::filesystem::path(kDatabase) / name, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (!bytes.ends_with('\n')) return std::nullopt;
  bytes.pop_back();
  return ZoneRule::parse(std::string_view(bytes).substr(bytes.rfind('\n') + 1));
}

void extend(std::vector<Span>& spans, const ZoneRule& rule) {
  if (!rule.has_summer) return;
  int64_t from = spans.back().begin;
  std::vector<Span> yearly;
  for (int32_t year = kFirstYear; year <= kLastYear; year++) {
    yearly.push_back({rule.summer_begins.in(year)-rule.standard, rule.summer, rule.summer_name});
    yearly.push_back({rule.summer_ends.in(year)-rule.summer, rule.standard, rule.standard_name});
  }
  // Where summer time never ends ("XXX3EDT4,0/0,J365/23"), its end and its next beginning fall on one instant.
  std::stable_sort(yearly.begin(), yearly.end(), [](const Span& a, const Span& b) { return a.begin < b.begin; });
  for (Span& span : yearly) {
    if (span.begin <= from) continue;
    if (span.begin == spans.back().begin) spans.pop_back();
    spans.push_back(std::move(span));
  }
}

}  // namespace

std::shared_ptr<const TimeZone> TimeZone::load(const std::string& name) {
  const date::time_zone& found = find_zone(name);
  std::vector<Span> spans = listed_spans(found);
  if (auto rule = rule_of(found.name())) extend(spans, *rule);
  auto zone = std::make_shared<TimeZone>();
  zone->name_ = name;
  for (const Span& span : spans) {
    int64_t offset = span.offset * kSecond;
    if (offset <= -kMaxOffset || offset >= kMaxOffset)
      throw Error(ErrorKind::corrupt, concat(kDatabase, "/", name), "an offset of days");
    if (span.begin > kLastSecond) break;
    if (!zone->offsets_.empty() && span.begin <= kFirstSecond) {  // what holds at the beginning of time
      zone->offsets_.back() = offset;
      zone->names_.back() = span.name;
      continue;
    }
    if (!zone->offsets_.empty()) {
      if (zone->offsets_.back() == offset && zone->names_.back() == span.name) continue;
      zone->changes_.push_back(span.begin * kSecond);
    }
    zone->offsets_.push_back(offset);
    zone->names_.push_back(span.name);
  }
  return zone;
}

std::size_t TimeZone::number_at(int64_t ns) const {
  return static_cast<std::size_t>(std::upper_bound(changes_.begin(), changes_.end(), ns) - changes_.begin());
}

TimeZone::Period TimeZone::period_at(int64_t ns) const {
  std::size_t i = number_at(ns);
  return {i == 0 ? INT64_MIN : changes_[i - 1], i == changes_.size() ? INT64_MAX : changes_[i], offsets_[i]};
}

int64_t TimeZone::local(int64_t ns) const {
  return saturating_add(ns, offset_at(ns));
}

int64_t TimeZone::first_instant(int64_t local_ns) const {
  // No zone is 26 hours from UTC: before `early` its clock cannot have shown so late a time.
  int64_t early = saturating_add(local_ns, -kMaxOffset);
  for (Period p = period_at(early);; p = period_at(p.end)) {
    int64_t at = std::max(p.begin, saturating_add(local_ns, -p.offset));
    if (at < p.end || p.end == INT64_MAX) return at;
  }
}

}  // namespace ev
