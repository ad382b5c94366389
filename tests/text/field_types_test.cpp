// Types chosen by the user: what values become, in text formats and in JSON, on both paths of its reader.
#include "text/field_types.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <random>

#include "base/error.h"
#include "parsed_rows.h"
#include "text/text_parser.h"
#include "text/value_conversion.h"

using namespace ev;
using namespace ev::test;

namespace {

std::shared_ptr<const FieldTypes> types_of(const std::vector<std::string>& definitions) {
  return std::make_shared<const FieldTypes>(parse_field_types(definitions));
}

/// The value of field v that `text` gives, in words as rows_of() has them.
std::string read_as(std::string_view kind, std::string_view format, std::string_view text) {
  const auto parser = make_text_parser(parse_text_format(format), FieldChoice{});
  TextUnit unit = make_unit(text);
  unit.format = std::make_shared<const TextFormat>(parse_text_format(format));
  unit.types = types_of({"v=" + std::string(kind)});
  const ParsedText parsed = parser->parse(unit);
  if (!parsed.rejects.empty()) return "reject: " + parsed.rejects[0].reason;
  REQUIRE(parsed.type_counts.size() == 1);
  CHECK(parsed.type_counts[0].values == 1);
  const std::string row = rows_of(parsed.batch)[0];
  return row.substr(2) + (parsed.type_counts[0].unchanged ? " unchanged" : "");
}
std::string from_json(std::string_view kind, std::string_view value) {
  return read_as(kind, "jsonl", "{\"v\":" + std::string(value) + "}\n");
}
std::string from_text(std::string_view kind, std::string_view value) {
  return read_as(kind, "regex:^(?P<v>(?s).*)$", std::string(value) + "\n");
}
std::string real(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "d:%016lx", std::bit_cast<uint64_t>(value));
  return text;
}

}  // namespace

TEST_CASE("string: the text as it stands") {
  CHECK(from_text("string", "12345") == "s:12345");
  CHECK(from_text("string", "1.50") == "s:1.50");
  CHECK(from_text("string", "true") == "s:true");
  CHECK(from_json("string", "12345") == "s:12345");
  CHECK(from_json("string", "-1.50e3") == "s:-1.50e3");
  CHECK(from_json("string", "123456789012345678901234567890") == "s:123456789012345678901234567890");
  CHECK(from_json("string", "false") == "s:false");
  CHECK(from_json("string", "[1, \"a b\"]") == "s:[1,\"a b\"]");
  CHECK(from_json("string", "\"a\\u0062\"") == "s:ab");
}

TEST_CASE("int: whole numbers, however they are written") {
  CHECK(from_text("int", "007") == "i:7");
  CHECK(from_text("int", "+5") == "i:5");
  CHECK(from_text("int", " 5 ") == "i:5");
  CHECK(from_text("int", "-0") == "i:0");
  CHECK(from_text("int", "5.0") == "i:5");
  CHECK(from_text("int", "1e3") == "i:1000");
  CHECK(from_text("int", "12.50e1") == "i:125");
  CHECK(from_text("int", "1500e-2") == "i:15");
  CHECK(from_text("int", "0e9") == "i:0");
  CHECK(from_text("int", "9007199254740993.0") == "i:9007199254740993");
  CHECK(from_text("int", "18446744073709551615") == "u:18446744073709551615");
  CHECK(from_text("int", "18446744073709551616") == "s:18446744073709551616 unchanged");
  CHECK(from_text("int", "1.5") == real(1.5) + " unchanged");
  CHECK(from_text("int", "15e-1") == "s:15e-1 unchanged");
  CHECK(from_text("int", "5e") == "s:5e unchanged");
  CHECK(from_text("int", "1e999999999") == "s:1e999999999 unchanged");
  CHECK(from_text("int", "0x10") == "s:0x10 unchanged");
  CHECK(from_text("int", "1,000") == "s:1,000 unchanged");
  CHECK(from_text("int", ".") == "s:. unchanged");
  CHECK(from_text("int", "--5") == "s:--5 unchanged");
  CHECK(from_text("int", "true") == "b:true unchanged");
  CHECK(from_json("int", "\"007\"") == "i:7");
  CHECK(from_json("int", "5.0") == "i:5");
  CHECK(from_json("int", "[5]") == "j:[5] unchanged");
  CHECK(from_json("int", "\"\"") == "s: unchanged");
}

TEST_CASE("int: random numbers in random spelling come back, and what is no whole number does not") {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20000; i++) {
    const int64_t number = static_cast<int64_t>(random()) >> (random() % 64);
    std::string digits = std::to_string(number);
    const std::size_t first = digits[0] == '-';
    std::string spelled = digits;
    const std::size_t shift = random() % 25;
    std::string fraction;
    switch (random() % 4) {
      case 0:
        spelled.insert(first, shift, '0');
        break;
      case 1:  // the point moved to the left, and back by the exponent
        digits.insert(first, shift, '0');
        fraction = digits.substr(digits.size() - shift);
        spelled = digits.substr(0, digits.size() - shift);
        spelled +=
            (spelled.size() == first ? "0." : ".") + fraction + (shift ? "" : "0") + "E+" + std::to_string(shift);
        break;
      case 2:
        spelled += std::string(shift, '0') + "e-" + std::to_string(shift);
        break;
      default:
        spelled += "." + std::string(shift + 1, '0');
    }
    CAPTURE(spelled);
    const auto whole = whole_number(spelled);
    REQUIRE(whole);
    CHECK(whole->type == Type::int64);
    CHECK(static_cast<int64_t>(whole->word) == number);
    CHECK(!whole_number(std::to_string(number) + "." + std::string(shift, '0') + "1"));
    CHECK(!whole_number(std::to_string(number) + "1e-1"));
  }
}

TEST_CASE("uint: whole numbers from zero on") {
  CHECK(from_text("uint", "5") == "i:5");
  CHECK(from_text("uint", "18446744073709551615") == "u:18446744073709551615");
  CHECK(from_text("uint", "-5") == "i:-5 unchanged");
  CHECK(from_json("uint", "\"-5\"") == "s:-5 unchanged");
}

TEST_CASE("float: the nearest double") {
  CHECK(from_text("float", "5") == real(5));
  CHECK(from_text("float", "12e4") == real(12e4));
  CHECK(from_text("float", "007.5") == real(7.5));
  CHECK(from_text("float", "-.5") == real(-.5));
  CHECK(from_text("float", "0.12345678901234567890") == real(0.12345678901234567890));
  CHECK(from_json("float", "123456789012345678901234567890") == real(123456789012345678901234567890.));
  CHECK(from_json("float", "\"+1.5\"") == real(1.5));
  CHECK(from_text("float", "nan") == "s:nan unchanged");
  CHECK(from_text("float", "-inf") == "s:-inf unchanged");
  CHECK(from_text("float", "1e999") == "s:1e999 unchanged");
  CHECK(from_text("float", "false") == "b:false unchanged");
}

TEST_CASE("bool: words that mean yes or no") {
  for (const char* yes : {"true", "T", "Yes", "y", "ON", "1"}) CHECK(from_text("bool", yes) == "b:true");
  for (const char* no : {"FALSE", "f", "no", "N", "off", "0"})
    CHECK(from_json("bool", "\"" + std::string(no) + "\"") == "b:false");
  CHECK(from_json("bool", "1") == "b:true");
  CHECK(from_json("bool", "2") == "i:2 unchanged");
  CHECK(from_json("bool", "1.0") == real(1) + " unchanged");
  CHECK(from_text("bool", "maybe") == "s:maybe unchanged");
}

TEST_CASE("time: what the event time may look like, plausible or not") {
  CHECK(from_text("time", "2024-06-01").starts_with("t:1717200000000000000:"));
  CHECK(from_json("time", "1717200000").starts_with("t:1717200000000000000:"));
  CHECK(from_json("time", "12").starts_with("t:12000000000:"));
  CHECK(from_json("time", "1717200000.5").starts_with("t:1717200000500000000:"));
  CHECK(from_json("time", "\"soon\"") == "s:soon unchanged");
  CHECK(from_json("time", "true") == "b:true unchanged");
}

TEST_CASE("json: arrays and objects as one value") {
  CHECK(from_json("json", "\"{\\\"a\\\": [1, \\\" x\\\"]}\"") == "j:{\"a\":[1,\" x\"]}");
  CHECK(from_json("json", "{\"a\": {\"b\": 1}}") == "j:{\"a\":{\"b\":1}}");
  CHECK(from_json("json", "[1]") == "j:[1]");
  CHECK(from_text("json", " [ 1 ,2 ] ") == "j:[1,2]");
  CHECK(from_text("json", "[1") == "s:[1 unchanged");
  CHECK(from_text("json", "[1] 2") == "s:[1] 2 unchanged");
  CHECK(from_text("json", "5") == "i:5 unchanged");
  CHECK(from_json("json", "\"{\\n \\\"a\\\":\\r\\n1}\"") == "j:{\"a\":1}");
  CHECK(from_json("json", "\"{\\\"a\\nb\\\":1}\"") == "s:{\"a\nb\":1} unchanged");
}

TEST_CASE("auto: texts of JSON as text formats take them") {
  CHECK(from_json("auto", "\"12\"") == "i:12");
  CHECK(from_json("auto", "\"1.5\"") == real(1.5));
  CHECK(from_json("auto", "\"007\"") == "s:007");
  CHECK(from_json("auto", "\"true\"") == "b:true");
  CHECK(from_text("auto", "007") == "s:007");
}

TEST_CASE("several kinds: the first that a value can become, where it is of none") {
  const FieldTypes types({{"v", {ValueKind::integer, ValueKind::boolean}, false}});
  ValueConverter converter;
  auto convert = [&](std::string_view text) {
    const Scalar value{Type::string, static_cast<uint32_t>(text.size()), reinterpret_cast<uint64_t>(text.data())};
    return converter.convert(value, text, types.fields()[0].kinds, TimeRules{}).type;
  };
  CHECK(convert("1") == Type::int64);
  CHECK(convert("yes") == Type::boolean);
  CHECK(convert("x") == Type::string);
  const Scalar yes{Type::boolean, 0, 1};
  CHECK(converter.convert(yes, "true", types.fields()[0].kinds, TimeRules{}).type == Type::boolean);
}

TEST_CASE("both readers of JSON lines convert alike, also next to lines of other shapes and to the event time") {
  std::mt19937_64 random(9);
  const char* const values[] = {"1",           "-1",
                                "1.5",         "\"1\"",
                                "\"x\"",       "true",
                                "null",        "[1, 2]",
                                "{\"b\": 1}",  "{}",
                                "\"\\u0031\"", "\"2024-06-01T00:00:00Z\"",
                                "1717200000",  "\"{\\\"a\\\": 1}\"",
                                "1e5",         "\"yes\""};
  JsonLinesParser fast, plain;
  for (int round = 0; round < 300; round++) {
    std::vector<std::string> definitions;
    for (const char* name : {"a", "b", "c.b", "`c`.`b`", "ts"}) {
      const char* const kinds[] = {"string", "int", "uint", "float", "bool", "time", "json", "auto"};
      if (random() % 2) definitions.push_back(std::string(name) + "=" + kinds[random() % 8]);
    }
    std::string text;
    const std::size_t shapes = 1 + random() % 3;
    for (int line = 0; line < 40; line++) {
      auto value = [&] { return std::string(values[random() % std::size(values)]); };
      switch (random() % shapes) {
        case 0:
          text += "{\"ts\":1717200000,\"a\":" + value() + ",\"b\":" + value() + "}\n";
          break;
        case 1:
          text += "{\"b\":" + value() + ",\"c\":" + value() + ",\"ts\":" + value() + "}\n";
          break;
        default:
          text += "{\"c\":{\"b\":" + value() + "},\"a\":{\"a\":1}}\n";
      }
    }
    TextUnit unit = make_unit(text);
    unit.time_path = Path{"ts"};
    unit.types = types_of(definitions);
    const ParsedText read = fast.parse(unit);
    REQUIRE(difference(read, plain.parse_plain(unit)) == "");
    CHECK(read.records == 40);
    CHECK(read.type_counts.size() == definitions.size());
  }
}

TEST_CASE("rules for text formats alone leave JSON as it is, and the event time stays the event time") {
  FieldTypes types({{"v", {ValueKind::string}, true}, {"ts", {ValueKind::string}, true}});
  TextUnit unit = make_unit("{\"v\":5,\"ts\":1717200000}\n");
  unit.types = std::make_shared<const FieldTypes>(types);
  unit.time_path = Path{"ts"};
  const auto json = std::make_shared<const TextFormat>(parse_text_format("jsonl"));
  unit.format = json;
  CHECK(rows_of(make_text_parser(*json, FieldChoice{})->parse(unit).batch)[0].starts_with("v=i:5|ts=t:"));
  TextUnit pairs = make_unit("v=5 ts=1717200000\n");
  pairs.types = unit.types;
  pairs.time_path = Path{"ts"};
  pairs.format = std::make_shared<const TextFormat>(parse_text_format("logfmt"));
  CHECK(rows_of(make_text_parser(*pairs.format, FieldChoice{})->parse(pairs).batch)[0].starts_with("v=s:5|ts=t:"));
}

TEST_CASE("types are named or refused") {
  auto reason = [](std::vector<std::string> definitions) -> std::string {
    try {
      parse_field_types(definitions);
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
      return error.what();
    }
    return "taken";
  };
  CHECK(reason({"a=int", "a.b=string", "x=y=auto"}) == "taken");
  CHECK(parse_field_types(std::vector<std::string>{"x=y=auto"})[0].name == "x=y");
  CHECK(reason({"a=strin"}) == "--types: there is no type \"strin\"; did you mean string?");
  CHECK(reason({"a=text"}) ==
        "--types: there is no type \"text\"; there are string, int, uint, float, bool, time, json, auto");
  CHECK(reason({"a"}) == "--types: \"a\" is no NAME=TYPE; for example zip=string");
  CHECK(reason({"=int"}) == "--types: \"=int\" is no NAME=TYPE; for example zip=string");
  CHECK(reason({"a=int", "a=bool"}) == "--types: names a twice");
}
