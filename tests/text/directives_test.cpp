#include "text/directives.h"

#include <doctest/doctest.h>

#include <random>

#include "base/error.h"
#include "unit_reading.h"

using namespace ev;
using namespace ev::test;

namespace {

using Rows = std::vector<std::string>;
using Random = std::mt19937_64;

std::string zeek(std::string_view text) {
  return shown(read_sections(parse_text_format("zeek"), text));
}
std::string w3c(std::string_view text) {
  return shown(read_sections(parse_text_format("w3c"), text));
}

constexpr std::string_view kConn =
    "#separator "
    "\\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t2024-06-01-10-00-00\n"
    "#fields\tts\tuid\tid.orig_h\tid.orig_p\tduration\torig_bytes\tlocal_orig\ttunnel_parents\n"
    "#types\ttime\tstring\taddr\tport\tinterval\tcount\tbool\tset[string]\n";
const std::string kConnRow = "1591367999.305988\tCMdzit1AMNsmfAIiQc\t192.168.4.76\t36844\t0.066852\t62\tT\t(empty)\n";

std::string failure(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

}  // namespace

TEST_CASE("Zeek: values have the types of the header") {
  CHECK(zeek(std::string(kConn) + kConnRow + "#close\t2024-06-01-11-00-00\n") ==
        shown(Rows{"ts=t:1591367999305988000:62|uid=s:CMdzit1AMNsmfAIiQc|id.orig_h=s:192.168.4.76|id.orig_p=i:36844|"
                   "duration=d:3fb11d3671ac14c6|orig_bytes=i:62|local_orig=b:true|tunnel_parents=j:[]"}));
  CHECK(
      zeek(
          "#separator \\x09\n#fields\ta\tb\tc\td\te\n#types\tstring\tdouble\tvector[count]\tset[string]\tvector[bool]\n"
          "12\t5\t1,2,-\tx\\x2cy,\"q\"\tT,F\n-\t-\t-\t-\t-\n\\x2d\t1e-05\t(empty)\t(empty)\t(empty)\n(empty)"
          "\tx\ta\t\\xff\tz\n") ==
      shown(Rows{"a=s:12|b=d:4014000000000000|c=j:[1,2,null]|d=j:[\"x,y\",\"\\\"q\\\"\"]|e=j:[true,false]",
                 "a=n:|b=n:|c=n:|d=n:|e=n:", "a=s:-|b=d:3ee4f8b588e368f1|c=j:[]|d=j:[]|e=j:[]",
                 "a=s:|b=s:x|c=j:[\"a\"]|d=j:[\"\\\\xff\"]|e=j:[\"z\"]"}));
}

TEST_CASE("Zeek: times are exact to the last digit, as event time or not") {
  const std::string log =
      "#separator \\x09\n#fields\tts\tseen\n#types\ttime\ttime\n1591367999.305988123\t0.000001\n-\tnever\n";
  const Rows wanted{"ts=t:1591367999305988123:92|seen=t:1000:62", "ts=n:|seen=s:never"};
  CHECK(zeek(log) == shown(wanted));
  CHECK(shown(read_sections(parse_text_format("zeek"), log, {}, "ts")) == shown(wanted));
}

TEST_CASE("Zeek: a header in the middle describes what follows it") {
  const std::string other = "#separator |\n#unset_field|nil\n#fields|x|y\n#types|int|string\n-7|nil\n";
  const std::string log = std::string(kConn) + kConnRow + "#close\tx\n" + other + "8|-\n\n#comment\n9|z\nbad\n";
  const Rows wanted{"x=i:-7|y=n:", "x=i:8|y=s:-", "x=i:9|y=s:z", "reject 20: has 1 value, not 2 [bad]"};
  for (std::size_t piece : {SIZE_MAX, std::size_t{1}, std::size_t{7}})
    for (std::size_t rows : {SIZE_MAX, std::size_t{1}, std::size_t{3}}) {
      Rows got = read_sections(parse_text_format("zeek"), log, {[=] { return piece; }, rows});
      CHECK(got.size() == 5);
      got.erase(got.begin());
      for (std::string& row : got) {
        const std::size_t at = row.find('@');
        if (row.starts_with("reject")) row.erase(at, row.find(':') - at);
      }
      CHECK(shown(got) == shown(wanted));
    }
}

TEST_CASE("Zeek: what is no header or contradicts itself") {
  CHECK(zeek("1\t2\n") == shown(Rows{"reject 1@0: no #fields line comes before it [1\t2]"}));
  CHECK(zeek("#separator \\x09\n#fields\ta\tb\n#types\tint\n1\t2\n") ==
        shown(Rows{"reject 4@39: its header has 2 names and 1 types [1\t2]"}));
  CHECK(failure([] { zeek("#separator \\x09\\x09\n"); }).starts_with("a log: the header names a separator"));
  CHECK(failure([] { zeek("#separator \\x09\n#fields\t\xff\n"); }).starts_with("a log: the header is no text"));
  CHECK(zeek("#separator \\x09\n#fields\ta\ta\n1\t2\n") == shown(Rows{"a=s:1|a_2=s:2"}));
}

TEST_CASE("W3C: as IIS writes it") {
  CHECK(w3c("#Software: Microsoft Internet Information Services 10.0\r\n#Version: 1.0\r\n#Date: 2024-06-01 10:00:00\r\n"
            "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs(User-Agent) sc-status time-taken\r\n"
            "2024-06-01 10:00:00 10.0.0.1 GET /index.html - 443 Mozilla/5.0+(X11) 200 15\r\n") ==
        shown(Rows{"time=s:2024-06-01T10:00:00Z|s-ip=s:10.0.0.1|cs-method=s:GET|cs-uri-stem=s:/"
                   "index.html|cs-uri-query=n:|s-port=i:443|"
                   "cs(User-Agent)=s:Mozilla/5.0+(X11)|sc-status=i:200|time-taken=i:15"}));
}

TEST_CASE("W3C: as CloudFront and Exchange write it, with tabs, commas and quotes") {
  CHECK(w3c("#Version: 1.0\n#Fields: date time x-edge-location sc-bytes\n2019-12-04\t21:02:31\tLAX1 a\t392\n") ==
        shown(Rows{"time=s:2019-12-04T21:02:31Z|x-edge-location=s:LAX1 a|sc-bytes=i:392"}));
  CHECK(w3c("#Fields: date-time,client,note\n2024-06-01T10:00:00.123Z,,\"a, \"\"b\"\"\"\n") ==
        shown(Rows{"date-time=s:2024-06-01T10:00:00.123Z|client=s:|note=s:a, \"b\""}));
  CHECK(w3c("#Fields: a b\n\"x y\"  -  \n\"-\" \"\"\n") == shown(Rows{"a=s:x y|b=n:", "a=s:-|b=s:"}));
}

TEST_CASE("W3C: the day of #Date counts where lines have none") {
  CHECK(w3c("#Fields: time x\n#Date: 2024-06-01 23:59:00\n23:59:59.5 1\n#Date: 2024-06-02 00:00:00\n00:00:01 2\n-- "
            "3\n") ==
        shown(Rows{"time=s:2024-06-01T23:59:59.5Z|x=i:1", "time=s:2024-06-02T00:00:01Z|x=i:2", "time=s:--|x=i:3"}));
  CHECK(w3c("#Fields: x time date\n1 10:00:00 2024-06-01\n2 - 2024-06-01\n") ==
        shown(Rows{"x=i:1|time=s:2024-06-01T10:00:00Z", "x=i:2|time=n:|date=s:2024-06-01"}));
}

TEST_CASE("W3C: rejects") {
  CHECK(w3c("#Version: 1.0\nx y\n#Fields: a b\n1\n1 2 3\n\"x y\n") ==
        shown(Rows{"reject 2@14: no #Fields line comes before it [x y]", "reject 4@31: has 1 value, not 2 [1]",
                   "reject 5@33: has 3 values, not 2 [1 2 3]", "reject 6@39: a quoted value is not closed [\"x y]"}));
}

TEST_CASE("W3C: a unit that begins with a carriage return, which is a record, ends before the next header") {
  const std::string log = "#Fields: a b\n1 2\n\r\r\n#Fields: x\n3\n";
  const Rows wanted{"a=i:1|b=i:2", "x=i:3", "reject 3@17: has 1 value, not 2 [\r]"};
  for (std::size_t rows : {SIZE_MAX, std::size_t{1}, std::size_t{2}, std::size_t{3}})
    CHECK(shown(read_sections(parse_text_format("w3c"), log, {[] { return SIZE_MAX; }, rows})) == shown(wanted));
}

TEST_CASE("both: each line that is no directive is an event or a reject, however it comes") {
  Random random(3);
  for (int round = 0; round < 600; round++) {
    const bool is_zeek = round % 2;
    const TextFormat format = parse_text_format(is_zeek ? "zeek" : "w3c");
    std::string text;
    for (std::size_t n = random() % 12; n > 0; n--) {
      switch (random() % 5) {
        case 0:
          text += is_zeek ? std::string(kConn) : "#Date: 2024-06-01\n#Fields: date time a\n";
          break;
        case 1:
          text += "#close\n";
          break;
        default:
          text += is_zeek ? kConnRow : "2024-06-01 10:00:00 x\n";
      }
      if (random() % 3 == 0) text[random() % text.size()] = "\n\t \r\"#-\\x,\xff"[random() % 11];
    }
    std::size_t lines = 0;
    for (std::size_t at = 0; at < text.size(); at = std::min(text.find('\n', at), text.size() - 1) + 1) {
      const std::size_t begin = text.find_first_not_of(" \t", at);
      lines += text[at] != '#' && begin != text.npos && text[begin] != '\n' && text.substr(begin, 2) != "\r\n" &&
               text.substr(begin) != "\r";
    }
    CAPTURE(text);
    Rows whole, cut;
    const std::string problem = failure([&] { whole = read_sections(format, text); });
    if (problem == "none") CHECK(whole.size() == lines);
    const std::size_t most = 1 + random() % 50;
    const Pieces pieces{[&] { return 1 + random() % most; }, 1 + random() % 4};
    CHECK(problem == failure([&] { cut = read_sections(format, text, pieces); }));
    CHECK(shown(whole) == shown(cut));
  }
}
