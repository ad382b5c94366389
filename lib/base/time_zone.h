// Time zones of the IANA database: when a zone was how far from UTC.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ev {

/// Immutable; any number of threads may use it.
class TimeZone {
 public:
  /// A span of time with one offset: [begin, end) in ns since the epoch. The first begins at INT64_MIN, the last ends
  /// at INT64_MAX (inclusive there). Neighbours differ in the offset or in the abbreviation.
  struct Period {
    int64_t begin, end;
    int64_t offset;  // ns to add to UTC to get local time
  };

  /// Reads the zone from the system's database (/usr/share/zoneinfo); no zone is read before it is asked for. Throws
  /// Error(usage) for a name it does not hold, Error(no_input) without a database.
  static std::shared_ptr<const TimeZone> load(const std::string& name);
  /// Whether the name means UTC, for which no zone is needed: "", "UTC", "Etc/UTC", "Z".
  static bool is_utc(std::string_view name) {
    return name.empty() || name == "UTC" || name == "Etc/UTC" || name == "Z";
  }

  const std::string& name() const { return name_; }
  Period period_at(int64_t ns) const;
  int64_t offset_at(int64_t ns) const { return period_at(ns).offset; }
  /// What the clock was called: "CET", "EST", "+0530".
  std::string_view abbreviation_at(int64_t ns) const { return names_[number_at(ns)]; }
  /// Local time as ns since local 1970-01-01T00:00, saturating at the ends of time.
  int64_t local(int64_t ns) const;
  /// The first instant at which the local clock shows `local_ns` or more, saturating at the ends of time: a local time
  /// that a change skips gives the instant of the change, one that comes twice the first.
  int64_t first_instant(int64_t local_ns) const;

 private:
  std::size_t number_at(int64_t ns) const;

  std::string name_;
  std::vector<int64_t> changes_;  // ascending; offsets_[i] holds before changes_[i], offsets_.back() after the last
  std::vector<int64_t> offsets_;
  std::vector<std::string> names_;  // of offsets_
};

int64_t saturating_add(int64_t a, int64_t b);
inline constexpr int64_t kDay = int64_t{86400} * 1'000'000'000;

}  // namespace ev
