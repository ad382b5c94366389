// Values of text on their way to another type than their own.
#pragma once

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "text/field_types.h"
#include "text/json_number.h"
#include "text/time_rules.h"

namespace ev {

/// One per parser.
class ValueConverter {
 public:
  /// Frees the texts that were made.
  void start_unit() { texts_.clear(); }
  /// The value as one of the kinds, or as it is where it is of one of them already or can become none. Of a time,
  /// `length` is the packed form. `raw` is the value as it stands in the text. What the result points to lives as long
  /// as what the value points to, or until start_unit(). Requires: not null.
  Scalar convert(const Scalar& value, std::string_view raw, std::span<const ValueKind> kinds, const TimeRules& rules);

 private:
  std::optional<Scalar> make(ValueKind kind, const Scalar& value, std::string_view raw, const TimeRules& rules);
  std::optional<Scalar> make_json(const Scalar& value);
  Scalar keep(std::string text, Type type);

  std::deque<std::string> texts_;  // never move
};

/// A whole number that is written with digits alone, or with a point or an exponent and nothing but zeros behind it:
/// "007", "+5", "1e3", "5.0". Spaces around it do not count. Nullopt where neither int64 nor uint64 holds it.
std::optional<Scalar> whole_number(std::string_view text);
/// The double nearest to a decimal number; leading zeros, a plus and spaces around it are no harm.
std::optional<Scalar> nearest_double(std::string_view text);
/// true, t, yes, y, on, 1 and their opposites, in upper or lower case.
std::optional<Scalar> truth_value(std::string_view text);

}  // namespace ev
