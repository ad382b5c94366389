#include "text/value_conversion.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/text.h"
#include "text/json_value.h"
#include "text/text_row.h"
#include "text/time_field.h"

namespace ev {
namespace {

std::string_view text_of(const Scalar& value) {
  return {reinterpret_cast<const char*>(value.word), value.length};
}
Scalar text_scalar(Type type, std::string_view text) {
  return {type, static_cast<uint32_t>(text.size()), reinterpret_cast<uint64_t>(text.data())};
}

bool is_container(std::string_view json) {
  return json.starts_with('[') || json.starts_with('{');
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(begin, text.find_last_not_of(" \t") + 1 - begin);
}
/// Without spaces around it and a plus before it.
std::string_view bare_number(std::string_view text) {
  text = trimmed(text);
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}

template <class Number>
std::optional<Number> read_whole(std::string_view text) {
  Number number;
  const char* end = text.data() + text.size();
  auto [at, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || at != end) return std::nullopt;
  return number;
}

std::optional<Scalar> whole_digits(std::string_view digits) {
  if (auto small = read_whole<int64_t>(digits)) return Scalar{Type::int64, 0, static_cast<uint64_t>(*small)};
  if (auto large = read_whole<uint64_t>(digits)) return Scalar{Type::uint64, 0, *large};
  return std::nullopt;
}

bool is_whole(const Scalar& value) {
  return value.type == Type::int64 || value.type == Type::uint64;
}

/// Whether a value is of the kind already, with nothing to be done.
bool is_of_kind(const Scalar& value, ValueKind kind) {
  switch (kind) {
    case ValueKind::string:
      return value.type == Type::string;
    case ValueKind::integer:
      return is_whole(value);
    case ValueKind::unsigned_integer:
      return is_whole(value) && (value.type == Type::uint64 || static_cast<int64_t>(value.word) >= 0);
    case ValueKind::real:
      return value.type == Type::float64;
    case ValueKind::boolean:
      return value.type == Type::boolean;
    case ValueKind::time:
      return false;
    case ValueKind::json:
      return value.type == Type::json && is_container(text_of(value));
    case ValueKind::automatic:
      return value.type != Type::string;
  }
  return false;
}

}  // namespace

std::optional<Scalar> whole_number(std::string_view text) {
  text = bare_number(text);
  const std::size_t mark = text.find_first_of(".eE");
  if (mark == text.npos) return whole_digits(text);
  // Moves the point by the exponent: what then stands behind it must be zeros.
  std::string digits(text.substr(0, mark));
  std::string fraction;
  if (text[mark] == '.') {
    const std::size_t end = std::min(text.find_first_of("eE", mark), text.size());
    fraction = text.substr(mark + 1, end - mark - 1);
    text.remove_prefix(end);
  } else {
    text.remove_prefix(mark);
  }
  int32_t exponent = 0;
  if (!text.empty()) {
    auto read = read_whole<int32_t>(bare_number(text.substr(1)));
    if (!read || std::abs(*read) > 400) return std::nullopt;
    exponent = *read;
  }
  if (digits.empty() || digits == "-" || fraction.find_first_not_of("0123456789") != fraction.npos) return std::nullopt;
  for (; exponent > 0; exponent--) {
    digits += fraction.empty() ? '0' : fraction[0];
    if (!fraction.empty()) fraction.erase(0, 1);
  }
  for (; exponent < 0; exponent++) {
    const bool any = digits.size() > (digits[0] == '-' ? 1 : 0);
    fraction.insert(0, 1, any ? digits.back() : '0');
    if (any) digits.pop_back();
  }
  if (fraction.find_first_not_of('0') != fraction.npos) return std::nullopt;
  if (digits.empty() || digits == "-") digits += '0';
  return whole_digits(digits);
}

std::optional<Scalar> nearest_double(std::string_view text) {
  text = bare_number(text);
  // Digits first: from_chars() would take inf, nan and the like.
  const std::size_t first = text.starts_with('-');
  if (first >= text.size() || ((text[first] < '0' || text[first] > '9') && text[first] != '.')) return std::nullopt;
  auto number = read_whole<double>(text);
  if (!number) return std::nullopt;
  Scalar value{Type::float64, 0, 0};
  std::memcpy(&value.word, &*number, sizeof value.word);
  return value;
}

std::optional<Scalar> truth_value(std::string_view text) {
  static constexpr std::string_view kTrue[] = {"true", "t", "yes", "y", "on", "1"};
  static constexpr std::string_view kFalse[] = {"false", "f", "no", "n", "off", "0"};
  std::string word(trimmed(text));
  for (char& c : word)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  auto among = [&](auto& words) { return std::find(std::begin(words), std::end(words), word) != std::end(words); };
  if (among(kTrue)) return Scalar{Type::boolean, 0, 1};
  if (among(kFalse)) return Scalar{Type::boolean, 0, 0};
  return std::nullopt;
}

Scalar ValueConverter::keep(std::string text, Type type) {
  return text_scalar(type, texts_.emplace_back(std::move(text)));
}

Scalar ValueConverter::convert(const Scalar& value, std::string_view raw, std::span<const ValueKind> kinds,
                               const TimeRules& rules) {
  if (std::any_of(kinds.begin(), kinds.end(), [&](ValueKind kind) { return is_of_kind(value, kind); })) return value;
  for (ValueKind kind : kinds)
    if (auto made = make(kind, value, raw, rules)) return *made;
  return value;
}

std::optional<Scalar> ValueConverter::make(ValueKind kind, const Scalar& value, std::string_view raw,
                                           const TimeRules& rules) {
  const std::string_view text = is_text_type(value.type) ? text_of(value) : raw;
  switch (kind) {
    case ValueKind::string:
      if (value.type == Type::boolean) return text_scalar(Type::string, value.word ? "true" : "false");
      return text_scalar(Type::string, text);
    case ValueKind::integer:
    case ValueKind::unsigned_integer: {
      if (value.type == Type::boolean) return std::nullopt;
      auto number = whole_number(text);
      return number && is_of_kind(*number, kind) ? number : std::nullopt;
    }
    case ValueKind::real:
      return value.type == Type::boolean ? std::nullopt : nearest_double(text);
    case ValueKind::boolean:
      return is_whole(value) || value.type == Type::string ? truth_value(text) : std::nullopt;
    case ValueKind::time: {
      TimeValue time;
      if (value.type == Type::boolean || !read_time(value, raw, rules, time)) return std::nullopt;
      return Scalar{Type::time, time.form, static_cast<uint64_t>(time.ns)};
    }
    case ValueKind::json:
      return value.type == Type::string ? make_json(value) : std::nullopt;
    case ValueKind::automatic:
      return typed_apart(text);
  }
  return std::nullopt;
}

std::optional<Scalar> ValueConverter::make_json(const Scalar& value) {
  std::string copy(text_of(value));
  const std::size_t size = copy.size();
  put_on_one_line(copy);
  copy.append(PodVector<char>::kSlack, '\n');
  const char* begin = skip_space(copy.data());
  if (!is_container({begin, 1})) return std::nullopt;
  ValueReader reader;
  reader.reserve(size);
  Scalar json;
  const char* end = reader.read_json(begin, 0, json);
  if (!end || skip_space(end) != copy.data() + size) return std::nullopt;
  return keep(std::string(text_of(json)), Type::json);
}

}  // namespace ev
