#include <doctest/doctest.h>

#include <bit>
#include <string>

#include "base/time.h"
#include "parsed_rows.h"

using namespace ev;
using namespace ev::test;

namespace {

std::string repeat(std::string_view part, std::size_t n) {
  std::string out;
  for (std::size_t i = 0; i < n; i++) out += part;
  return out;
}

std::string double_text(double value) {
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "v=d:%016lx", std::bit_cast<uint64_t>(value));
  return buffer;
}

std::string value(std::string_view text) {
  return parse_one("{\"v\":" + std::string(text) + "}");
}

}  // namespace

TEST_CASE("objects are flattened in the order of their keys") {
  CHECK(parse_one(R"({"a":1,"b":{"c":"x","d":{"e":true}},"f":null})") == "a=i:1|b.c=s:x|b.d.e=b:true|f=n:");
  CHECK(parse_one(R"( { "z" : 1 , "a" : false } )") == "z=i:1|a=b:false");
  CHECK(parse_one(R"({})") == "");
  CHECK(parse_one(R"({"":1,"a":{"":2}})") == "=i:1|a.=i:2");
}

TEST_CASE("a key with a dot is one step") {
  JsonLinesParser parser;
  Batch batch = parser.parse(make_unit(R"({"a.b":1,"a":{"b":2}})")).batch;
  REQUIRE(batch.paths.size() == 2);
  CHECK(batch.paths[0] == Path{"a.b"});
  CHECK(batch.paths[1] == Path{"a", "b"});
}

TEST_CASE("integers keep every digit") {
  CHECK(value("0") == "v=i:0");
  CHECK(value("7") == "v=i:7");
  CHECK(value("12345678") == "v=i:12345678");
  CHECK(value("123456789") == "v=i:123456789");
  CHECK(value("1234567890123456") == "v=i:1234567890123456");
  CHECK(value("12345678901234567") == "v=i:12345678901234567");
  CHECK(value("-1") == "v=i:-1");
  CHECK(value("9223372036854775807") == "v=i:9223372036854775807");
  CHECK(value("9223372036854775808") == "v=u:9223372036854775808");
  CHECK(value("18446744073709551615") == "v=u:18446744073709551615");
  CHECK(value("18446744073709551616") == "v=j:18446744073709551616");
  CHECK(value("-9223372036854775808") == "v=i:-9223372036854775808");
  CHECK(value("-9223372036854775809") == "v=j:-9223372036854775809");
  CHECK(value("-0") == "v=j:-0");
  CHECK(value(repeat("9", 400)) == "v=j:" + repeat("9", 400));
}

TEST_CASE("decimals come back as the nearest double, or stay text") {
  CHECK(value("1.0") == double_text(1.0));
  CHECK(value("-0.0") == double_text(-0.0));
  CHECK(value("0.0050") == double_text(0.005));
  CHECK(value("1e3") == double_text(1000));
  CHECK(value("1E-2") == double_text(0.01));
  CHECK(value("123456789012345.5") == double_text(123456789012345.5));
  CHECK(value("0.1234567890123456789") == "v=j:0.1234567890123456789");
  CHECK(value("1e400") == "v=j:1e400");
  CHECK(value("0.30000000000000004") == double_text(0.30000000000000004));
}

TEST_CASE("malformed numbers are rejected") {
  for (std::string bad : {"01", "-", "+1", "1.", ".5", "1e", "1e+", "0x1", "1_0", "--1", "00", "-01", "1.e1",
                          "Infinity", "NaN", "12345678901234567a", "1.5.5", "123456789012345678901234."})
    CHECK_MESSAGE(value(bad).starts_with("reject: column "), bad);
}

TEST_CASE("words are read to their end") {
  for (std::string bad : {"tru", "truee", "True", "fals", "falsy", "nul", "nulll", "n", "undefined"})
    CHECK_MESSAGE(value(bad).starts_with("reject: column "), bad);
}

TEST_CASE("strings are unescaped") {
  CHECK(value(R"("\"\\\/\b\f\n\r\t")") == "v=s:\"\\/\b\f\n\r\t");
  CHECK(value(R"("\u0041\u00e9\u20ac\ud83d\ude00")") == "v=s:A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80");
  CHECK(value(R"("\u0000")") == std::string("v=s:\0", 5));
  CHECK(value("\"" + repeat("x", 100) + R"(\n")") == "v=s:" + repeat("x", 100) + "\n");
  CHECK(parse_one(R"({"\u0061\n":1})") == "a\n=i:1");
}

TEST_CASE("lone surrogates and bad escapes are rejected, in arrays and keys too") {
  for (std::string bad : {R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\ud800\u0041")", R"("\ud83dx")",
                          R"("\x")", R"("\u12")", R"("\u12g4")", R"("\)"}) {
    CHECK_MESSAGE(value(bad).starts_with("reject: column "), bad);
    CHECK_MESSAGE(value("[" + bad + "]").starts_with("reject: column "), bad);
    CHECK_MESSAGE(value("[{" + bad + ":1}]").starts_with("reject: column "), bad);
    CHECK_MESSAGE(parse_one("{" + bad + ":1}").starts_with("reject: column "), bad);
  }
}

TEST_CASE("control characters and NUL bytes in strings are rejected") {
  CHECK(value("\"a\tb\"") == "reject: column 8: a string has a control character");
  CHECK(value(std::string("\"a\0b\"", 5)) == "reject: column 8: a string has a control character");
  CHECK(value("\"" + repeat("x", 40) + "\x1f\"") == "reject: column 47: a string has a control character");
  CHECK(value("\"\x7f\"") == "v=s:\x7f");
}

TEST_CASE("invalid UTF-8 is rejected with its place") {
  CHECK(value("\"a\xff\"") == "reject: column 8: invalid UTF-8");
  CHECK(value("\"\xc3\xa9\xc0\xaf\"") == "reject: column 9: invalid UTF-8");
  CHECK(value("\"\xed\xa0\x80\"") == "reject: column 7: invalid UTF-8");
  CHECK(value("\"\xf4\x90\x80\x80\"") == "reject: column 7: invalid UTF-8");
  CHECK(value("\"" + repeat("\xe2\x82\xac", 50) + "\xe2\x82\"") == "reject: column 157: invalid UTF-8");
  JsonLinesParser parser;
  ParsedText parsed = parser.parse(make_unit("{\"a\":1}\n{\"a\":\"\xff\"}\n{\"a\":\"\xc3\xa9\"}\n"));
  CHECK(rows_of(parsed.batch) == std::vector<std::string>{"a=i:1", "a=s:\xc3\xa9"});
  REQUIRE(parsed.rejects.size() == 1);
  CHECK(parsed.rejects[0].line == 2);
}

TEST_CASE("arrays and empty objects are kept as text without white space") {
  CHECK(value("[]") == "v=j:[]");
  CHECK(value("[ ]") == "v=j:[]");
  CHECK(value("{}") == "v=j:{}");
  CHECK(value("{ \t}") == "v=j:{}");
  CHECK(value(R"([1,"a b",{"x":[ ]}])") == R"(v=j:[1,"a b",{"x":[]}])");
  CHECK(value(R"([ 1 , "a \" , b" , { "x" : 1.50 , "x" : 2 } , "\\" ])") ==
        R"(v=j:[1,"a \" , b",{"x":1.50,"x":2},"\\"])");
  for (std::string bad : {"[1,]", "[,1]", "[1 2]", "[", "[1", "]", "[}", "{]", "[{\"a\"}]", "[{\"a\":}]", "[{a:1}]",
                          "[01]", "[1}", "[{\"a\":1,}]", "[tru]", "[\"a]"})
    CHECK_MESSAGE(value(bad).starts_with("reject: column "), bad);
}

TEST_CASE("of repeated keys the last value stands in the place of the first") {
  CHECK(parse_one(R"({"a":1,"b":2,"a":3})") == "a=i:3|b=i:2");
  CHECK(parse_one(R"({"a":{"x":1,"y":2},"b":2,"a":{"y":3}})") == "a.y=i:3|b=i:2");
  CHECK(parse_one(R"({"a":{"x":1},"a":2})") == "a=i:2");
  CHECK(parse_one(R"({"a":2,"c":0,"a":{"x":1,"x":4,"z":{"q":1}}})") == "a.x=i:4|a.z.q=i:1|c=i:0");
  CHECK(parse_one(R"({"a":1,"\u0061":null})") == "a=n:");
  JsonLinesParser parser;
  CHECK(parser.parse(make_unit(R"({"a":1,"a":2,"a":3,"b":{"c":1,"c":1}})")).duplicate_keys == 3);
  CHECK(parser.parse(make_unit(R"({"a":{"x":1},"b":{"x":1}})")).duplicate_keys == 0);
}

TEST_CASE("what is no single object is rejected and says so") {
  CHECK(parse_one("1") == "reject: is a JSON number, not an object");
  CHECK(parse_one("[1]") == "reject: is a JSON array, not an object");
  CHECK(parse_one("\"x\"") == "reject: is a JSON string, not an object");
  CHECK(parse_one("null") == "reject: is a JSON null, not an object");
  CHECK(parse_one("true") == "reject: is a JSON boolean, not an object");
  CHECK(parse_one("hello") == "reject: is not JSON");
  CHECK(parse_one("1 2") == "reject: is not JSON");
  CHECK(parse_one("{} {}") == "reject: column 4: a second object follows on the line");
  CHECK(parse_one("{\"a\":1}x") == "reject: column 8: more text follows the object");
  for (std::string bad :
       {"{", "{\"a\"", "{\"a\":", "{\"a\":1", "{\"a\":1,", "{\"a\":1,}", "{,}", "{\"a\" 1}", "{a:1}", "}", "{\"a\":1]"})
    CHECK_MESSAGE(parse_one(bad).starts_with("reject: "), bad);
}

TEST_CASE("values below the depth limit are text, and nesting has an end") {
  auto nested = [&](std::size_t n) { return repeat("{\"a\":", n) + "1" + repeat("}", n); };
  std::string path = repeat("a.", 63) + "a";
  CHECK(parse_one(nested(64)) == path + "=i:1");
  CHECK(parse_one(nested(65)) == path + "=j:{\"a\":1}");
  CHECK(parse_one(nested(1024)) == path + "=j:" + nested(1024 - 64));
  CHECK(parse_one(nested(1025)).find("nested deeper than 1,024 levels") != std::string::npos);
  CHECK(value(repeat("[", 1023) + repeat("]", 1023)).starts_with("v=j:[["));
  CHECK(value(repeat("[", 1024) + repeat("]", 1024)).find("nested deeper") != std::string::npos);
  CHECK(value(repeat("[", 200000)).find("nested deeper") != std::string::npos);
}

TEST_CASE("caps on fields and keys") {
  auto fields = [](unsigned n) {
    std::string line = "{";
    for (unsigned i = 0; i < n; i++) line += (i ? ",\"k" : "\"k") + std::to_string(i) + "\":1";
    return line + "}";
  };
  CHECK(parse_one(fields(kMaxColumns)).starts_with("k0=i:1|"));
  CHECK(parse_one(fields(kMaxColumns + 1)).find("more than 4,096 fields") != std::string::npos);
  CHECK(parse_one("{\"" + repeat("k", kMaxStepBytes) + "\":1}").ends_with("k=i:1"));
  CHECK(parse_one("{\"" + repeat("k", kMaxStepBytes + 1) + "\":1}").find("a key is longer") != std::string::npos);
  std::string deep = repeat("{\"" + repeat("k", kMaxStepBytes) + "\":", 16) + "1" + repeat("}", 16);
  CHECK(parse_one(deep).find("longer than 1 MiB") != std::string::npos);
}

TEST_CASE("more paths than a batch can number: the lines beyond are rejected") {
  std::string text;
  for (int line = 0; line < 1100; line++) {
    text += "{";
    for (int i = 0; i < 60; i++) text += (i ? ",\"" : "\"") + std::to_string(line * 60 + i) + "\":1";
    text += "}\n";
  }
  JsonLinesParser parser;
  ParsedText parsed = parser.parse(make_unit(text));
  CHECK(parsed.batch.rows == 65534 / 60);
  CHECK(parsed.rejects.size() == 1100 - 65534 / 60);
  CHECK(difference(parsed, parser.parse_plain(make_unit(text))) == "");
}

TEST_CASE("lines, blank lines, offsets and a byte order mark") {
  JsonLinesParser parser;
  TextUnit unit = make_unit("\xef\xbb\xbf{\"a\":1}\r\n\n \t\r\nbad\n{\"a\":2}\nworse");
  ParsedText parsed = parser.parse(unit);
  CHECK(rows_of(parsed.batch) == std::vector<std::string>{"a=i:1", "a=i:2"});
  REQUIRE(parsed.rejects.size() == 2);
  CHECK(parsed.records == 4);
  CHECK(parsed.rejects[0].line == 4);
  CHECK(parsed.rejects[0].offset == 17);
  CHECK(parsed.rejects[0].raw == "bad");
  CHECK(parsed.rejects[1].line == 6);
  CHECK(parsed.rejects[1].offset == 29);
  CHECK(parsed.rejects[1].raw == "worse");
  unit.first_offset = 100;
  unit.first_line = 10;
  parsed = parser.parse(unit);
  REQUIRE(parsed.rejects.size() == 3);  // the mark is one only at the beginning of the input
  CHECK(parsed.rejects[0].line == 10);
  CHECK(parsed.rejects[0].offset == 100);
  CHECK(parsed.rejects[1].line == 13);
}

TEST_CASE("lines that were left out for their size take their place among the rejects") {
  JsonLinesParser parser;
  TextUnit unit = make_unit("x\n{\"a\":1}\ny\n");
  unit.first_line = 5;
  unit.oversized = {{5, 0, "too long", "first"}, {8, 17, "too long", "fourth"}, {10, 26, "too long", "last"}};
  ParsedText parsed = parser.parse(unit);
  CHECK(parsed.records == 6);
  std::vector<uint64_t> lines;
  for (const Reject& reject : parsed.rejects) lines.push_back(reject.line);
  CHECK(lines == std::vector<uint64_t>{5, 6, 8, 9, 10});
}

TEST_CASE("a value may change its type from line to line") {
  JsonLinesParser parser;
  std::string text =
      "{\"a\":1,\"b\":0}\n{\"a\":\"x\",\"b\":0}\n{\"a\":{},\"b\":0}\n{\"a\":{\"c\":1},\"b\":0}\n{\"a\":[1, "
      "2],\"b\":0}\n"
      "{\"a\":null,\"b\":0}\n{\"a\":1.5,\"b\":0}\n{\"a\":true,\"b\":0}\n{\"b\":0}\n{\"a\":2,\"b\":0}\n";
  ParsedText parsed = parser.parse(make_unit(text));
  CHECK(rows_of(parsed.batch) == std::vector<std::string>{"a=i:1|b=i:0", "a=s:x|b=i:0", "a=j:{}|b=i:0", "a.c=i:1|b=i:0",
                                                          "a=j:[1,2]|b=i:0", "a=n:|b=i:0", "a=d:3ff8000000000000|b=i:0",
                                                          "a=b:true|b=i:0", "b=i:0", "a=i:2|b=i:0"});
}

TEST_CASE("only wanted fields and the time are built; the rest is still validated") {
  JsonLinesParser parser(FieldChoice{false, {"b", "c.d"}});
  std::string text;
  for (int i = 0; i < 3; i++)
    text +=
        "{\"ts\":1717200000000,\"a\":\"\\n\",\"b\":1,\"c\":{\"d\":2,\"e\":3},\"c.d\":4}\n{\"a\":\"\\q\",\"b\":1}\n{"
        "\"a\":1}\n{\"a\":01}\n";
  TextUnit unit = make_unit(text);
  unit.time_path = Path{"ts"};
  ParsedText parsed = parser.parse(unit);
  auto rows = rows_of(parsed.batch);
  REQUIRE(rows.size() == 6);
  CHECK(rows[0].ends_with("|b=i:1|c.d=i:2|c.d=i:4"));
  CHECK(rows[0].starts_with("ts=t:1717200000000000000:"));
  CHECK(rows[1] == "");
  CHECK(parsed.rejects.size() == 6);
  CHECK(parsed.batch.paths.size() == 4);
}

TEST_CASE("the event time is left out where nobody wants it, and is a time where it is wanted by its name") {
  TextUnit unit = make_unit("{\"ts\":1717200000000,\"a\":1}\n{\"ts\":1717200000001,\"a\":2}\n{\"ts\":1717200000002,\"a\":3}\n");
  unit.time_path = Path{"ts"};
  ParsedText parsed = JsonLinesParser(FieldChoice{false, {"a"}, false}).parse(unit);
  CHECK(rows_of(parsed.batch) == std::vector<std::string>{"a=i:1", "a=i:2", "a=i:3"});
  CHECK(parsed.batch.time_path == -1);
  parsed = JsonLinesParser(FieldChoice{false, {"ts"}, false}).parse(unit);
  REQUIRE(parsed.batch.time_column());
  CHECK(parsed.batch.time_column()->integer(2) == 1717200000002000000);
  // What nobody wants must be right all the same.
  unit = make_unit("{\"a\":1,\"n\":1}\n{\"a\":2,\"n\":2}\n{\"a\":3,\"n\":3}\n{\"a\":4,\"n\":03}\n{\"a\":5,\"n\":-}\n{\"a\":6,\"n\":6e1}\n");
  parsed = JsonLinesParser(FieldChoice{false, {"a"}, false}).parse(unit);
  CHECK(rows_of(parsed.batch) == std::vector<std::string>{"a=i:1", "a=i:2", "a=i:3", "a=i:6"});
  CHECK(parsed.rejects.size() == 2);
}

TEST_CASE("the time field becomes time where it reads as one") {
  auto time_row = [](std::string_view value_text, bool plausible_only) {
    JsonLinesParser parser;
    TextUnit unit = make_unit("{\"t\":{\"$d\":" + std::string(value_text) + "}}");
    unit.time_path = Path{"t", "$d"};
    TimeRules rules;
    rules.plausible_only = plausible_only;
    unit.time_rules = std::make_shared<const TimeRules>(rules);
    ParsedText parsed = parser.parse(unit);
    CHECK(parsed.batch.time_path == 0);
    return rows_of(parsed.batch)[0];
  };
  CHECK(time_row("1717200001148", true).starts_with("t.$d=t:1717200001148000000:"));
  CHECK(time_row("1717200001", true).starts_with("t.$d=t:1717200001000000000:"));
  CHECK(time_row("\"2024-06-01T00:00:01.5Z\"", true).starts_with("t.$d=t:1717200001500000000:"));
  CHECK(time_row("\"2024-06-01T02:00:01+02:00\"", true).starts_with("t.$d=t:1717200001000000000:"));
  CHECK(time_row("1717200001.123456789", true).starts_with("t.$d=t:1717200001123456789:"));
  CHECK(time_row("12", false).starts_with("t.$d=t:12000000000:"));
  CHECK(time_row("12", true) == "t.$d=i:12");
  CHECK(time_row("\"yesterday\"", false) == "t.$d=s:yesterday");
  CHECK(time_row("1.7e9", false).starts_with("t.$d=d:"));
  CHECK(time_row("null", false) == "t.$d=n:");
  CHECK(time_row("[1.5]", false) == "t.$d=j:[1.5]");
  CHECK(time_row("true", false) == "t.$d=b:true");
}

TEST_CASE("a batch without the time field has no time path, whatever came before") {
  JsonLinesParser parser;
  TextUnit with = make_unit("{\"ts\":1717200001148}\n"), without = make_unit("{\"a\":1}\n");
  with.time_path = without.time_path = Path{"ts"};
  CHECK(parser.parse(with).batch.time_path == 0);
  CHECK(parser.parse(without).batch.time_path == -1);
}

TEST_CASE("find_time_field") {
  auto found = [](std::string_view lines, std::vector<std::string> candidates, bool named) {
    uint32_t left = kTimeDetectionRecords;
    auto path = find_time_field(lines, candidates, named, {}, left);
    return (path ? path->name() : "none") + " " + std::to_string(kTimeDetectionRecords - left);
  };
  std::vector<std::string> known(default_time_fields().begin(), default_time_fields().end());
  CHECK(found("{\"a\":1}\nbad\n\n{\"time\":5}\n{\"date\":\"2024-01-01T00:00:00Z\",\"timestamp\":1717200001148}", known,
              false) == "timestamp 4");
  CHECK(found("{\"t\":{\"$date\":\"2023-09-23T16:24:35.756-04:00\"}}", known, false) == "t.$date 1");
  CHECK(found("{\"a\":1717200001148}\n", known, false) == "none 1");
  CHECK(found("{\"b\":null}\n{\"b\":\"later\",\"c\":1}\n", {"b", "c"}, true) == "b 2");
  CHECK(found("{\"c\":1}\n{\"b\":1}\n", {"b", "c"}, true) == "c 1");
  CHECK(found("", known, false) == "none 0");
  uint32_t left = 2;
  CHECK(!find_time_field("{}\n{}\n{\"ts\":1717200001148}\n", known, false, {}, left));
  CHECK(left == 0);
}
