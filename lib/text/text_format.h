// The formats of text that ingest reads, and how an input's own is told.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ev {

enum class TextKind : uint8_t { json_lines, json_documents, delimited, w3c, zeek, logfmt, access_log, lines, syslog, cri, regex, nginx };

inline bool is_json(TextKind kind) {
  return kind == TextKind::json_lines || kind == TextKind::json_documents;
}


/// How the bytes of one input become records. Checkpoints keep all of it (text/format_record.h).
struct TextFormat {
  TextKind kind = TextKind::json_lines;
  // Of delimited text.
  char separator = ',';
  bool escaped = false;              // with a backslash instead of quotes, as ClickHouse and MySQL write
  std::vector<std::string> columns;  // empty: the first record names them
  std::size_t header_bytes = 0;      // of that record, once it was read
  uint64_t header_lines = 0;
  // Of logs that describe themselves: what their header says. Of W3C's the day of its #Date, of Zeek's the types of its
  // columns, what stands between the values of a set, and for no value and for a set or text that is empty.
  std::string date = {};
  std::vector<std::string> column_types = {};
  char set_separator = ',';
  std::string unset = "-";
  std::string empty = "(empty)";
  // Of JSON documents: the path of the arrays whose elements are the records; empty: at top level.
  std::string each = {};
  // Of lines that a user describes: a regular expression, a log_format.
  std::string pattern = {};
  // Of lines that make records together: a regular expression for the first line of each (text/multiline.h); empty: each
  // line is one.
  std::string record_start = {};
  // Of syslog times that have none, to 9999; 0: unknown, which leaves them texts.
  int32_t year = 0;

  bool operator==(const TextFormat&) const = default;
};

/// "jsonl", "json", "csv", "tsv", "tsv:escaped", "w3c", "zeek", "logfmt", "combined", "common", "lines", "syslog", "cri", "regex:PATTERN", "nginx:FORMAT";
/// throws Error(usage) with what there is, or with what is wrong with the pattern.
TextFormat parse_text_format(std::string_view name);
/// Its name, as parse_text_format() takes it; without the pattern of "regex" and "nginx".
std::string_view format_name(const TextFormat& format);
/// What the first bytes of an input look like; nullopt where that is none of the formats, or could be several.
std::optional<TextFormat> detect_text_format(std::string_view head);

}  // namespace ev
