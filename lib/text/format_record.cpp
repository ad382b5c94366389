#include "text/format_record.h"

#include "base/error.h"
#include "base/text.h"

namespace ev {

void write_format(const TextFormat& format, NamedValues& into) {
  // Names all members: one that is added does not compile until it is kept here, and read below.
  const auto& [kind, separator, escaped, columns, header_bytes, header_lines, each, pattern, year] = format;
  static_cast<void>(kind);
  into.add("format", concat(format_name(format), pattern.empty() ? "" : ":", pattern));
  if (separator != TextFormat{}.separator) into.add("separator", std::string_view(&separator, 1));
  if (escaped) into.add("escaped", uint64_t{1});
  for (const std::string& column : columns) into.add("column", column);
  if (header_bytes > 0) into.add("header_bytes", header_bytes);
  if (header_lines > 0) into.add("header_lines", header_lines);
  if (!each.empty()) into.add("each", each);
  if (year != 0) into.add("year", static_cast<uint64_t>(year));
}

TextFormat read_format(const NamedValues& from) {
  TextFormat format;
  try {
    format = parse_text_format(from.get("format"));
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::usage) throw;
    from.fail("names a format that is unknown");
  }
  auto number = [&](std::string_view name) { return from.find(name) ? from.get_number(name) : 0; };
  if (auto separator = from.find("separator")) {
    if (separator->size() != 1) from.fail("has a separator that is none");
    format.separator = (*separator)[0];
  }
  format.escaped = number("escaped") != 0;
  format.columns = from.all("column");
  format.header_bytes = number("header_bytes");
  format.header_lines = number("header_lines");
  if (auto each = from.find("each")) format.each = *each;
  format.year = static_cast<int32_t>(number("year"));
  return format;
}

}  // namespace ev
