// Times in a format that a person names: patterns of strptime(3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ev {

class TimeZone;

/// A compiled pattern. Immutable; any number of threads may use it.
/// - Date: %Y %y %m %b %B %h %d %e %j %a %A; %F is %Y-%m-%d, %D and %x %m/%d/%y. Names are English, in any case. The
/// day
///   of the week must fit the date.
/// - Time of day: %H %k %I %l %M %S %p %f; %T and %X are %H:%M:%S, %R %H:%M, %r %I:%M:%S %p. Without any: midnight. %S
///   takes a fraction too, after a point or a comma, unless the pattern has %f: one to nine digits of a fraction.
/// - Both: %c is %a %b %e %H:%M:%S %Y, %s seconds since the epoch.
/// - Zone: %z is Z, +hh, +hhmm or +hh:mm, %Z a name: UTC, GMT, UT, Z, or one that the assumed zone has at that time.
/// - %n, %t and white space match any white space, also none; %% is a percent sign.
/// - %C %g %G %u %U %V %w %W (centuries and weeks) are read by the date library; %s and %f do not go with them.
/// Numbers may lack leading zeros, but %Y has four digits.
class TimeFormat {
 public:
  /// `year` is that of the dates if the pattern has none ("%b %d %H:%M:%S"). Throws Error(usage) for a pattern that is
  /// none, or that does not tell a time.
  explicit TimeFormat(std::string_view pattern, std::optional<int32_t> year = std::nullopt);

  /// The instant in ns, if the whole text matches. A text without a zone is in `assumed` (nullptr: UTC): a local time
  /// that comes twice means the first, one that a change of the clock skips the instant of the change.
  std::optional<int64_t> parse(std::string_view text, const TimeZone* assumed) const;

  const std::string& pattern() const { return pattern_; }

 private:
  /// A directive, its letter, or a character that must be there: ' ' for any white space.
  struct Step {
    bool directive;
    char letter;
  };
  void compile(std::string_view pattern);
  void add_directive(char letter);
  void check_complete() const;
  void check_library() const;
  bool has(std::string_view letters) const;
  [[noreturn]] void fail(std::string_view what, std::string_view remedy) const;

  std::string pattern_;
  std::optional<int32_t> year_;
  std::vector<Step> steps_;
  bool by_library_ = false;
  bool split_fraction_ = false;  // %f is there
};

}  // namespace ev
