// Random lines, many of them damaged: the predicting reader against the plain one, and both against simdjson's DOM.
#include <doctest/doctest.h>
#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <random>
#include <string>

#include "parsed_rows.h"

using namespace ev;
using namespace ev::test;

namespace {

using Random = std::mt19937_64;

std::string pick(Random& random, std::initializer_list<const char*> from) {
  return from.begin()[random() % from.size()];
}

std::string random_string(Random& random) {
  std::string out = "\"";
  std::size_t parts = random() % 4 == 0 ? random() % 12 : random() % 3;
  for (std::size_t i = 0; i < parts; i++)
    out += pick(random,
                {"a", "some words ", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\\n", "\\\"", "\\\\", "\\u00e9",
                 "\\ud83d\\ude00", "/", "0123456789abcdef", "{", "}", ",", ":", "[", "\x7f", "2024-06-01T00:00:00Z"});
  return out + "\"";
}

std::string random_number(Random& random) {
  switch (random() % 8) {
    case 0:
      return std::to_string(static_cast<int64_t>(random()));
    case 1:
      return std::to_string(random());
    case 2:
      return std::to_string(random() % 100000) + "." + std::to_string(random() % 1000000);
    case 3:
      return "-" + std::to_string(random() % 1000) + ".0" + std::to_string(random());
    case 4:
      return std::to_string(random() % 100) + pick(random, {"e", "E+", "e-", "E", ".5e"}) +
             std::to_string(random() % 20);
    case 5:
      return pick(random, {"0", "-0", "0.0", "-0.0", "1e5", "100000000000000000000", "-9223372036854775809", "0.1000"});
    default:
      return std::to_string(random() % (uint64_t{1} << (random() % 50)));
  }
}

std::string random_value(Random& random, unsigned depth);

std::string random_object(Random& random, unsigned depth) {
  std::string space = random() % 8 == 0 ? " " : "";
  std::string out = "{" + space;
  std::size_t members = random() % 5;
  for (std::size_t i = 0; i < members; i++) {
    if (i) out += "," + space;
    // Numbered keys rarely repeat within an object; plain ones sometimes do.
    out += random() % 12 == 0 ? pick(random, {"\"k\"", "\"\\u006b\"", "\"a.b\"", "\"\""})
                              : "\"k" + std::to_string(i) + "\"";
    out += space + ":" + space + random_value(random, depth + 1);
  }
  return out + space + "}";
}

std::string random_value(Random& random, unsigned depth) {
  switch (random() % (depth < 4 ? 12 : 9)) {
    case 0:
      return "true";
    case 1:
      return "false";
    case 2:
      return "null";
    case 3:
    case 4:
    case 5:
      return random_number(random);
    case 6:
    case 7:
    case 8:
      return random_string(random);
    case 9: {
      std::string out = "[";
      for (std::size_t i = random() % 3; i-- > 0;)
        out += random_value(random, depth + 1) + (i ? random() % 4 ? "," : " , " : "");
      return out + "]";
    }
    default:
      return random_object(random, depth);
  }
}

void damage(Random& random, std::string& line) {
  static constexpr std::string_view kBytes("\"\\{}[],:0129.eE+-tfn \t\r\x01\x7f\xff\xc3\xa9\xed\xf0u\0", 33);
  for (std::size_t n = 1 + random() % 2; n > 0 && !line.empty(); n--) {
    std::size_t at = random() % line.size();
    char byte = kBytes[random() % kBytes.size()];
    switch (random() % 4) {
      case 0:
        line[at] = byte;
        break;
      case 1:
        line.insert(at, 1, byte);
        break;
      case 2:
        line.erase(at, 1 + random() % 3);
        break;
      case 3:
        random() % 8 ? line.resize(at) : line.resize(at, byte);
        break;
    }
  }
}

/// Flattens with simdjson, in the words of rows_of(). Repeated keys are not resolved: `repeated` says there are some.
void flatten(simdjson::dom::object object, const std::string& path, std::string& out, bool& repeated) {
  std::vector<std::string> seen;
  for (auto [key, value] : object) {
    std::string name = path + std::string(key);
    repeated |= std::find(seen.begin(), seen.end(), name) != seen.end();
    seen.push_back(name);
    using simdjson::dom::element_type;
    if (value.type() == element_type::OBJECT && value.get_object().value().size() > 0) {
      flatten(value.get_object().value(), name + ".", out, repeated);
      continue;
    }
    out += (out.empty() ? "" : "|") + name + "=";
    char buffer[32];
    switch (value.type()) {
      case element_type::NULL_VALUE:
        out += "n:";
        break;
      case element_type::BOOL:
        out += value.get_bool().value() ? "b:true" : "b:false";
        break;
      case element_type::INT64:
        out += "i:" + std::to_string(value.get_int64().value());
        break;
      case element_type::UINT64:
        out += "u:" + std::to_string(value.get_uint64().value());
        break;
      case element_type::DOUBLE:
        std::snprintf(buffer, sizeof buffer, "d:%016lx", std::bit_cast<uint64_t>(value.get_double().value()));
        out += buffer;
        break;
      case element_type::STRING:
        out += "s:" + std::string(value.get_string().value());
        break;
      default:
        out += "j:" + simdjson::minify(value);
    }
  }
}

/// The row in the other's words: numbers that we keep as text are doubles (or an integer 0) there, and arrays are
/// written anew.
std::string in_simdjson_words(RowReader& reader, const Batch& batch, simdjson::dom::parser& parser) {
  std::string out;
  for (uint16_t path : reader.layout()) {
    Value value = reader.value(path);
    std::string words = value_words(value);
    if (value.type == Type::json) {
      simdjson::dom::element element = parser.parse(simdjson::padded_string(value.text)).value();
      char buffer[32];
      if (element.is<double>() && !element.is<int64_t>()) {
        std::snprintf(buffer, sizeof buffer, "d:%016lx", std::bit_cast<uint64_t>(element.get_double().value()));
        words = buffer;
      } else {
        words = element.is<int64_t>() ? "i:" + std::to_string(element.get_int64().value())
                                      : "j:" + simdjson::minify(element);
      }
    }
    out += (out.empty() ? "" : "|") + batch.paths[path].name() + "=" + words;
  }
  return out;
}

struct Line {
  std::string text;
  bool judged = false;  // simdjson has an opinion
  bool accepted = false;
  bool repeated = false;  // keys: its row is not compared
  std::string row;
};

/// What simdjson says. It calls numbers out of its range malformed, so on these it has no opinion.
void judge(Line& line, simdjson::dom::parser& parser) {
  simdjson::dom::element element;
  auto error = parser.parse(simdjson::padded_string(line.text)).get(element);
  line.judged = error != simdjson::NUMBER_ERROR;
  line.accepted = !error && element.is_object();
  if (line.accepted) flatten(element.get_object().value(), "", line.row, line.repeated);
}

struct Tally {
  std::size_t accepted = 0, rejected = 0, compared = 0;
};

void compare_with_simdjson(const std::vector<Line>& lines, const ParsedText& parsed, simdjson::dom::parser& parser,
                           Tally& tally) {
  RowReader reader(parsed.batch);
  std::size_t next_reject = 0;
  for (std::size_t i = 0; i < lines.size(); i++) {
    const Line& line = lines[i];
    if (line.text.find_first_not_of(" \t\r") == line.text.npos) continue;
    const bool rejected = next_reject < parsed.rejects.size() && parsed.rejects[next_reject].line == i + 1;
    CAPTURE(line.text);
    if (rejected) {
      REQUIRE(parsed.rejects[next_reject++].raw == line.text);
    } else {
      REQUIRE(reader.next());
    }
    if (line.judged) REQUIRE(line.accepted == !rejected);
    (rejected ? tally.rejected : tally.accepted)++;
    if (rejected || !line.judged || line.repeated) continue;
    REQUIRE(in_simdjson_words(reader, parsed.batch, parser) == line.row);
    tally.compared++;
  }
  REQUIRE_FALSE(reader.next());
}

}  // namespace

TEST_CASE("random lines with random damage: predicting, plain and simdjson agree") {
  Random random(20240601);
  JsonLinesParser predicting, plain;
  simdjson::dom::parser parser;
  Tally tally;
  for (int unit_number = 0; unit_number < 2500; unit_number++) {
    // A few shapes a unit, so that lines repeat them.
    std::vector<std::string> shapes;
    for (std::size_t i = 1 + random() % 6; i > 0; i--) shapes.push_back(random_object(random, 0));
    std::vector<Line> lines(100);
    std::string text;
    for (Line& line : lines) {
      line.text = shapes[random() % shapes.size()];
      if (random() % 3 == 0) damage(random, line.text);
      judge(line, parser);
      text += line.text + "\n";
    }
    if (random() % 2) text.pop_back();
    TextUnit unit = make_unit(text);
    unit.first_offset = 1;
    if (random() % 3 == 0) unit.time_path = Path{"k1"};
    ParsedText predicted = predicting.parse(unit);
    REQUIRE(difference(predicted, plain.parse_plain(unit)) == "");
    unit.time_path.reset();
    compare_with_simdjson(lines, predicting.parse(unit), parser, tally);
  }
  CHECK(tally.accepted > 100'000);
  CHECK(tally.rejected > 30'000);
  CHECK(tally.compared > 80'000);
}

TEST_CASE("random values in a known shape: predicting, plain and simdjson agree") {
  Random random(42);
  JsonLinesParser predicting, plain;
  simdjson::dom::parser parser;
  Tally tally;
  for (int unit_number = 0; unit_number < 500; unit_number++) {
    std::vector<Line> lines(100);
    std::string text;
    for (Line& line : lines) {
      line.text = "{\"ts\":" + random_value(random, 3) + ",\"m\":{\"a\":" + random_value(random, 3) +
                  ",\"b\":" + random_value(random, 3) + "}}";
      if (random() % 10 == 0) damage(random, line.text);
      judge(line, parser);
      text += line.text + "\n";
    }
    TextUnit unit = make_unit(text);
    ParsedText predicted = predicting.parse(unit);
    REQUIRE(difference(predicted, plain.parse_plain(unit)) == "");
    compare_with_simdjson(lines, predicted, parser, tally);
  }
  CHECK(tally.compared > 25'000);
}

TEST_CASE("long runs of one shape, now and then broken: predicting, plain and simdjson agree") {
  Random random(77);
  JsonLinesParser predicting, plain;
  simdjson::dom::parser parser;
  Tally tally;
  for (int unit_number = 0; unit_number < 150; unit_number++) {
    std::vector<Line> lines(400);
    std::string text;
    // How seldom a value is of another type or has an escape, and a line another shape or damage.
    const auto other_value = 1 + random() % 200, other_line = 1 + random() % 100;
    int64_t time = 1'717'200'000'000;
    for (Line& line : lines) {
      auto value = [&](std::string usual) { return random() % other_value == 0 ? random_value(random, 3) : usual; };
      time += static_cast<int64_t>(random() % 5000) - 1000;
      line.text = "{\"id\":" + value("\"" + std::to_string(random()) + "\"") + ",\"a_key_longer_than_16_bytes\":" +
                  value(std::to_string(random() % 1000)) + ",\"ts\":" + value(std::to_string(time)) + ",\"m\":{\"f\":" +
                  value("0.0" + std::to_string(random() % 100)) + "}}";
      if (random() % other_line == 0) line.text = random_object(random, 0);
      if (random() % other_line == 0) damage(random, line.text);
      judge(line, parser);
      text += line.text + "\n";
    }
    TextUnit unit = make_unit(text);
    compare_with_simdjson(lines, predicting.parse(unit), parser, tally);
    TimeRules rules;
    rules.plausible_only = unit_number % 2;
    unit.time_rules = std::make_shared<const TimeRules>(rules);
    unit.time_path = Path{"ts"};
    unit.first_offset = 1;
    unit.first_line = 1000;
    // Oversized lines before, between and behind.
    for (uint64_t at = 998; unit_number % 3 == 0 && at < 1400; at += 1 + random() % 200)
      unit.oversized.push_back({at + 2, 0, "too long", "{"});
    ParsedText predicted = predicting.parse(unit);
    REQUIRE(predicted.batch.time_column());
    REQUIRE(difference(predicted, plain.parse_plain(unit)) == "");
  }
  CHECK(tally.compared > 50'000);
}

TEST_CASE("a unit cut at any line gives the same rows, and a parser's past changes nothing") {
  Random random(3);
  std::string text;
  std::vector<std::size_t> starts;
  for (int i = 0; i < 60; i++) {
    starts.push_back(text.size());
    text += random_object(random, 0) + "\n";
  }
  JsonLinesParser fresh, used;
  ParsedText whole = fresh.parse(make_unit(text));
  std::vector<std::string> rows = rows_of(whole.batch);
  for (std::size_t start : starts) {
    std::vector<std::string> cut = rows_of(used.parse(make_unit(text.substr(0, start))).batch);
    for (std::string& row : rows_of(used.parse(make_unit(text.substr(start))).batch)) cut.push_back(std::move(row));
    REQUIRE(cut == rows);
    REQUIRE(difference(used.parse(make_unit(text)), whole) == "");
  }
}

TEST_CASE("every prefix of a line is a reject") {
  std::string line = R"({"a":{"b":[1,{"c":"\u00e9\ud83d\ude00"}],"d":-1.5e3},"e":true,"f":null,"g":"x"})";
  JsonLinesParser parser;
  for (std::size_t size = 1; size < line.size(); size++) {
    ParsedText parsed = parser.parse(make_unit(line + "\n" + line.substr(0, size)));
    REQUIRE(parsed.batch.rows == 1);
    REQUIRE(parsed.rejects.size() == 1);
  }
}
