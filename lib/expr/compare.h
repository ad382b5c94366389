// Comparison of values by the rules of expressions.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>

#include "expr/function.h"

namespace ev {

enum class Comparison : uint8_t { equal, unequal, less, at_most, greater, at_least };

/// "==" and so on; nullopt for anything else.
std::optional<Comparison> comparison_of(std::string_view symbol);

/// What a comparison gives where `a` stands to `b` as `order` says: below, equal or above.
constexpr bool holds(Comparison comparison, int order) {
  switch (comparison) {
    case Comparison::equal:
      return order == 0;
    case Comparison::unequal:
      return order != 0;
    case Comparison::less:
      return order < 0;
    case Comparison::at_most:
      return order <= 0;
    case Comparison::greater:
      return order > 0;
    case Comparison::at_least:
      return order >= 0;
  }
  return false;
}
/// b against a in place of a against b.
constexpr Comparison mirrored(Comparison comparison) {
  switch (comparison) {
    case Comparison::less:
      return Comparison::greater;
    case Comparison::at_most:
      return Comparison::at_least;
    case Comparison::greater:
      return Comparison::less;
    case Comparison::at_least:
      return Comparison::at_most;
    default:
      return comparison;
  }
}

/// How two values that are not null stand to each other.
struct Relation {
  enum Kind : uint8_t { ordered, unordered, across_types } kind;  // unordered: NaN is among them
  int order = 0;
};
/// Numbers of all types compare by their exact values, string with bytes, all others with their own type only.
Relation relate(const Value& a, const Value& b);

/// The instant that a constant means where it is compared with a time: a text as an option would take it, a number as
/// an epoch of the unit that its size tells. nullopt where it means none.
std::optional<int64_t> time_meant(const Value& constant, const ExpressionOptions& options);

}  // namespace ev
