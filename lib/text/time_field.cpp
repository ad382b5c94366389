#include "text/time_field.h"

#include <algorithm>
#include <array>
#include <cstring>

#include <simdjson.h>

#include "text/json_fields.h"
#include "text/json_plain.h"

namespace ev {
namespace {

std::optional<TimeValue> read_any_time(const Scalar& value, std::string_view raw) {
  switch (value.type) {
    case Type::int64:
      return parse_epoch_integer(static_cast<int64_t>(value.word));
    case Type::string:
      return parse_time_text({reinterpret_cast<const char*>(value.word), value.length});
    case Type::float64:
    case Type::json:
      // A json value is a number here only where it begins like one: a decimal with more digits than a double has.
      if (raw[0] == '[' || raw[0] == '{') return std::nullopt;
      if (raw.find('.') == raw.npos || raw.find_first_of("eE") != raw.npos) return std::nullopt;
      return parse_epoch_decimal(raw);
    default:
      return std::nullopt;
  }
}

}  // namespace

std::optional<TimeValue> read_time(const Scalar& value, std::string_view raw, bool plausible_only) {
  auto time = read_any_time(value, raw);
  if (time && plausible_only && (time->ns < kEarliestPlausible || time->ns >= kLatestPlausible)) return std::nullopt;
  return time;
}

std::span<const std::string> default_time_fields() {
  static const std::array<std::string, 13> names = {
      "ts",         "time", "timestamp", "@timestamp", "event_time",          "eventTime", "time_us", "block_timestamp",
      "created_at", "date", "datetime",  "t.$date",    "__REALTIME_TIMESTAMP"};
  return names;
}

std::optional<Path> find_time_field(std::string_view lines, std::span<const std::string> candidates, bool named,
                                    uint32_t& records_left) {
  BatchBuilder builder;
  FieldChoice all;
  FieldTree fields(builder, all);
  PlainReader reader(fields);
  PodVector<char> line;  // a copy, for the slack that the reader needs
  while (!lines.empty() && records_left > 0) {
    std::size_t size = std::min(lines.find('\n'), lines.size());
    line.clear();
    line.append(lines.data(), size);
    lines.remove_prefix(std::min(size + 1, lines.size()));
    std::memset(line.extend(64), '\n', 64);
    if (*skip_space(line.data()) == '\n') continue;
    records_left--;
    if (!simdjson::validate_utf8(line.data(), size) || !reader.read({line.data(), size})) continue;
    for (const std::string& candidate : candidates) {
      for (const Entry& entry : reader.leaves()) {
        if (entry.value.type == Type::null || entry.field->full_path.name() != candidate) continue;
        if (named || read_time(entry.value, entry.raw(), true)) return entry.field->full_path;
      }
    }
  }
  return std::nullopt;
}

}  // namespace ev
