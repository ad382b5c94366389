#include "source/input_format.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "text/json_cutter.h"

namespace ev {
namespace {

/// Of JSON, the kind that its beginning shows.
TextFormat with_layout(TextFormat format, std::string_view head) {
  if (format.kind != TextKind::json_lines) return format;
  const bool begins_with_json = detect_input(as_bytes(head)) == InputKind::json;
  // Lines that are broken may come first.
  const std::size_t begin = begins_with_json ? 0 : std::min(head.find("\n{"), head.size());
  if (begin < head.size()) format.kind = JsonCutter::layout(head.substr(begin), true).value_or(format.kind);
  return format;
}

std::optional<TextFormat> find_format(const OpenedInput& opened, const SourceOptions& options) {
  if (options.format) return with_layout(*options.format, opened.head);
  if (opened.kind == InputKind::json) return with_layout(TextFormat{}, opened.head);
  if (opened.kind == InputKind::empty && options.text_only) return TextFormat{};
  if (opened.kind != InputKind::other) return std::nullopt;
  // A log whose first line is broken is still a log: its bad lines are rejects.
  if (opened.head.find("\n{") != std::string::npos || is_blank(opened.head))
    return with_layout(TextFormat{}, opened.head);
  return options.text_only ? detect_text_format(opened.head) : std::nullopt;
}

}  // namespace

Tell what_to_tell(const SourceOptions& options) {
  if (!options.format) return options.text_only ? Tell::format : Tell::json_layout;
  return options.format->kind == TextKind::json_lines ? Tell::json_layout : Tell::kind;
}

std::optional<TextFormat> text_format(const OpenedInput& opened, const SourceOptions& options) {
  const std::string& shown = opened.input->name();
  if (options.text_only && opened.kind == InputKind::event_stream)
    throw Error(ErrorKind::corrupt, shown, "is an event stream already",
                "give it to the next program as it is; `ev cat` joins streams");
  std::optional<TextFormat> found = find_format(opened, options);
  if (found)
    found->year = options.year;
  else if (opened.kind != InputKind::event_stream && opened.kind != InputKind::empty)
    throw Error(ErrorKind::corrupt, shown,
                options.text_only ? "is in no format that ev ingest knows by its first bytes"
                                  : "is no event stream and no JSON",
                describe_bytes(as_bytes(opened.head)));
  return found;
}

std::optional<TextReading> go_on(TextReading&& reading, const std::string& path, const SourceOptions& options,
                                 uint32_t records) {
  if (!reading.format) return std::nullopt;
  TextFormat& known = *reading.format;
  if (const auto& wanted = options.format) {
    const bool same_kind = wanted->kind == known.kind || (is_json(wanted->kind) && is_json(known.kind));
    const bool same = same_kind && wanted->separator == known.separator && wanted->escaped == known.escaped;
    if (!same && wanted->kind == TextKind::delimited && wanted->columns.empty())
      throw Error(ErrorKind::usage, path, concat("was read as ", format_name(known), " so far, and its header is past"),
                  "name the columns with --columns");
    const bool same_records = wanted->record_start == known.record_start;
    if (!same || !same_records || !wanted->columns.empty() || !wanted->pattern.empty()) known = *wanted;
  }
  known.year = options.year;
  const auto& named = options.time_fields;
  const bool by_name =
      reading.time_path && std::find(named.begin(), named.end(), reading.time_path->name()) != named.end();
  if (!named.empty() && !by_name) {
    reading.time_path.reset();
    reading.records_left = records;
  }
  return std::move(reading);
}

}  // namespace ev
