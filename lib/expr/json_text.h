// Reading of JSON text in place: what json columns hold, or strings that are JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "event/batch.h"
#include "expr/arena.h"

namespace ev {

/// From a value to one within it: a key of an object, or the number of an element, below zero from the end.
struct JsonStep {
  std::string key;
  std::optional<int64_t> index;
};

inline constexpr unsigned kMaxJsonNesting = 1024;  // text nested deeper is taken for none

/// End of the JSON value that `text` begins with behind white space, or npos where there is none.
std::size_t json_end(std::string_view text);
/// Whether the text is one JSON value, white space around it.
bool is_json(std::string_view text);

/// The text of the value that the steps lead to; nullopt where there is none, or the text is not JSON on the way. Of
/// equal keys the last counts.
std::optional<std::string_view> find_json(std::string_view text, std::span<const JsonStep> steps);

/// The value that the text means: a number in its type, a string without its escapes (in `arena` where it had some), a
/// truth value, null; arrays and objects as json text. Null also for what is not JSON.
Value json_value(std::string_view text, Arena& arena);

/// The elements of an array, or the values of an object, one after the other.
class JsonElements {
 public:
  /// `text` is that of a value; what is no array and no object has no elements.
  explicit JsonElements(std::string_view text);
  /// The next element; false behind the last one, and where the text is not JSON.
  bool next();
  std::string_view element() const { return element_; }
  /// Of objects: with quotes and escapes.
  std::string_view key() const { return key_; }
  bool is_array() const { return close_ == ']'; }
  bool is_object() const { return close_ == '}'; }

 private:
  std::string_view rest_, element_, key_;
  char close_ = '\0';
  bool first_ = true;
};

}  // namespace ev
