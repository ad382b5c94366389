#include "expr/json_text.h"

#include <bit>
#include <charconv>
#include <vector>

#include "base/text.h"

namespace ev {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
std::string_view skip_space(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  return text;
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}
/// The four hex digits at `at`; -1 where there are none.
int32_t code_unit(std::string_view text, std::size_t at) {
  if (text.size() < at + 4) return -1;
  int32_t unit = 0;
  for (std::size_t i = at; i < at + 4; i++) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    unit = unit << 4 | digit;
  }
  return unit;
}

void append_utf8(std::string& out, uint32_t c) {
  auto add = [&](uint32_t byte) { out += static_cast<char>(byte); };
  if (c < 0x80) return add(c);
  if (c < 0x800) {
    add(0xc0 | c >> 6);
  } else if (c < 0x10000) {
    add(0xe0 | c >> 12);
    add(0x80 | (c >> 6 & 63));
  } else {
    add(0xf0 | c >> 18);
    add(0x80 | (c >> 12 & 63));
    add(0x80 | (c >> 6 & 63));
  }
  add(0x80 | (c & 63));
}

/// Reads the escape behind a backslash at `at`, and moves `at` behind it. False where it is none.
bool append_escape(std::string_view text, std::size_t& at, std::string& out) {
  constexpr std::string_view kLetters = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
  if (at >= text.size()) return false;
  const std::size_t simple = kLetters.find(text[at]);
  if (simple != npos) {
    out += kMeant[simple];
    at++;
    return true;
  }
  if (text[at] != 'u') return false;
  int32_t unit = code_unit(text, at + 1);
  at += 5;
  if (unit < 0 || (unit >= 0xdc00 && unit < 0xe000)) return false;
  uint32_t c = static_cast<uint32_t>(unit);
  if (unit >= 0xd800 && unit < 0xdc00) {
    if (text.substr(at, 2) != "\\u") return false;
    const int32_t low = code_unit(text, at + 2);
    if (low < 0xdc00 || low >= 0xe000) return false;
    c = 0x10000 + ((c - 0xd800) << 10) + static_cast<uint32_t>(low - 0xdc00);
    at += 6;
  }
  append_utf8(out, c);
  return true;
}

/// What a string with its quotes means; nullopt for escapes that are none.
std::optional<std::string> unescaped(std::string_view quoted) {
  const std::string_view inner = quoted.substr(1, quoted.size() - 2);
  std::string out;
  for (std::size_t at = 0; at < inner.size();) {
    if (inner[at] != '\\') {
      out += inner[at++];
    } else if (!append_escape(inner, ++at, out)) {
      return std::nullopt;
    }
  }
  return out;
}

/// End of the string that begins at `at` with its quote, or npos.
std::size_t string_end(std::string_view text, std::size_t at) {
  for (at++; at < text.size(); at++) {
    if (text[at] == '"') return at + 1;
    if (static_cast<unsigned char>(text[at]) < 0x20) return npos;
    if (text[at] == '\\' && ++at == text.size()) return npos;
  }
  return npos;
}

std::size_t number_end(std::string_view text, std::size_t at) {
  auto digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) at++;
    return at > begin;
  };
  auto is = [&](std::string_view one_of) { return at < text.size() && one_of.find(text[at]) != npos; };
  if (is("-")) at++;
  if (is("0")) {
    at++;
  } else if (!digits()) {
    return npos;
  }
  if (is(".")) {
    at++;
    if (!digits()) return npos;
  }
  if (is("eE")) {
    at++;
    if (is("+-")) at++;
    if (!digits()) return npos;
  }
  return at;
}

/// End of a value that is no array and no object.
std::size_t scalar_end(std::string_view text, std::size_t at) {
  if (at >= text.size()) return npos;
  if (text[at] == '"') return string_end(text, at);
  for (std::string_view word : {"true", "false", "null"})
    if (text.substr(at).starts_with(word)) return at + word.size();
  return number_end(text, at);
}

Value number_value(std::string_view text) {
  Value value;
  value.type = Type::json;  // what no type holds
  value.text = text;
  if (text.find_first_of(".eE") != npos) {
    if (auto d = exact_double(text)) {
      value = {};
      value.type = Type::float64;
      value.word = std::bit_cast<uint64_t>(*d);
    }
    return value;
  }
  const char *begin = text.data(), *end = begin + text.size();
  int64_t small = 0;
  uint64_t large = 0;
  if (text == "-0") return value;
  if (auto [at, error] = std::from_chars(begin, end, small); error == std::errc() && at == end) {
    value = {};
    value.type = Type::int64;
    value.word = static_cast<uint64_t>(small);
  } else if (auto [place, problem] = std::from_chars(begin, end, large); problem == std::errc() && place == end) {
    value = {};
    value.type = Type::uint64;
    value.word = large;
  }
  return value;
}

}  // namespace

std::size_t json_end(std::string_view text) {
  // The brackets that are open; what may follow depends on the innermost alone.
  std::vector<char> open;
  std::size_t at = 0;
  auto space = [&] {
    while (at < text.size() && is_space(text[at])) at++;
    return at < text.size() ? text[at] : '\0';
  };
  auto key = [&] {
    if (space() != '"' || (at = string_end(text, at)) == npos) return false;
    if (space() != ':') return false;
    at++;
    return true;
  };
  for (;;) {
    const char c = space();
    bool closed = false;
    if (c == '[' || c == '{') {
      if (open.size() == kMaxJsonNesting) return npos;
      open.push_back(c == '[' ? ']' : '}');
      at++;
      if (space() == open.back()) {
        closed = true;
      } else if (c == '{' && !key()) {
        return npos;
      }
      if (!closed) continue;
    } else if ((at = scalar_end(text, at)) == npos) {
      return npos;
    }
    // Behind a value: the end of what it closes, or a comma and the next.
    for (;;) {
      if (closed) {
        at++;
        open.pop_back();
      }
      if (open.empty()) return at;
      closed = space() == open.back();
      if (!closed) break;
    }
    if (space() != ',') return npos;
    at++;
    if (open.back() == '}' && !key()) return npos;
  }
}

bool is_json(std::string_view text) {
  const std::size_t end = json_end(text);
  return end != npos && skip_space(text.substr(end)).empty();
}

JsonElements::JsonElements(std::string_view text) : rest_(skip_space(text)) {
  if (rest_.starts_with('[')) close_ = ']';
  if (rest_.starts_with('{')) close_ = '}';
  if (close_) rest_.remove_prefix(1);
}

bool JsonElements::next() {
  if (!close_) return false;
  rest_ = skip_space(rest_);
  if (rest_.empty() || rest_.front() == close_) return false;
  if (!first_) {
    if (rest_.front() != ',') return false;
    rest_ = skip_space(rest_.substr(1));
  }
  first_ = false;
  if (close_ == '}') {
    const std::size_t end = rest_.starts_with('"') ? string_end(rest_, 0) : npos;
    if (end == npos) return false;
    key_ = rest_.substr(0, end);
    rest_ = skip_space(rest_.substr(end));
    if (!rest_.starts_with(':')) return false;
    rest_ = skip_space(rest_.substr(1));
  }
  const std::size_t end = json_end(rest_);
  if (end == npos) return false;
  element_ = rest_.substr(0, end);
  rest_ = rest_.substr(end);
  return true;
}

namespace {

std::optional<std::string_view> find_key(std::string_view object, std::string_view key) {
  JsonElements elements(object);
  std::optional<std::string_view> found;
  if (!elements.is_object()) return found;
  while (elements.next()) {
    const std::string_view quoted = elements.key();
    const std::string_view plain = quoted.substr(1, quoted.size() - 2);
    const bool equal = plain.find('\\') == npos ? plain == key : unescaped(quoted) == key;
    if (equal) found = elements.element();
  }
  return found;
}

std::optional<std::string_view> find_element(std::string_view array, int64_t index) {
  if (!JsonElements(array).is_array()) return std::nullopt;
  if (index < 0) {
    for (JsonElements all(array); all.next();) index++;
    if (index < 0) return std::nullopt;
  }
  JsonElements elements(array);
  while (elements.next())
    if (index-- == 0) return elements.element();
  return std::nullopt;
}

}  // namespace

std::optional<std::string_view> find_json(std::string_view text, std::span<const JsonStep> steps) {
  std::optional<std::string_view> found = text;
  for (const JsonStep& step : steps) {
    found = step.index ? find_element(*found, *step.index) : find_key(*found, step.key);
    if (!found) return std::nullopt;
  }
  return found;
}

Value json_value(std::string_view text, Arena& arena) {
  text = skip_space(text);
  const std::size_t end = json_end(text);
  Value value;
  if (end == npos) return value;
  text = text.substr(0, end);
  switch (text.front()) {
    case 'n':
      return value;
    case 't':
    case 'f':
      value.type = Type::boolean;
      value.word = text.front() == 't';
      return value;
    case '[':
    case '{':
      value.type = Type::json;
      value.text = text;
      return value;
    case '"':
      break;
    default:
      return number_value(text);
  }
  value.text = text.substr(1, text.size() - 2);
  if (value.text.find('\\') != npos) {
    const std::optional<std::string> plain = unescaped(text);
    if (!plain) return {};
    value.text = arena.keep(*plain);
  }
  value.type = Type::string;
  return value;
}

}  // namespace ev
