#include <doctest/doctest.h>

#include <random>
#include <string>

#include "line_reading.h"
#include "text/access_log.h"
#include "text/logfmt.h"
#include "text/plain_lines.h"

using namespace ev;
using namespace ev::test;

namespace {

Rows logfmt(std::string_view text) {
  return read_all(*make_logfmt_parser(FieldChoice{}), text);
}
Rows access_log(std::string_view text) {
  return read_all(*make_access_log_parser(FieldChoice{}), text);
}

}  // namespace

TEST_CASE("logfmt: values have types, quoted ones are strings") {
  CHECK(logfmt("level=info n=5 took=1.5 ok=true id=007 msg=\"two words\" s=\"5\"\n") ==
        Rows{"level=s:info|n=i:5|took=d:3ff8000000000000|ok=b:true|id=s:007|msg=s:two words|s=s:5"});
  CHECK(logfmt("a= b=\"\" c\n") == Rows{"a=n:|b=s:|c=b:true"});
  CHECK(logfmt("  a=1\t b=x=y \r\n\n \nz=\"\"") == Rows{"a=i:1|b=s:x=y", "z=s:"});
}

TEST_CASE("logfmt: escapes in quotes") {
  CHECK(logfmt(R"(m="say \"hi\"\n\\ \t \d" n=1)") == Rows{"m=s:say \"hi\"\n\\ \t \\d|n=i:1"});
}

TEST_CASE("logfmt: of repeated keys the last value counts, in the place of the first") {
  const auto parser = make_logfmt_parser(FieldChoice{});
  const ParsedText parsed = parser->parse(make_unit("a=1 b=2 a=x\nb=1\n"));
  CHECK(rows_of(parsed.batch) == Rows{"a=s:x|b=i:2", "b=i:1"});
  CHECK(parsed.duplicate_keys == 1);
}

TEST_CASE("logfmt: what is refused, and why") {
  CHECK(logfmt("=1\n") == Rows{"reject 1: a value has no key [=1]"});
  CHECK(logfmt("a=\"x\nb=1\n") == Rows{"b=i:1", "reject 1: a quoted value is not closed [a=\"x]"});
  CHECK(logfmt("a=\"x\\\"\n") == Rows{"reject 1: a quoted value is not closed [a=\"x\\\"]"});
  CHECK(logfmt("a=\"x\"y\n") == Rows{"reject 1: text follows the closing quote of a value [a=\"x\"y]"});
  CHECK(logfmt("\"a\"=1\n") == Rows{"reject 1: a quote stands in a key [\"a\"=1]"});
  CHECK(logfmt("a=\xff\na=1\n") == Rows{"a=i:1", "reject 1: column 3: invalid UTF-8 [a=\xff]"});
}

TEST_CASE("access log: combined, common, and what stands behind") {
  CHECK(access_log("1.2.3.4 - bob [10/Oct/2000:13:55:36 -0700] \"GET /a?b=c HTTP/1.0\" 200 2326\n") ==
        Rows{"client=s:1.2.3.4|ident=n:|user=s:bob|time=s:10/Oct/2000:13:55:36 -0700|method=s:GET|path=s:/a|query=s:b=c|"
             "protocol=s:HTTP/1.0|status=i:200|bytes=i:2326"});
  CHECK(access_log("::1 - - [t] \"GET / HTTP/1.1\" 304 - \"-\" \"Mozilla \\\"x\\\" \\x5c\" \"10.0.0.1\" 0.25\n") ==
        Rows{"client=s:::1|ident=n:|user=n:|time=s:t|method=s:GET|path=s:/|protocol=s:HTTP/1.1|status=i:304|bytes=n:|"
             "referer=n:|user_agent=s:Mozilla \"x\" \\x5c|extra_1=s:10.0.0.1|extra_2=d:3fd0000000000000"});
}

TEST_CASE("access log: a request that cannot be split stays whole, a line may be quoted") {
  CHECK(access_log("h - - [t] \"\\x16\\x03\" 400 0\n") ==
        Rows{"client=s:h|ident=n:|user=n:|time=s:t|request=s:\\x16\\x03|status=i:400|bytes=i:0"});
  CHECK(access_log("h - - [t] \"GET /a b HTTP/1.1\" 400 0\n") ==
        Rows{"client=s:h|ident=n:|user=n:|time=s:t|request=s:GET /a b HTTP/1.1|status=i:400|bytes=i:0"});
  CHECK(access_log("h - - [t] \"-\" 408 0\n") == Rows{"client=s:h|ident=n:|user=n:|time=s:t|request=n:|status=i:408|bytes=i:0"});
  CHECK(access_log("\"h - - [t] \"GET / HTTP/1.1\" 200 1\"\n") ==
        Rows{"client=s:h|ident=n:|user=n:|time=s:t|method=s:GET|path=s:/|protocol=s:HTTP/1.1|status=i:200|bytes=i:1"});
  // The quotes inside may be escaped, and then those of its values twice.
  CHECK(access_log(R"("h - - [t] \"GET / HTTP/1.1\" 200 1 \"-\" \"a \\\"b\\\" c\"")"
                   "\n") == Rows{"client=s:h|ident=n:|user=n:|time=s:t|method=s:GET|path=s:/|protocol=s:HTTP/1.1|"
                                 "status=i:200|bytes=i:1|referer=n:|user_agent=s:a \"b\" c"});
}

TEST_CASE("access log: what is refused, and why") {
  auto reason = [](std::string_view line) {
    const Rows rows = access_log(line);
    REQUIRE(rows.size() == 1);
    return rows[0].substr(0, rows[0].find(" ["));
  };
  CHECK(reason("h") == "reject 1: ends before the time");
  CHECK(reason("h - - t \"GET / HTTP/1.1\" 200 1") == "reject 1: has no");
  CHECK(reason("h - - [t] GET 200 1") == "reject 1: has no \"request\", or it is not closed");
  CHECK(reason("h - - [t] \"GET / HTTP/1.1\"") == "reject 1: has no status");
  CHECK(reason("h - - [t] \"GET / HTTP/1.1\" ok 1") == "reject 1: the status is no number");
  CHECK(reason("h - - [t] \"GET / HTTP/1.1\" 200") == "reject 1: has no size after the status");
  CHECK(reason("h - - [t] \"GET / HTTP/1.1\" 200 x") == "reject 1: the size is no number");
  CHECK(reason("h - - [t] \"GET / HTTP/1.1\" 200 1 \"-\" \"x") == "reject 1: a quoted field is not closed");
}

TEST_CASE("lines: each is a message") {
  const auto parser = make_plain_lines_parser(FieldChoice{});
  CHECK(read_all(*parser, "one\n\n two \r\n12") == Rows{"message=s:one", "message=s: two ", "message=s:12"});
}

TEST_CASE("whatever the line, it is an event or a reject") {
  std::mt19937_64 random(5);
  const std::string_view good[] = {"level=info msg=\"a \\\"b\\\" c\" n=1.5 t=\"2024-01-01T00:00:00Z\" flag",
                                   "1.2.3.4 - - [10/Oct/2000:13:55:36 -0700] \"GET /a?b HTTP/1.0\" 200 5 \"-\" \"x\\\"y\" \"z\""};
  for (int round = 0; round < 20000; round++) {
    std::string line(good[round % 2]);
    for (std::size_t n = 1 + random() % 4; n > 0; n--) {
      const std::size_t at = random() % line.size();
      switch (random() % 3) {
        case 0: line[at] = static_cast<char>("\"\\ =[]-\xff\r\t1"[random() % 11]); break;
        case 1: line.erase(at, 1 + random() % 10); break;
        default: line.insert(at, 1, static_cast<char>("\"\\ =[]"[random() % 6]));
      }
      if (line.empty()) line = "x";
    }
    const Rows rows = round % 2 ? access_log(line) : logfmt(line);
    REQUIRE(rows.size() == (line.find_first_not_of(" \t\r") == line.npos ? 0 : 1));
  }
}
