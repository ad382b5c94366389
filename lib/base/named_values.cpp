#include "base/named_values.h"

#include <charconv>

#include "base/error.h"
#include "base/text.h"

namespace ev {
namespace {

constexpr char kHex[] = "0123456789abcdef";

void append_escaped(std::string& out, std::string_view value) {
  for (char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte != '%' && byte != 0x7f)
      out += c;
    else
      (out += '%') += {kHex[byte >> 4], kHex[byte & 15]};
  }
}

/// nullopt where a % is not followed by two digits.
std::optional<std::string> unescaped(std::string_view text) {
  std::string value;
  for (std::size_t i = 0; i < text.size(); i++) {
    if (text[i] != '%') {
      value += text[i];
      continue;
    }
    unsigned byte = 0;
    if (text.size() - i < 3) return std::nullopt;
    auto [at, error] = std::from_chars(text.data() + i + 1, text.data() + i + 3, byte, 16);
    if (error != std::errc() || at != text.data() + i + 3) return std::nullopt;
    value += static_cast<char>(byte);
    i += 2;
  }
  return value;
}

template <class Number>
Number number_of(const NamedValues& values, std::string_view name) {
  const std::string_view text = values.get(name);
  Number number = 0;
  auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || at != text.data() + text.size()) values.fail(concat(name, " is no number"));
  return number;
}

}  // namespace

NamedValues::NamedValues(std::string_view line, std::string_view place) : place_(place) {
  while (!line.empty()) {
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(line.size(), word.size() + 1));
    const std::size_t equals = word.find('=');
    if (equals == 0 || equals == word.npos) fail("has a word without a name");
    auto value = unescaped(word.substr(equals + 1));
    if (!value) fail("has a % without two digits");
    values_.emplace_back(word.substr(0, equals), std::move(*value));
  }
}

void NamedValues::add(std::string_view name, uint64_t value) {
  add(name, std::string_view(concat(value)));
}
void NamedValues::add_signed(std::string_view name, int64_t value) {
  add(name, std::string_view(concat(value)));
}

std::string NamedValues::text() const {
  std::string line;
  for (const auto& [name, value] : values_) {
    if (!line.empty()) line += ' ';
    line.append(name).append("=");
    append_escaped(line, value);
  }
  return line;
}

std::optional<std::string_view> NamedValues::find(std::string_view name) const {
  for (const auto& [have, value] : values_)
    if (have == name) return value;
  return std::nullopt;
}

std::string_view NamedValues::get(std::string_view name) const {
  if (auto value = find(name)) return *value;
  fail(concat("lacks ", name));
}

uint64_t NamedValues::get_number(std::string_view name) const {
  return number_of<uint64_t>(*this, name);
}
int64_t NamedValues::get_signed(std::string_view name) const {
  return number_of<int64_t>(*this, name);
}

std::vector<std::string> NamedValues::all(std::string_view name) const {
  std::vector<std::string> found;
  for (const auto& [have, value] : values_)
    if (have == name) found.push_back(value);
  return found;
}

void NamedValues::fail(std::string_view what) const {
  throw Error(ErrorKind::corrupt, place_, concat("a line ", what), "it was not written by this version of evkit");
}

void NamedValues::add_digest(std::string_view name, Hash128 digest) {
  add(name, digest.hex());
}

Hash128 NamedValues::get_digest(std::string_view name) const {
  const std::string_view text = get(name);
  Hash128 digest;
  const auto read = [&](std::string_view half, uint64_t& into) {
    auto [at, error] = std::from_chars(half.data(), half.data() + half.size(), into, 16);
    return half.size() == 16 && error == std::errc() && at == half.data() + half.size();
  };
  if (text.size() != 32 || !read(text.substr(0, 16), digest.hi) || !read(text.substr(16), digest.lo))
    fail("has a digest that is none");
  return digest;
}

void for_each_named_line(std::string_view body, std::string_view kind, uint64_t version, std::string_view place,
                         const std::function<void(std::string_view, const NamedValues&)>& take) {
  bool first = true;
  while (!body.empty()) {
    const std::string_view line = body.substr(0, body.find('\n'));
    body.remove_prefix(std::min(body.size(), line.size() + 1));
    const std::size_t space = std::min(line.find(' '), line.size());
    const NamedValues values(line.substr(std::min(space + 1, line.size())), place);
    if (first && (line.substr(0, space) != kind || values.get_number("version") != version))
      values.fail("names a version that is not known");
    if (!first) take(line.substr(0, space), values);
    first = false;
  }
  if (first) NamedValues({}, place).fail("is missing, the first");
}

std::string first_named_line(std::string_view kind, uint64_t version) {
  NamedValues line;
  line.add("version", version);
  return concat(kind, " ", line.text(), "\n");
}

}  // namespace ev
