#include "text/format_record.h"

#include <doctest/doctest.h>

#include "base/error.h"

using namespace ev;

TEST_CASE("formats come back from a record with all that was found out about them") {
  std::vector<TextFormat> formats;
  for (const char* name : {"jsonl", "csv", "tsv", "logfmt", "combined", "common", "lines", "syslog", "cri",
                           "regex:(?P<a>[^ %]+) x", "nginx:$remote_addr [$time_local] \"$request\""})
    formats.push_back(parse_text_format(name));
  TextFormat table;
  table.kind = TextKind::delimited;
  table.separator = ';';
  table.escaped = true;
  table.columns = {"a", "", "with space", "\xc3\xa4"};
  table.header_bytes = 31;
  table.header_lines = 2;
  formats.push_back(table);
  formats.emplace_back().year = 2024;
  formats.push_back(parse_text_format("regex:(?P<a>x)"));
  formats.back().record_start = "^\\d+ %";
  for (const TextFormat& format : formats) {
    NamedValues written;
    write_format(format, written);
    CHECK(read_format(NamedValues(written.text(), "f")) == format);
  }
}

TEST_CASE("a record that is no format is corrupt") {
  for (const char* text :
       {"", "format=nosuch", "format=csv separator=", "format=csv separator=ab", "format=csv year=x", "format=lines multiline=(", "format=csv multiline=x"})
    CHECK_THROWS_AS(read_format(NamedValues(text, "f")), Error);
}
