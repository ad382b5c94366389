// Limits of a record: what is over one is a reject, and the records around it are not touched.
#include <doctest/doctest.h>

#include "line_reading.h"
#include "text/text_parser.h"

using namespace ev;
using namespace ev::test;

namespace {

/// "a0=1 a1=1 ..." with what joins and what stands around each pair.
std::string pairs(std::size_t count, const char* before, const char* between, const char* join) {
  std::string text;
  for (std::size_t i = 0; i < count; i++)
    text += (i ? join : "") + std::string(before) + "a" + std::to_string(i) + between;
  return text;
}

/// Rows and reasons of a line between two good ones.
void check_line(const char* format, const std::string& good, const std::string& line, const std::string& reason) {
  CAPTURE(format);
  const Rows rows =
      read_all(*make_text_parser(parse_text_format(format), FieldChoice{}), good + "\n" + line + "\n" + good + "\n");
  REQUIRE(rows.size() == 3);
  const std::string last = rows[2].substr(0, rows[2].find(" ["));
  if (reason.empty())
    CHECK(!last.starts_with("reject"));
  else
    CHECK(last == "reject 2: " + reason);
}

}  // namespace

TEST_CASE("a record has at most 4,096 fields") {
  const std::string syslog = "<34>1 2003-10-11T22:14:15.003Z host app 1 ID ";
  for (std::size_t fields : {4096u, 4097u, 300000u}) {
    const std::string reason = fields > 4096 ? "more than 4,096 fields" : "";
    check_line("logfmt", "a=1", pairs(fields, "", "=1", " "), reason);
    const std::string json = "{" + pairs(fields, "\"", "\":1", ",") + "}";
    const Rows rows = read_all(*make_text_parser(TextFormat{}, FieldChoice{}), "{}\n" + json + "\n{}\n");
    REQUIRE(rows.size() == 3);
    CHECK((rows[2].find(reason) != std::string::npos) == true);
    CHECK(rows[2].starts_with("reject 2") == (fields > 4096));
    // Seven fields stand before the structured data and behind it.
    check_line("syslog", syslog + "- hello", syslog + "[x " + pairs(fields, "", "=\"1\"", " ") + "] hello",
               fields >= 4096 ? "more than 4,096 fields" : "");
  }
}

TEST_CASE("the names of a record's fields take at most 16 MiB together") {
  const std::string key(60000, 'k');
  std::string deep, close;
  for (int i = 0; i < 14; i++) {
    deep += "{\"" + key + "\":";
    close += "}";
  }
  const Rows rows = read_all(*make_text_parser(TextFormat{}, FieldChoice{}),
                             "{}\n" + deep + "{" + pairs(30, "\"", "\":1", ",") + "}" + close + "\n{}\n");
  REQUIRE(rows.size() == 3);
  CHECK(rows[2].find("the names of its fields are longer than 16 MiB together") != std::string::npos);
  const std::string syslog = "<34>1 2003-10-11T22:14:15.003Z host app 1 ID ";
  check_line("syslog", syslog + "- hello", syslog + "[" + key + " " + pairs(300, "", "=\"1\"", " ") + "] hello",
             "the names of its fields are longer than 16 MiB together");
  check_line("syslog", syslog + "- hello", syslog + "[" + key + " " + pairs(200, "", "=\"1\"", " ") + "] hello", "");
}
