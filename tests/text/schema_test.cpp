// Schemas: how they are read, what they say of values, and what is said of a schema that is none.
#include "text/schema.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "parsed_rows.h"
#include "text/schema_check.h"
#include "text/text_parser.h"

using namespace ev;
using namespace ev::test;

namespace {

std::shared_ptr<const RowCheck> check_of(std::string_view schema) {
  return std::make_shared<const SchemaCheck>(parse_schema(schema, "s.json"), TimeRules{});
}

/// What the schema says of the lines of a log, a reason for each, "" where it is taken.
std::vector<std::string> judge(std::string_view schema, std::string_view lines,
                               std::optional<Path> time = std::nullopt) {
  JsonLinesParser parser;
  TextUnit unit = make_unit(lines);
  unit.time_path = time;
  unit.check = check_of(schema);
  const ParsedText parsed = parser.parse(unit);
  std::vector<std::string> reasons(static_cast<std::size_t>(std::count(lines.begin(), lines.end(), '\n')));
  CHECK(parsed.records == reasons.size());
  for (const Reject& reject : parsed.rejects) reasons[reject.line - 1] = reject.reason;
  return reasons;
}
/// Of one event {"v": VALUE}, the schema being that of field v.
std::string of_value(std::string_view field, std::string_view value) {
  return judge("{\"fields\":{\"v\":" + std::string(field) + "}}", "{\"v\":" + std::string(value) + "}\n")[0];
}
using Reasons = std::vector<std::string>;

std::string problem(std::string_view schema) {
  try {
    parse_schema(schema, "s.json");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::usage);
    return error.what();
  }
  return "taken";
}

}  // namespace

TEST_CASE("types of a schema") {
  struct Case {
    const char *type, *value, *reason;
  };
  for (const Case& each : {
           Case{"string", "\"x\"", ""},
           Case{"string", "1", "v is int, not string: 1"},
           Case{"string", "[1]", "v is array, not string: [1]"},
           Case{"int", "1", ""},
           Case{"int", "18446744073709551615", ""},
           Case{"int", "1.0", "v is float, not int: 1.0"},
           Case{"int", "\"1\"", "v is string, not int: \"1\""},
           Case{"int", "100000000000000000000", ""},
           Case{"int", "1.00000000000000000001", "v is float, not int: 1.00000000000000000001"},
           Case{"integer", "-5", ""},
           Case{"uint", "-5", "v is int, not uint: -5"},
           Case{"uint", "5", ""},
           Case{"float", "5", ""},
           Case{"number", "5.5", ""},
           Case{"float", "\"5\"", "v is string, not float: \"5\""},
           Case{"bool", "true", ""},
           Case{"boolean", "0", "v is int, not bool: 0"},
           Case{"time", "\"2024-06-01T00:00:00Z\"", ""},
           Case{"time", "1717200000", ""},
           Case{"time", "1717200000.25", ""},
           Case{"time", "\"soon\"", "v is string, not time: \"soon\""},
           Case{"time", "true", "v is bool, not time: true"},
           Case{"array", "[]", ""},
           Case{"array", "{}", "v is object, not array: {}"},
           Case{"object", "{}", ""},
           Case{"object", "{\"a\":1}", ""},
           Case{"json", "{\"a\":1}", ""},
           Case{"json", "[1]", ""},
           Case{"string", "{\"a\":1}", "v is object, not string"},
           Case{"string", "null", ""},
           Case{"null", "null", ""},
           Case{"null", "1", "v is int, not null: 1"},
       }) {
    CAPTURE(each.type);
    CAPTURE(each.value);
    CHECK(of_value("{\"type\":\"" + std::string(each.type) + "\"}", each.value) == each.reason);
  }
  CHECK(of_value(R"({"type":["string","int"]})", "1") == "");
  CHECK(of_value(R"({"type":["string","int"]})", "1.5") == "v is float, not string or int: 1.5");
  CHECK(of_value("{}", "[1]") == "");
}

TEST_CASE("bounds take their own value in, and are exact") {
  CHECK(of_value(R"({"min":0,"max":10})", "0") == "");
  CHECK(of_value(R"({"minimum":0,"maximum":10})", "10.0") == "");
  CHECK(of_value(R"({"min":0})", "-1") == "v is below 0: -1");
  CHECK(of_value(R"({"min":0})", "-0.5") == "v is below 0: -0.5");
  CHECK(of_value(R"({"max":1e1})", "11") == "v is above 1e1: 11");
  CHECK(of_value(R"({"max":9007199254740992})", "9007199254740993") == "v is above 9007199254740992: 9007199254740993");
  CHECK(of_value(R"({"max":9007199254740992.0})", "9007199254740993") ==
        "v is above 9007199254740992.0: 9007199254740993");
  CHECK(of_value(R"({"min":18446744073709551615})", "18446744073709551615") == "");
  CHECK(of_value(R"({"min":18446744073709551615})", "18446744073709551614") ==
        "v is below 18446744073709551615: 18446744073709551614");
  CHECK(of_value(R"({"min":-9223372036854775808})", "-9223372036854775808") == "");
  CHECK(of_value(R"({"max":5})", "100000000000000000000000") == "v is above 5: 100000000000000000000000");
  CHECK(of_value(R"({"max":5})", "\"3\"") == "v is string, not float: \"3\"");
  CHECK(of_value(R"({"max":5,"type":["string","int"]})", "\"30\"") == "");
  CHECK(of_value(R"({"max":5,"type":["string","int"]})", "30") == "v is above 5: 30");
  CHECK(of_value(R"({"min":"2024-06-01"})", "\"2024-06-01T02:00:00+02:00\"") == "");
  CHECK(of_value(R"({"min":"2024-06-01"})", "1717199999") == "v is below \"2024-06-01\": 1717199999");
  CHECK(of_value(R"({"max":"2024-06-01"})", "\"2024-06-02\"") == "v is above \"2024-06-01\": \"2024-06-02\"");
}

TEST_CASE("choices, patterns and lengths") {
  CHECK(of_value(R"({"enum":["a","b"]})", "\"a\"") == "");
  CHECK(of_value(R"({"enum":["a","b"]})", "\"c\"") == "v is none of \"a\", \"b\": \"c\"");
  CHECK(of_value(R"({"enum":[1,true,null]})", "1.0") == "");
  CHECK(of_value(R"({"enum":[1,true,null]})", "true") == "");
  CHECK(of_value(R"({"enum":[1,true,null]})", "null") == "");
  CHECK(of_value(R"({"enum":[1,true,null]})", "false") == "v is none of 1, true, null: false");
  CHECK(of_value(R"({"enum":[1,true,null]})", "\"1\"") == "v is none of 1, true, null: \"1\"");
  CHECK(of_value(R"({"enum":[]})", "[]") == "v is none of : []");
  CHECK(of_value(R"({"enum":[9007199254740993]})", "9007199254740992") ==
        "v is none of 9007199254740993: 9007199254740992");
  CHECK(of_value(R"({"pattern":"^u[0-9]+$"})", "\"u12\"") == "");
  CHECK(of_value(R"({"pattern":"u[0-9]"})", "\"xu1x\"") == "");
  CHECK(of_value(R"({"pattern":"^u[0-9]+$"})", "\"u\"") == "v does not match ^u[0-9]+$: \"u\"");
  CHECK(of_value(R"({"pattern":"5"})", "5") == "v is int, not string: 5");
  CHECK(of_value(R"({"min_length":2,"maxLength":3})", "\"\u00e9\u20ac\"") == "");
  CHECK(of_value(R"({"min_length":2,"max_length":3})", "\"\u20ac\"") == "v has fewer than 2 characters: \"\u20ac\"");
  CHECK(of_value(R"({"min_length":2,"max_length":3})", "\"abcd\"") == "v has more than 3 characters: \"abcd\"");
  CHECK(of_value(R"({"max_length":3})", "\"a\\nbc\"") == "v has more than 3 characters: \"a\\nbc\"");
  const std::string reason =
      of_value(R"({"max_length":3})", "\"" + std::string(99, 'x') + "\u20ac" + std::string(500, 'y') + "\"");
  CHECK(reason == "v has more than 3 characters: \"" + std::string(99, 'x') + "...\"");
}

TEST_CASE("required fields, null and objects") {
  CHECK(judge(R"({"fields":{"a":{"required":true},"m":{"required":true,"type":"object"}}})",
              "{\"a\":1,\"m\":{\"x\":null}}\n{\"m\":{}}\n{\"a\":null,\"m\":{\"b\":1}}\n{\"a\":0}\n{\"a\":0,\"m\":null}"
              "\n{\"a\":\"\",\"m\":5}\n") == Reasons{"", "a is missing", "a is null, but required", "m is missing",
                                                     "m is null, but required", "m is int, not object: 5"});
  CHECK(judge(R"({"fields":{"a":{"required":true,"type":["int","null"]}}})", "{\"a\":null}\n{\"b\":1}\n{\"a\":2}\n") ==
        Reasons{"", "a is missing", ""});
  CHECK(judge(R"({"required":["a","b.c"]})", "{\"a\":1,\"b\":{\"c\":2}}\n{\"a\":1,\"b\":{}}\n{\"a\":1,\"b.c\":1}\n") ==
        Reasons{"", "b.c is missing", ""});
}

TEST_CASE("fields that the schema does not know") {
  const std::string log =
      "{\"a\":1}\n{\"a\":1,\"b\":2}\n{\"b\":null}\n{\"m\":{\"x\":1}}\n{\"m\":{\"x\":1,\"y\":2}}\n{}\n{\"m.x\":1}\n{"
      "\"m\":{\"x\":{\"z\":1}}}\n";
  CHECK(judge(R"({"fields":{"a":{},"m.x":{}},"additional":false})", log) ==
        Reasons{"", "b is no field of the schema", "b is no field of the schema", "", "m.y is no field of the schema",
                "", "", ""});
  CHECK(judge(R"({"additional":true,"fields":{"a":{}}})", log) == Reasons(8));
  CHECK(
      judge(
          R"({"properties":{"m":{"type":"object","properties":{"x":{"type":"integer"}},"additionalProperties":false}}})",
          log) == Reasons{"", "", "", "", "m.y is no field of the schema", "", "", "m.x is object, not int"});
  CHECK(judge(R"({"fields":{"a":{},"b":{},"m":{},"m.x":{}},"additional":false})", log) == Reasons(8));
  CHECK(judge(R"({"fields":{"a":{},"b":{},"m":{"fields":{"x":{}}},"`m.x`":{"type":"string"}},"additional":false})",
              log)[6] == "`m.x` is int, not string: 1");
}

TEST_CASE("the first violation in the order of the schema is the reason") {
  const std::string log = "{\"a\":\"x\",\"b\":\"y\",\"c\":1}\n";
  CHECK(judge(R"({"fields":{"b":{"type":"int"},"a":{"type":"int"},"d":{"required":true}},"additional":false})",
              log)[0] == "b is string, not int: \"y\"");
  CHECK(judge(R"({"additional":false,"fields":{"d":{"required":true},"b":{"type":"int"}}})", log)[0] == "d is missing");
  CHECK(judge(R"({"additional":false,"fields":{"a":{},"b":{}}})", log)[0] == "c is no field of the schema");
}

TEST_CASE("the event time is what it was written as, and a time") {
  const std::string log =
      "{\"ts\":\"2024-06-01T00:00:00Z\"}\n{\"ts\":1717200000}\n{\"ts\":1717200000.5}\n{\"ts\":\"1717200000\"}\n{\"ts\":"
      "\"no\"}\n";
  auto of_time = [&](std::string_view field) {
    return judge("{\"fields\":{\"ts\":" + std::string(field) + "}}", log, Path{"ts"});
  };
  CHECK(of_time(R"({"type":"time"})") == Reasons{"", "", "", "", "ts is string, not time: \"no\""});
  CHECK(of_time(R"({"type":"string"})")[0] == "");
  CHECK(of_time(R"({"type":"string"})")[1] == "ts is a number, not string: 1717200000");
  CHECK(of_time(R"({"type":"int"})") == Reasons{"ts is string, not int: 2024-06-01T00:00:00Z", "",
                                                "ts is a number, not int: 1717200000.5",
                                                "ts is string, not int: 1717200000", "ts is string, not int: \"no\""});
  CHECK(of_time(R"({"min":1717200000.25})")[1] == "ts is below 1717200000.25: 1717200000");
  CHECK(of_time(R"({"min":1717200000.25})")[2] == "");
  CHECK(of_time(R"({"max":"2024-05-31T00:00Z"})")[0] == "ts is above \"2024-05-31T00:00Z\": 2024-06-01T00:00:00Z");
  CHECK(of_time(R"({"pattern":"Z$"})")[0] == "");
  CHECK(of_time(R"({"pattern":"^20"})")[3] == "ts does not match ^20: 1717200000");
  CHECK(of_time(R"({"enum":[1717200000]})") ==
        Reasons{"ts is none of 1717200000: 2024-06-01T00:00:00Z", "", "ts is none of 1717200000: 1717200000.5",
                "ts is none of 1717200000: 1717200000", "ts is none of 1717200000: \"no\""});
}

TEST_CASE("texts that repeat and texts that do not are judged alike") {
  std::string log;
  for (int i = 0; i < 5000; i++) {
    log += "{\"few\":\"f" + std::to_string(i % 7) + "\",\"many\":\"m" + std::to_string(i) + "\"}\n";
  }
  const Reasons few = judge(R"({"fields":{"few":{"pattern":"[0-5]$"}}})", log);
  const Reasons many = judge(R"({"fields":{"many":{"pattern":"[0-5]$"}}})", log);
  for (int i = 0; i < 5000; i++) {
    const auto at = static_cast<std::size_t>(i);
    REQUIRE(few[at] == (i % 7 == 6 ? "few does not match [0-5]$: \"f6\"" : ""));
    REQUIRE(many[at] == (i % 10 > 5 ? "many does not match [0-5]$: \"m" + std::to_string(i) + "\"" : ""));
  }
}

TEST_CASE("text formats read values as the schema wants them, JSON does not") {
  const Schema schema = parse_schema(
      R"({"fields":{"zip":{"type":"string"},"n":{"type":"int"},"f":{"type":"float"},"e":{"enum":["1","2"]},"t":{"type":"time"},
                    "two":{"type":["int","string"]},"p":{"pattern":"^0"}}})",
      "s.json");
  TextFormat format = parse_text_format("csv");
  format.columns = {"zip", "n", "f", "e", "t", "two", "p"};
  TextUnit unit = make_unit(
      "01234,007,5,1,2024-06-01,7,012\n12345,1.0,1e2,2,5,x,0\n5,x,5,1,5,5,0\n5,5,x,1,5,5,0\n5,5,5,3,5,5,0\n5,5,5,1,x,5,"
      "0\n5,5,5,1,5,5,1\n");
  unit.format = std::make_shared<const TextFormat>(format);
  unit.types = std::make_shared<const FieldTypes>(schema.text_types());
  unit.check = std::make_shared<const SchemaCheck>(schema, TimeRules{});
  const ParsedText parsed = make_text_parser(format, FieldChoice{})->parse(unit);
  const std::vector<std::string> rows = rows_of(parsed.batch);
  REQUIRE(rows.size() == 2);
  CHECK(rows[0] == "zip=s:01234|n=i:7|f=i:5|e=s:1|t=s:2024-06-01|two=i:7|p=s:012");
  CHECK(rows[1] == "zip=s:12345|n=i:1|f=d:4059000000000000|e=s:2|t=i:5|two=s:x|p=s:0");
  Reasons reasons;
  for (const Reject& reject : parsed.rejects) reasons.push_back(reject.reason);
  CHECK(reasons == Reasons{"n is string, not int: \"x\"", "f is string, not float: \"x\"",
                           "e is none of \"1\", \"2\": \"3\"", "t is string, not time: \"x\"",
                           "p does not match ^0: \"1\""});
}

TEST_CASE("a schema that is none says where and why") {
  CHECK(problem("") == "s.json: line 1, column 1: the JSON ends too early");
  CHECK(problem("[]") == "s.json: line 1, column 1: the schema is no object");
  CHECK(problem("5") == "s.json: line 1, column 1: the schema is no object");
  CHECK(problem("{\n  \"fields\": {\n    \"a\": }\n}") == "s.json: line 3, column 10: is no JSON: expected a value");
  CHECK(problem("{\"fields\":{}") == "s.json: line 1, column 13: the JSON ends too early");
  CHECK(problem("{} {}") == "s.json: line 1, column 4: more text follows the schema");
  CHECK(problem("{\"fields\": \xff}").starts_with("s.json: line 1, column 1: "));
  CHECK(problem("{\n \"feilds\": {}\n}") ==
        "s.json: line 2, column 2: there is no \"feilds\" in a schema; did you mean fields?");
  CHECK(problem("{\"xyzzy\":1}") ==
        "s.json: line 1, column 2: there is no \"xyzzy\" in a schema; there are fields, additional, required, type, "
        "min, max, enum, pattern, "
        "min_length, max_length");
  CHECK(problem("{\"min\":1}") ==
        "s.json: line 1, column 2: min means nothing to the event itself; it goes with a field");
  CHECK(problem(R"({"fields":{"a":{"patern":"x"}}})") ==
        "s.json: line 1, column 17: there is no \"patern\" in a schema; did you mean pattern?");
  CHECK(problem(R"({"fields":{"a":{"min":1,"minimum":2}}})") == "s.json: line 1, column 25: minimum is given twice");
  CHECK(problem(R"({"fields":{"a":{},"a":{}}})") == "s.json: line 1, column 19: the field a is declared twice");
  CHECK(problem(R"({"fields":{"a.b":{},"a":{"fields":{"b":{}}}}})") ==
        "s.json: line 1, column 36: the field a.b is declared twice");
  CHECK(problem(R"({"fields":{"a":{},"`b":{}}})") ==
        "s.json: line 1, column 19: field name `b: a backquote is not closed; write each step in backquotes, joined by "
        "dots: `a.b`.`c`");
  CHECK(problem(R"({"required":["`b`c"]})").starts_with(
      "s.json: line 1, column 14: field name `b`c: a dot is missing behind a backquote"));
  CHECK(problem(R"({"fields":{"a":"string"}})") ==
        "s.json: line 1, column 16: what the field a must be is no object; for example {\"type\": \"string\"}");
  CHECK(problem(R"({"fields":["a"]})") ==
        "s.json: line 1, column 11: fields takes an object: the name of each field, and what it must be");
  CHECK(problem(R"({"fields":{"a":{"type":"strng"}}})") ==
        "s.json: line 1, column 24: there is no type \"strng\"; did you mean string?");
  CHECK(problem(R"({"fields":{"a":{"type":[]}}})") == "s.json: line 1, column 24: type takes at least one type");
  CHECK(problem(R"({"fields":{"a":{"type":1}}})") ==
        "s.json: line 1, column 24: type takes the name of a type, or a list of them");
  CHECK(problem(R"({"type":"array"})") == "s.json: line 1, column 9: an event is an object, and no other type");
  CHECK(problem(R"({"fields":{"a":{"min":true}}})") ==
        "s.json: line 1, column 23: min takes a number or a time, not true");
  CHECK(problem(R"({"fields":{"a":{"min":"soon"}}})") ==
        "s.json: line 1, column 23: \"soon\" is no time; for example \"2024-06-01T00:00:00Z\"");
  CHECK(problem(R"({"fields":{"a":{"min":123456789012345678901234567890}}})") ==
        "s.json: line 1, column 23: a number is too large");
  CHECK(problem(R"({"fields":{"a":{"min":2,"max":1}}})") == "s.json: line 1, column 25: max 1 is below min 2");
  CHECK(problem(R"({"fields":{"a":{"min":2,"max":"2024-01-01"}}})") ==
        "s.json: line 1, column 25: min and max are a number and a time");
  CHECK(problem(R"({"fields":{"a":{"min_length":2,"max_length":1}}})") ==
        "s.json: line 1, column 32: max_length is below min_length");
  CHECK(problem(R"({"fields":{"a":{"min_length":-1}}})") ==
        "s.json: line 1, column 30: min_length takes a whole number from 0 on");
  CHECK(problem(R"({"fields":{"a":{"min_length":1.5}}})") ==
        "s.json: line 1, column 30: min_length takes a whole number from 0 on");
  CHECK(problem(R"({"fields":{"a":{"pattern":"("}}})") ==
        "s.json: line 1, column 27: the pattern is none: missing ): (; the syntax is that of RE2");
  CHECK(problem(R"({"fields":{"a":{"pattern":1}}})") == "s.json: line 1, column 27: pattern takes a string");
  CHECK(problem(R"({"fields":{"a":{"type":"int","pattern":"x"}}})") ==
        "s.json: line 1, column 30: a pattern or a length needs type string");
  CHECK(problem(R"({"fields":{"a":{"type":"string","max":1}}})") ==
        "s.json: line 1, column 33: a number as bound needs type int, uint or float");
  CHECK(problem(R"({"fields":{"a":{"type":"int","max":"2024-01-01"}}})") ==
        "s.json: line 1, column 30: a time as bound needs type time");
  CHECK(problem(R"({"fields":{"a":{"enum":"x"}}})") == "s.json: line 1, column 24: enum takes a list of values");
  CHECK(problem(R"({"fields":{"a":{"enum":[{}]}}})") ==
        "s.json: line 1, column 25: enum takes strings, numbers, true, false and null");
  CHECK(problem(R"({"fields":{"a":{"required":1}}})") == "s.json: line 1, column 28: required takes true or false");
  CHECK(problem(R"({"required":true})") ==
        "s.json: line 1, column 13: required takes a list of names here; in a field it takes true or false");
  CHECK(problem(R"({"required":[1]})") == "s.json: line 1, column 14: required takes names");
  CHECK(problem(R"({"additional":1})") == "s.json: line 1, column 15: additional takes true or false");
}

TEST_CASE("a schema as others write it is taken, its notes left aside") {
  CHECK(problem("\xef\xbb\xbf{\r\n\t\"$schema\": \"https://json-schema.org/draft/2020-12/schema\", \"$id\": \"x\", "
                "\"title\": \"t\",\n"
                "\"description\": {\"any\": [1, \"\\u0041\"]}, \"type\": \"object\", \"required\": [\"a\"], "
                "\"properties\": {\"a\": {\"type\": "
                "[\"integer\", \"null\"], \"default\": null, \"examples\": [1], \"$comment\": \"\"}}, "
                "\"additionalProperties\": false}\n\n") == "taken");
}

TEST_CASE("limits of a schema") {
  std::string nested, close;
  for (std::size_t i = 0; i < kMaxSchemaDepth; i++) {
    nested += R"({"fields":{"a":)";
    close += "}}";
  }
  CHECK(problem(nested + "{}" + close) == "taken");
  CHECK(problem(nested + R"({"fields":{}})" + close).find("more than 64 objects within each other") !=
        std::string::npos);
  std::string fields;
  for (std::size_t i = 0; i < kMaxColumns; i++) fields += (i ? ",\"f" : "\"f") + std::to_string(i) + "\":{}";
  CHECK(problem("{\"fields\":{" + fields + "}}") == "taken");
  CHECK(problem("{\"fields\":{" + fields + ",\"g\":{}}}") ==
        "s.json: line 1, column 1: the schema has more than 4096 fields");
  CHECK(problem("{}" + std::string(kMaxSchemaBytes, ' ')) ==
        "s.json: line 1, column 1: the schema is longer than 4.0 MiB");
}
