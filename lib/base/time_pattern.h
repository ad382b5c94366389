// Instants as text in a format that a person names: patterns of strftime(3).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ev {

class TimeZone;

/// A compiled pattern. Immutable; any number of threads may use it. Names are English; no text has a space in it that
/// the pattern has not.
/// - Date: %Y %C %y %m %b %B %h %d %j %a %A %u %w; %F is %Y-%m-%d. Weeks: %G %g %V of ISO 8601, %U %W.
/// - Time of day: %H %I %p %M %S; %T is %H:%M:%S, %R %H:%M. %s is seconds since the epoch.
/// - Zone: %z is +hhmm, %Z a name. %% is a percent sign.
class TimePattern {
 public:
  /// `zone` nullptr is UTC. Throws Error(usage) for a pattern that is none; its place is "column N", counted from
  /// `column`, that of the first character.
  explicit TimePattern(std::string_view pattern, std::shared_ptr<const TimeZone> zone = nullptr,
                       std::size_t column = 1);

  /// Appends the text of the instant.
  void print(int64_t ns, std::string& out) const;

  /// Instants around `ns` that print alike. Any two ranges are the same or have no instant in common.
  struct Range {
    int64_t begin, end;  // [begin, end); `end` belongs to it where it is INT64_MAX
    bool holds(int64_t ns) const { return ns >= begin && (ns < end || end == INT64_MAX); }
  };
  Range range_of(int64_t ns) const;

  const std::string& pattern() const { return pattern_; }

 private:
  std::string pattern_;
  std::shared_ptr<const TimeZone> zone_;
  int64_t unit_;  // ns of local time in which nothing changes that the pattern prints
};

}  // namespace ev
