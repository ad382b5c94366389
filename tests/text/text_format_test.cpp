#include <doctest/doctest.h>

#include "base/error.h"
#include "text/text_format.h"
#include "text/text_parser.h"

using namespace ev;

namespace {

std::string usage_of(std::string_view name) {
  try {
    parse_text_format(name);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("each format has its name, and a parser") {
  for (const char* name : {"jsonl", "csv", "tsv", "logfmt", "combined", "lines", "syslog", "cri"}) {
    CHECK(format_name(parse_text_format(name)) == name);
    CHECK(make_text_parser(parse_text_format(name), FieldChoice{}));
  }
  CHECK(parse_text_format("tsv").separator == '\t');
  CHECK(parse_text_format("common") == parse_text_format("combined"));
}

TEST_CASE("formats with a pattern") {
  const TextFormat regex = parse_text_format("regex:(?<a>:)"), nginx = parse_text_format("nginx:$a:$b");
  CHECK(regex.kind == TextKind::regex);
  CHECK(regex.pattern == "(?<a>:)");
  CHECK(format_name(regex) == "regex");
  CHECK(make_text_parser(regex, FieldChoice{}));
  CHECK(nginx.kind == TextKind::nginx);
  CHECK(nginx.pattern == "$a:$b");
  CHECK(format_name(nginx) == "nginx");
  CHECK(make_text_parser(nginx, FieldChoice{}));
}

TEST_CASE("what is no format") {
  const std::string known = "it reads jsonl, json, csv, tsv, tsv:escaped, w3c, zeek, logfmt, combined, common, lines, syslog, cri, regex:PATTERN, nginx:FORMAT";
  for (const char* name : {"", "xml", "csv:", "syslogs", "regexp:x", "REGEX:x"})
    CHECK(usage_of(name) == std::string("--format: does not know \"") + name + "\"; " + known);
  CHECK(usage_of("regex") == "--format: regex needs a pattern; write regex:PATTERN");
  CHECK(usage_of("nginx:") == "--format: nginx needs a pattern; write nginx:FORMAT");
  CHECK(usage_of("regex:(") == "--format: regex: missing ): (; the syntax is that of RE2");
  CHECK(usage_of("nginx:x") == "--format: nginx: the format has no $variable; quote it for the shell with '...'");
}
