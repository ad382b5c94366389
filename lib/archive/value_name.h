// A value as the name of a file or folder: what stands for {FIELD} in a template.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "event/batch.h"

namespace ev {

/// How the names of one field of a template are made.
struct NameRule {
  std::size_t most_bytes = 200;  // a longer name is cut, and ends in a hash of the value; at least kLeastNameBytes
  char separator = 0;            // what stands behind the name where another field follows in the same step; 0: none
};
inline constexpr std::size_t kLeastNameBytes = 64;

/// Appends the name. Values of different types or texts have different names, and from all but cut ones the value can
/// be told again. A name is never empty, holds no byte but ASCII letters, digits and -_.+=@,%~, begins with none of
/// . - ~, and has at most rule.most_bytes.
/// - A string is itself, other bytes as %XX; so are a leading . - _, the separator, and the first byte of a string that
///   is the name of a number or bool. The empty string is _empty.
/// - Integers, floats, true and false are as JSON writes them; where that begins with -, a _ stands before it.
/// - null (and a missing field) is _null, a time _time.2024-06-01T12%3A00%3A00Z; _nan, _inf, _-inf; json, bytes and
///   aggregate states are _json. _bytes. _state. and their bytes as in strings.
/// - A cut name ends in %~ and 32 hex digits.
void append_name(std::string& out, const Value& value, const NameRule& rule);

/// What stands for a row that has no time where a template has a time format.
inline constexpr std::string_view kUntimedName = "_untimed";

}  // namespace ev
