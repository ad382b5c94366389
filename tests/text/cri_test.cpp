#include <doctest/doctest.h>

#include "line_reading.h"
#include "text/cri.h"

using namespace ev;
using namespace ev::test;

namespace {

Rows cri(std::string_view text) {
  return read_all(*make_cri_parser(FieldChoice{}), text);
}

}  // namespace

TEST_CASE("cri: whole lines and pieces") {
  CHECK(cri("2016-10-06T00:17:09.669794202Z stdout P log content 1\n"
            "2016-10-06T00:17:09.669794203Z stderr F log content\r\n"
            "2022-05-04T10:00:00.123456789+02:00 stdout F:x {\"a\":1}\n"
            "2022-05-04T10:00:00.123456789+02:00 stdout F   two  spaces \n"
            "2016-10-06T00:17:09Z stdout F \n2016-10-06T00:17:09Z stdout F") ==
        Rows{"time=s:2016-10-06T00:17:09.669794202Z|stream=s:stdout|message=s:log content 1|partial=b:true",
             "time=s:2016-10-06T00:17:09.669794203Z|stream=s:stderr|message=s:log content",
             "time=s:2022-05-04T10:00:00.123456789+02:00|stream=s:stdout|message=s:{\"a\":1}",
             "time=s:2022-05-04T10:00:00.123456789+02:00|stream=s:stdout|message=s:  two  spaces ",
             "time=s:2016-10-06T00:17:09Z|stream=s:stdout|message=s:", "time=s:2016-10-06T00:17:09Z|stream=s:stdout|message=s:"});
}

TEST_CASE("cri: the message is text, the time is one where it is asked for") {
  TextUnit unit = make_unit("1970-01-01T00:00:01.5Z stdout F 42\n");
  unit.time_path = Path().child("time");
  const auto parser = make_cri_parser(FieldChoice{});
  const Rows rows = rows_of(parser->parse(unit).batch);
  REQUIRE(rows.size() == 1);
  CHECK(rows[0].starts_with("time=t:1500000000:"));
  CHECK(rows[0].ends_with("|stream=s:stdout|message=s:42"));
}

TEST_CASE("cri: what is refused, and why") {
  auto why_not = [](std::string_view line) { return only_reason(cri(line)); };
  CHECK(why_not("x") == "does not begin with a time");
  CHECK(why_not("1475713029 stdout F x") == "does not begin with a time");
  CHECK(why_not("2016-10-06T00:17:09Z") == "the stream is neither stdout nor stderr");
  CHECK(why_not("2016-10-06T00:17:09Z stdin F x") == "the stream is neither stdout nor stderr");
  CHECK(why_not("2016-10-06T00:17:09Z  stdout F x") == "the stream is neither stdout nor stderr");
  CHECK(why_not("2016-10-06T00:17:09Z stdout") == "the tag is neither P nor F");
  CHECK(why_not("2016-10-06T00:17:09Z stdout X x") == "the tag is neither P nor F");
  CHECK(why_not("2016-10-06T00:17:09Z stdout FP x") == "the tag is neither P nor F");
  CHECK(why_not("2016-10-06T00:17:09Z stdout F \xff") == "column 31: invalid UTF-8");
}

TEST_CASE("cri: whatever the line, it is an event or a reject") {
  check_mutations([] { return make_cri_parser(FieldChoice{}); },
                  {"2016-10-06T00:17:09.669794202Z stdout P log content 1", "2022-05-04T10:00:00.123456789+02:00 stderr F:x y",
                   "2016-10-06T00:17:09Z stdout F "},
                  " :TZPF0-");
}
