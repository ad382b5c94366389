#include "rows/row_plan.h"

#include <charconv>
#include <cmath>
#include <cstdint>

#include "base/error.h"
#include "base/text.h"
#include "event/path.h"
#include "rows/key_text.h"

namespace ev {

namespace {

constexpr std::size_t kMaxSampleKeys = 8;

/// The first = outside of backquotes, or the end.
std::size_t equals_sign(std::string_view text) {
  std::size_t at = 0;
  for (bool quoted = false; at < text.size() && (quoted || text[at] != '='); at++) quoted ^= text[at] == '`';
  return at;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

/// "10%" or "0.1"; nullopt for what is no share above 0 and up to 1.
std::optional<double> parse_share(std::string_view text) {
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  double share = 0;
  const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), share);
  if (error != std::errc() || at != text.data() + text.size()) return std::nullopt;
  if (percent) share /= 100;
  return share > 0 && share <= 1 ? std::optional(share) : std::nullopt;
}

}  // namespace

Setting parse_setting(std::string_view text, const ExpressionOptions& options) {
  const std::size_t at = equals_sign(text);
  const std::string_view name = trimmed(text.substr(0, at));
  if (at == text.size() || name.empty())
    throw Error(ErrorKind::usage, std::string(text), "is no NAME=EXPRESSION", "for example total=price * amount");
  parse_path(name);  // refuses what no field can be called
  return {std::string(name), Expression::parse(text.substr(at + 1), options), concat("--set ", name)};
}

Renaming parse_renaming(std::string_view text) {
  const std::size_t at = equals_sign(text);
  const std::string_view from = trimmed(text.substr(0, at));
  const std::string_view to = at < text.size() ? trimmed(text.substr(at + 1)) : std::string_view();
  if (from.empty() || to.empty())
    throw Error(ErrorKind::usage, std::string(text), "is no OLD=NEW", "for example user=user_id");
  parse_path(from);
  parse_path(to);
  return {std::string(from), std::string(to)};
}

Expression parse_sample(std::string_view share, const std::vector<std::string>& keys) {
  const std::optional<double> part = parse_share(share);
  if (!part)
    throw Error(ErrorKind::usage, "--sample", concat("takes a share above 0 and up to 1, not \"", share, "\""),
                "for example 10% or 0.1");
  if (keys.empty())
    throw Error(ErrorKind::usage, "--sample", "needs --key, whose fields decide which events are taken",
                "--key user_id takes some users with all their events");
  if (keys.size() > kMaxSampleKeys)
    throw Error(ErrorKind::usage, "--key", concat("has ", keys.size(), " fields"),
                concat("it takes at most ", kMaxSampleKeys));
  // Of one field, hash(FIELD) as any expression has it. Null is a value like the others here: the empty text.
  std::string text;
  for (const std::string& key : keys)
    text += concat(text.empty() ? "" : ", \"\x1f\", ", "coalesce(string(", field_call(key), "), \"\")");
  if (keys.size() > 1) text = concat("concat(", text, ")");
  // Hashes go from 0 to 2^63 - 1. A share of 1 takes them all.
  const double share_of_hashes = std::ldexp(*part, 63);
  const uint64_t below = static_cast<uint64_t>(share_of_hashes);
  return Expression::parse_condition(concat("hash(", text, ") < ", below), {});
}

}  // namespace ev
