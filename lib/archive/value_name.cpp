#include "archive/value_name.h"

#include <charconv>
#include <cstring>

#include "base/hash.h"
#include "base/text.h"
#include "base/time.h"

namespace ev {

namespace {

constexpr std::string_view kCutMark = "%~";
constexpr std::size_t kCutBytes = kCutMark.size() + 32;

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("-_.+=@,").find(c) != std::string_view::npos;
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out += {'%', kHex[byte >> 4], kHex[byte & 15]};
}

void append_bytes(std::string& out, std::string_view bytes, char separator) {
  for (char c : bytes) {
    if (is_plain(c) && c != separator)
      out += c;
    else
      append_escaped(out, c);
  }
}

std::string number_text(const Value& value) {
  switch (value.type) {
    case Type::boolean:
      return value.word ? "true" : "false";
    case Type::int64:
      return std::to_string(static_cast<int64_t>(value.word));
    case Type::uint64:
      return std::to_string(value.word);
    default: {
      double real;
      std::memcpy(&real, &value.word, sizeof real);
      return float_text(real);
    }
  }
}

/// Whether a number or bool has this name.
bool names_number(std::string_view text) {
  if (text == "true" || text == "false") return true;
  if (text.empty() || text[0] < '0' || text[0] > '9' || text.size() > 32) return false;
  const char* end = text.data() + text.size();
  uint64_t integer = 0;
  if (auto [at, error] = std::from_chars(text.data(), end, integer); error == std::errc() && at == end)
    return std::to_string(integer) == text;
  double real = 0;
  auto [at, error] = std::from_chars(text.data(), end, real);
  return error == std::errc() && at == end && float_text(real) == text;
}

/// A name that no string has: its tag begins with _.
void append_tagged(std::string& out, std::string_view tag, std::string_view bytes, char separator) {
  out += tag.front();
  append_bytes(out, tag.substr(1), separator);
  append_bytes(out, bytes, separator);
}

void append_string(std::string& out, std::string_view text, char separator) {
  if (text.empty()) return append_tagged(out, "_empty", {}, separator);
  const bool escaped = text[0] == '.' || text[0] == '-' || text[0] == '_' || names_number(text);
  if (escaped) append_escaped(out, text[0]);
  append_bytes(out, text.substr(escaped ? 1 : 0), separator);
}

void append_number(std::string& out, const Value& value, char separator) {
  const std::string text = number_text(value);
  const bool tagged = text[0] == '-' || text[0] == 'n' || text[0] == 'i';
  append_tagged(out, tagged ? "_" : text.substr(0, 1), text.substr(tagged ? 0 : 1), separator);
}

void append_whole(std::string& out, const Value& value, char separator) {
  switch (value.type) {
    case Type::null:
      return append_tagged(out, "_null", {}, separator);
    case Type::string:
      return append_string(out, value.text, separator);
    case Type::bytes:
      return append_tagged(out, "_bytes.", value.text, separator);
    case Type::json:
      return append_tagged(out, "_json.", value.text, separator);
    case Type::state:
      return append_tagged(out, "_state.", value.text, separator);
    case Type::time:
      return append_tagged(out, "_time.", time_text(static_cast<int64_t>(value.word)), separator);
    default:
      return append_number(out, value, separator);
  }
}

/// A hash of all that tells the value from others.
std::string identity(const Value& value) {
  const auto type = static_cast<uint64_t>(value.type);
  if (is_text_type(value.type)) return hash128(as_bytes(value.text), type).hex();
  return hash128({reinterpret_cast<const uint8_t*>(&value.word), sizeof value.word}, type).hex();
}

}  // namespace

void append_name(std::string& out, const Value& value, const NameRule& rule) {
  const std::size_t begin = out.size();
  // Of a long text no more is written than may be kept.
  const bool long_text = is_text_type(value.type) && value.text.size() > rule.most_bytes;
  Value shown = value;
  if (long_text) shown.text = value.text.substr(0, rule.most_bytes);
  append_whole(out, shown, rule.separator);
  if (!long_text && out.size() - begin <= rule.most_bytes) return;
  std::size_t end = begin + rule.most_bytes - kCutBytes;
  // Not within %XX.
  if (out[end - 1] == '%')
    end -= 1;
  else if (out[end - 2] == '%')
    end -= 2;
  out.resize(end);
  out += kCutMark;
  out += identity(value);
}

}  // namespace ev
