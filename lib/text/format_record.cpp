#include "text/format_record.h"

#include "base/error.h"
#include "base/text.h"
#include "text/multiline.h"

namespace ev {

void write_format(const TextFormat& format, NamedValues& into) {
  // Names all members: one that is added does not compile until it is kept here, and read below.
  const auto& [kind, separator, escaped, columns, header_bytes, header_lines, date, column_types, set_separator, unset, empty, each, pattern, record_start, year] = format;
  static_cast<void>(kind);
  into.add("format", concat(format_name(format), pattern.empty() ? "" : ":", pattern));
  if (separator != TextFormat{}.separator) into.add("separator", std::string_view(&separator, 1));
  if (escaped) into.add("escaped", uint64_t{1});
  for (const std::string& column : columns) into.add("column", column);
  if (header_bytes > 0) into.add("header_bytes", header_bytes);
  if (header_lines > 0) into.add("header_lines", header_lines);
  if (!date.empty()) into.add("date", date);
  for (const std::string& type : column_types) into.add("type", type);
  if (set_separator != TextFormat{}.set_separator) into.add("set_separator", std::string_view(&set_separator, 1));
  if (unset != TextFormat{}.unset) into.add("unset", unset);
  if (empty != TextFormat{}.empty) into.add("empty", empty);
  if (!each.empty()) into.add("each", each);
  if (!record_start.empty()) into.add("multiline", record_start);
  if (year != 0) into.add("year", static_cast<uint64_t>(year));
}

TextFormat read_format(const NamedValues& from) {
  TextFormat format;
  try {
    format = parse_text_format(from.get("format"));
    if (auto start = from.find("multiline")) {
      format.record_start = *start;
      check_multiline(format);
    }
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    from.fail("names a format that is unknown");
  }
  auto number = [&](std::string_view name) { return from.find(name) ? from.get_number(name) : 0; };
  const auto read_byte = [&](std::string_view name, char& into) {
    const auto byte = from.find(name);
    if (byte && byte->size() != 1) from.fail("has a separator that is none");
    if (byte) into = (*byte)[0];
  };
  read_byte("separator", format.separator);
  read_byte("set_separator", format.set_separator);
  if (auto date = from.find("date")) format.date = *date;
  format.column_types = from.all("type");
  if (auto unset = from.find("unset")) format.unset = *unset;
  if (auto empty = from.find("empty")) format.empty = *empty;
  format.escaped = number("escaped") != 0;
  format.columns = from.all("column");
  format.header_bytes = number("header_bytes");
  format.header_lines = number("header_lines");
  if (auto each = from.find("each")) format.each = *each;
  format.year = static_cast<int32_t>(number("year"));
  return format;
}

}  // namespace ev
