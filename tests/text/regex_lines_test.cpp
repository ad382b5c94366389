#include <doctest/doctest.h>

#include "base/error.h"
#include "line_reading.h"
#include "text/regex_lines.h"

using namespace ev;
using namespace ev::test;

namespace {

Rows regex(const std::string& pattern, std::string_view text) {
  return read_all(*make_regex_parser(pattern, FieldChoice{}), text);
}
std::string usage_of(const std::string& pattern) {
  try {
    check_regex(pattern);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.reason();
  }
  return "none";
}

}  // namespace

TEST_CASE("regex: named groups are fields, with types, from left to right") {
  CHECK(regex(R"(^(?P<level>\w+) (?<n>\S+) (\w+) (?P<took>[0-9.]+)ms$)", "WARN 17 skipped 1.5ms\r\nINFO 007 a 2ms") ==
        Rows{"level=s:WARN|n=i:17|took=d:3ff8000000000000", "level=s:INFO|n=s:007|took=i:2"});
}

TEST_CASE("regex: a group that took no part is missing, an empty match is the empty string") {
  CHECK(regex("^a(?<b>b)?(?<c>c*)$", "abcc\na\nab\n") == Rows{"b=s:b|c=s:cc", "c=s:", "b=s:b|c=s:"});
}

TEST_CASE("regex: groups may share a name") {
  CHECK(regex("^(?<a>x)$|^(?<a>\\d)(?<a>y)?$", "x\n5\n5y\n") == Rows{"a=s:x", "a=i:5", "a=s:y"});
}

TEST_CASE("regex: it matches anywhere unless it is anchored") {
  CHECK(regex("(?<n>\\d+)", "a 5 6\nx\n") == Rows{"n=i:5", "reject 2: does not match the pattern [x]"});
  CHECK(regex("^(?<n>\\d+)$", "a 5\n5\n5 \n") ==
        Rows{"n=i:5", "reject 1: does not match the pattern [a 5]", "reject 3: does not match the pattern [5 ]"});
  CHECK(regex("(?<n>.+)", "\xff\n\n  \nx") == Rows{"n=s:x", "reject 1: column 1: invalid UTF-8 [\xff]"});
}

TEST_CASE("regex: values that touch each other have types of their own") {
  CHECK(regex(R"(^(?<h>\d\d)(?<m>\d\d)(?<rest>.*)$)", "1234.5\n1299e5\n12340\n123x\n") ==
        Rows{"h=i:12|m=i:34|rest=s:.5", "h=i:12|m=i:99|rest=s:e5", "h=i:12|m=i:34|rest=i:0",
             "reject 4: does not match the pattern [123x]"});
  CHECK(regex(R"(^(?<a>-?)(?<b>\d+\.\d)(?<c>\d*)$)", "-1.25\n") == Rows{"a=s:-|b=d:3ff3333333333333|c=i:5"});
}

TEST_CASE("regex: what is no pattern") {
  CHECK(usage_of("(?<a>x") == "regex: missing ): (?P<a>x");
  CHECK(usage_of("(x)") == "regex: the pattern has no named group");
  CHECK(usage_of("") == "regex: the pattern has no named group");
  CHECK(usage_of("(?<a!>x)") == "regex: invalid named capture group: (?P<a!>");
  CHECK(usage_of("(?<=a)(?<b>c)").starts_with("regex: "));
  CHECK(usage_of("(?<a>x)") == "none");
  CHECK_THROWS_AS(make_regex_parser("(x)", FieldChoice{}), Error);
}

TEST_CASE("regex: (?<name> is rewritten only where it opens a group") {
  CHECK(with_python_groups("(?<a>x)(?<b>y)(?P<c>z)(?:(?<d>w))") == "(?P<a>x)(?P<b>y)(?P<c>z)(?:(?P<d>w))");
  CHECK(with_python_groups(R"(\(?<a>[(?<b>][^](?<c>][[:alpha:](?<d>]\Q(?<e>\E(?<f>x)\)") ==
        R"(\(?<a>[(?<b>][^](?<c>][[:alpha:](?<d>]\Q(?<e>\E(?P<f>x)\)");
  CHECK(with_python_groups("(?<=a)(?<!b)(?<") == "(?<=a)(?<!b)(?<");
}

TEST_CASE("regex: whatever the line, it is an event or a reject") {
  check_mutations([] { return make_regex_parser(R"(^(?<time>\S+) \[(?<level>[A-Z]+)\] (?<who>\w+)?: (?<n>\d*)(?<message>.*)$)", FieldChoice{}); }, {"2024-01-01T00:00:00Z [INFO] me: 12.5 went well", "x [A] : 1", "now [WARN] you: "}, " []:1.e");
}
