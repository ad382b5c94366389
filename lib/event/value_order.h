// The order of values of all types: of keys in a result, and for min and max.
#pragma once

#include <bit>
#include <cstdint>
#include <string_view>

#include "event/batch.h"

namespace ev {

/// null < bool < number < time < string < bytes < json < state. Numbers of all types, also those that are json text,
/// compare by their exact value, and equal ones by type (int, uint, float, json), -0.0 before 0.0; NaN is the largest
/// number. Texts compare by bytes. A total order; times are ordered by instant, then form. Returns < 0, 0 or > 0.
int compare_values(const Value& a, const Value& b);

/// The order of two numbers (int, uint, float, json text of a number) by their exact values alone: 1 and 1.0 are equal, so
/// are -0.0 and 0.0. NaN is the largest and equal to itself.
int compare_numbers(const Value& a, const Value& b);

/// Whether a json text is a number.
inline bool is_json_number(std::string_view text) {
  return !text.empty() && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9'));
}

/// The double next to the number that a json text is, infinite beyond all of them; NaN where it is none.
double json_number(std::string_view text);

inline constexpr uint64_t kSignBit = uint64_t{1} << 63;

/// The one NaN for all NaNs.
inline uint64_t canonical_float(uint64_t bits) {
  constexpr uint64_t kInfinity = uint64_t{0x7ff} << 52;
  return (bits & ~kSignBit) > kInfinity ? kInfinity | uint64_t{1} << 51 : bits;
}

/// The word of a value of a word type as a number whose unsigned order is that of the values.
template <Type type>
uint64_t ordered_word(uint64_t word) {
  if constexpr (type == Type::int64 || type == Type::time) {
    return word ^ kSignBit;
  } else if constexpr (type == Type::float64) {
    word = canonical_float(word);
    return word & kSignBit ? ~word : word | kSignBit;
  } else {
    return word;
  }
}
/// The inverse of ordered_word().
template <Type type>
uint64_t word_of_ordered(uint64_t ordered) {
  if constexpr (type == Type::int64 || type == Type::time) {
    return ordered ^ kSignBit;
  } else if constexpr (type == Type::float64) {
    return ordered & kSignBit ? ordered & ~kSignBit : ~ordered;
  } else {
    return ordered;
  }
}

}  // namespace ev
