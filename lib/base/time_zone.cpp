#include "base/time_zone.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/bytes.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "base/zone_rule.h"

namespace ev {

namespace fs = std::filesystem;

int64_t saturating_add(int64_t a, int64_t b) {
  int64_t sum;
  if (!__builtin_add_overflow(a, b, &sum)) return sum;
  return b < 0 ? INT64_MIN : INT64_MAX;
}

namespace {

constexpr std::size_t kMaxZoneBytes = std::size_t{1} << 20;
constexpr int64_t kMaxOffsetSeconds = 26 * 3600;  // RFC 8536 asks for less than 26 hours
constexpr int32_t kFirstYear = 1677, kLastYear = 2262;

fs::path database() {
  if (const char* folder = std::getenv("TZDIR"); folder && *folder) return folder;
  return "/usr/share/zoneinfo";
}

/// Names of the database that a person may have meant.
std::vector<std::string> zone_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code ec;
  auto files = fs::recursive_directory_iterator(folder, fs::directory_options::skip_permission_denied, ec);
  for (; !ec && files != fs::recursive_directory_iterator(); files.increment(ec)) {
    std::string name = files->path().lexically_relative(folder).string();
    if (files->is_directory(ec)) {
      if (name == "posix" || name == "right") files.disable_recursion_pending();
    } else if (name[0] >= 'A' && name[0] <= 'Z') {
      names.push_back(name);
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// Names are relative paths of letters, digits and _ + -; nothing else is ever opened.
bool plain_name(std::string_view name) {
  if (name.size() > 100 || name.front() == '/') return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '+' ||
           c == '-' || c == '/';
  });
}

[[noreturn]] void unknown_zone(const std::string& name, const fs::path& folder) {
  std::error_code ec;
  if (!fs::is_directory(folder, ec))
    throw Error(ErrorKind::no_input, folder.string(), "no time zone database", "install the package tzdata");
  auto near = nearest(name, zone_names(folder));
  throw Error(ErrorKind::usage, concat("time zone '", escape_controls(name), "'"), "no such zone",
              near ? concat("did you mean ", *near, "?") : "use a name such as Europe/Berlin, America/New_York or UTC");
}

template <class T>
T big_endian(ByteReader& in) {
  T value = in.read<T>();
  if constexpr (sizeof(T) == 8) value = static_cast<T>(__builtin_bswap64(static_cast<uint64_t>(value)));
  if constexpr (sizeof(T) == 4) value = static_cast<T>(__builtin_bswap32(static_cast<uint32_t>(value)));
  return value;
}

struct TzifCounts {
  uint32_t isut, isstd, leap, time, type, chars;
  std::size_t body(std::size_t word) const {
    return std::size_t{time} * (word + 1) + std::size_t{type} * 6 + chars + std::size_t{leap} * (word + 4) + isstd +
           isut;
  }
};

TzifCounts read_header(ByteReader& in) {
  if (in.left() < 44 || in.text(4) != "TZif") in.fail("no time zone file");
  if (in.read<uint8_t>() < '2') in.fail("time zone file of version 1");
  in.take(15);
  TzifCounts n{};
  for (uint32_t* count : {&n.isut, &n.isstd, &n.leap, &n.time, &n.type, &n.chars}) *count = big_endian<uint32_t>(in);
  return n;
}

/// The history of a zone while it is built, in seconds.
struct History {
  int64_t first_offset = 0;
  std::vector<std::pair<int64_t, int64_t>> changes;  // instant, offset from it on
};

/// Adds the changes of the rule after the last one of the file.
void extend(History& history, const ZoneRule& rule) {
  int64_t from = history.changes.empty() ? INT64_MIN : history.changes.back().first;
  if (!rule.has_summer) {
    if (history.changes.empty()) history.first_offset = rule.standard;
    return;
  }
  std::vector<std::pair<int64_t, int64_t>> yearly;
  for (int32_t year = kFirstYear; year <= kLastYear; year++) {
    yearly.emplace_back(rule.summer_begins.in(year)-rule.standard, rule.summer);
    yearly.emplace_back(rule.summer_ends.in(year)-rule.summer, rule.standard);
  }
  // Where summer time never ends ("XXX3EDT4,0/0,J365/23"), its end and its next beginning fall on one instant.
  std::stable_sort(yearly.begin(), yearly.end(), [](auto& a, auto& b) { return a.first < b.first; });
  for (auto& change : yearly)
    if (change.first > from) history.changes.push_back(change);
}

History read_history(std::span<const uint8_t> bytes, std::string_view name) {
  ByteReader in(bytes, name);
  TzifCounts n = read_header(in);
  in.take(n.body(4));
  n = read_header(in);
  if (n.leap != 0) in.fail("a zone that counts leap seconds");
  if (n.type == 0 || n.type > 256) in.fail("no types of local time");
  ByteReader times(in.take(std::size_t{n.time} * 8), name), indexes(in.take(n.time), name);
  std::vector<int64_t> offsets;
  for (uint32_t i = 0; i < n.type; i++) {
    offsets.push_back(big_endian<int32_t>(in));
    if (offsets.back() <= -kMaxOffsetSeconds || offsets.back() >= kMaxOffsetSeconds) in.fail("an offset of days");
    in.take(2);
  }
  in.take(std::size_t{n.chars} + n.isstd + n.isut);
  History history;
  history.first_offset = offsets[0];
  for (uint32_t i = 0; i < n.time; i++) {
    auto at = big_endian<int64_t>(times);
    auto type = indexes.read<uint8_t>();
    if (type >= offsets.size()) in.fail("a type that is not there");
    if (!history.changes.empty() && at <= history.changes.back().first) in.fail("changes out of order");
    history.changes.emplace_back(at, offsets[type]);
  }
  std::string_view footer = as_text(in.rest());
  if (footer.size() < 2 || footer.front() != '\n' || footer.back() != '\n') in.fail("no footer");
  footer = footer.substr(1, footer.size() - 2);
  if (!footer.empty()) {
    auto rule = ZoneRule::parse(footer);
    if (!rule) in.fail("a footer that is no rule");
    extend(history, *rule);
  }
  return history;
}

}  // namespace

std::shared_ptr<const TimeZone> TimeZone::from_tzif(std::span<const uint8_t> bytes, std::string_view name) {
  History history = read_history(bytes, name);
  auto zone = std::make_shared<TimeZone>();
  zone->name_ = name;
  int64_t offset = history.first_offset;
  zone->offsets_.push_back(offset * kSecond);
  for (auto [at, after] : history.changes) {
    int64_t ns;
    bool outside = __builtin_mul_overflow(at, kSecond, &ns);
    if (outside && at > 0) break;
    if (outside) {
      zone->offsets_.back() = after * kSecond;  // before the first instant: what holds at the beginning of time
    } else if (!zone->changes_.empty() && zone->changes_.back() == ns) {
      zone->offsets_.back() = after * kSecond;
    } else if (after != offset) {
      zone->changes_.push_back(ns);
      zone->offsets_.push_back(after * kSecond);
    }
    offset = after;
  }
  return zone;
}

std::shared_ptr<const TimeZone> TimeZone::load(const std::string& name) {
  fs::path folder = database();
  if (name.empty() || !plain_name(name)) unknown_zone(name, folder);
  fs::path file = folder / name;
  std::error_code ec;
  if (!fs::is_regular_file(file, ec)) unknown_zone(name, folder);
  std::ifstream in(file, std::ios::binary);
  std::string bytes(kMaxZoneBytes, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  if (!bytes.starts_with("TZif")) unknown_zone(name, folder);  // zone.tab and its like
  return from_tzif(as_bytes(bytes), file.string());
}

TimeZone::Period TimeZone::period_at(int64_t ns) const {
  auto i = static_cast<std::size_t>(std::upper_bound(changes_.begin(), changes_.end(), ns) - changes_.begin());
  return {i == 0 ? INT64_MIN : changes_[i - 1], i == changes_.size() ? INT64_MAX : changes_[i], offsets_[i]};
}

int64_t TimeZone::local(int64_t ns) const {
  return saturating_add(ns, offset_at(ns));
}

int64_t TimeZone::first_instant(int64_t local_ns) const {
  // No zone is 26 hours from UTC: before `early` its clock cannot have shown so late a time.
  int64_t early = saturating_add(local_ns, -kMaxOffsetSeconds * kSecond);
  for (Period p = period_at(early);; p = period_at(p.end)) {
    int64_t at = std::max(p.begin, saturating_add(local_ns, -p.offset));
    if (at < p.end || p.end == INT64_MAX) return at;
  }
}

}  // namespace ev
