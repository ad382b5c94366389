#include "text/time_field.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"
#include "text/json_fields.h"
#include "text/json_plain.h"
#include "text/text_parser.h"
#include "text/utf8.h"

namespace ev {
namespace {

/// The rules by which a field is found.
TimeRules plausible_rules(TimeRules rules) {
  rules.plausible_only = true;
  rules.any_past = rules.any_future = false;
  return rules;
}

std::string_view text_of(const Scalar& value) {
  return {reinterpret_cast<const char*>(value.word), value.length};
}

/// A time in a format that a person named is printed as ISO 8601: its own form has no number.
std::optional<TimeValue> read_named_format(std::string_view text, const TimeRules& rules) {
  for (const TimeFormat& format : rules.formats)
    if (auto ns = format.parse(text, rules.assumed.get())) return TimeValue{*ns, default_form(*ns)};
  return std::nullopt;
}

std::optional<TimeValue> read_any_time(const Scalar& value, std::string_view raw, const TimeRules& rules) {
  if (!rules.formats.empty())
    if (auto time = read_named_format(value.type == Type::string ? text_of(value) : raw, rules)) return time;
  switch (value.type) {
    case Type::int64:
      return parse_epoch_integer(static_cast<int64_t>(value.word));
    case Type::string:
      return rules.assumed ? parse_time_text(text_of(value), rules.assumed.get()) : parse_time_text(text_of(value));
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

bool read_time(const Scalar& value, std::string_view raw, const TimeRules& rules, TimeValue& time) {
  const auto found = read_any_time(value, raw, rules);
  if (!found) return false;
  time.ns = found->ns;
  time.form = found->form;
  return !rules.plausible_only ||
         ((rules.any_past || time.ns >= kEarliestPlausible) && (rules.any_future || time.ns < kLatestPlausible));
}

std::span<const std::string> default_time_fields() {
  static const std::array<std::string, 15> names = {
      "ts",         "time", "timestamp", "@timestamp", "event_time",           "eventTime",  "time_us", "block_timestamp",
      "created_at", "date", "datetime",  "t.$date",    "__REALTIME_TIMESTAMP", "time_local", "time_iso8601"};
  return names;
}

std::optional<Path> find_time_field(std::string_view lines, std::span<const std::string> candidates, bool named,
                                    const TimeRules& rules, uint32_t& records_left) {
  const TimeRules plausible = plausible_rules(rules);
  BatchBuilder builder;
  FieldChoice all;
  FieldTree fields(builder, all);
  PlainReader reader(fields);
  TimeValue time;
  PodVector<char> line;  // a copy, for the slack that the reader needs
  while (!lines.empty() && records_left > 0) {
    std::size_t size = std::min(lines.find('\n'), lines.size());
    line.clear();
    line.append(lines.data(), size);
    lines.remove_prefix(std::min(size + 1, lines.size()));
    std::memset(line.extend(64), '\n', 64);
    if (*skip_space(line.data()) == '\n') continue;
    records_left--;
    if (!is_utf8({line.data(), size}) || !reader.read({line.data(), size})) continue;
    for (const std::string& candidate : candidates) {
      for (const Entry& entry : reader.leaves()) {
        if (entry.value.type == Type::null || entry.field->full_path.name() != candidate) continue;
        if (named || read_time(entry.value, entry.raw(), plausible, time)) return entry.field->full_path;
      }
    }
  }
  return std::nullopt;
}

namespace {

/// Whether the value of a row is a time: by its format, or its text read anew.
bool reads_as_time(const Column& column, std::size_t i, const TimeRules& rules) {
  if (column.type == Type::time) return true;
  TimeValue time;
  if (is_text_type(column.type)) {
    const std::string_view text = column.text(i);
    const Scalar value{column.type, static_cast<uint32_t>(text.size()), reinterpret_cast<uint64_t>(text.data())};
    return read_time(value, text, rules, time);
  }
  const std::string text = column.type == Type::float64 ? float_text(column.real(i)) : std::string();
  return read_time({column.type, 0, column.words[i]}, text, rules, time);
}

}  // namespace

std::optional<FoundTimeField> find_time_field(const Batch& batch, std::span<const std::string> candidates, bool named,
                                    const TimeRules& rules, uint32_t& records_left) {
  const TimeRules plausible = plausible_rules(rules);
  std::optional<FoundTimeField> found;
  std::size_t end = std::min<std::size_t>(batch.rows, records_left);
  // Candidates come in the order in which they are preferred within a row.
  for (const std::string& candidate : candidates) {
    for (const Column& column : batch.columns) {
      if (batch.paths[column.path].name() != candidate) continue;
      for_each_value(column, batch.rows, [&](std::size_t row, std::size_t i) {
        if (row >= end || !(named || reads_as_time(column, i, plausible))) return;
        found = FoundTimeField{batch.paths[column.path], row};
        end = row;
      });
    }
  }
  records_left -= static_cast<uint32_t>(std::min<std::size_t>(batch.rows, records_left));
  return found;
}

}  // namespace ev
