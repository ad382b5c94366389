// Texts in fields that are parsed, against a reference that puts each event together by itself.
#include "text/field_parser.h"

#include <doctest/doctest.h>

#include <random>

#include "base/error.h"
#include "base/format.h"
#include "parsed_rows.h"

using namespace ev;
using namespace ev::test;

namespace {

struct FieldText {
  std::string first_step, words;
  std::optional<std::string> string;  // its value, where it is one
};
using Event = std::vector<FieldText>;

Event only_event(const Batch& batch) {
  Event event;
  RowReader reader(batch);
  REQUIRE(reader.next());
  for (uint16_t path : reader.layout()) {
    const Value value = reader.value(path);
    FieldText& field = event.emplace_back();
    field.first_step = batch.paths[path].steps()[0];
    field.words = batch.paths[path].name() + "=" + value_words(value);
    if (value.type == Type::string) field.string = value.text;
  }
  return event;
}

std::string words_of(const Event& event) {
  std::string words;
  for (const FieldText& field : event) words += (words.empty() ? "" : "|") + field.words;
  return words;
}

struct Expected {
  FieldParseCounts counts;
  uint64_t duplicate_keys = 0;
};

/// The event with what `format` makes of its field.
Event replace_slowly(const Event& event, const FieldFormat& format, const std::optional<Path>& time,
                     Expected& expected) {
  for (std::size_t at = 0; at < event.size(); at++) {
    if (event[at].first_step != format.field || !event[at].string) continue;
    if (!event[at].words.starts_with(format.field + "=")) continue;
    expected.counts.texts++;
    expected.counts.kept++;
    std::string text = *event[at].string;
    if (text.ends_with('\n')) text.pop_back();
    if (text.find('\n') != text.npos) return event;
    TextUnit unit = make_unit(text + "\n");
    unit.first_offset = 1;
    unit.time_path = time;
    const ParsedText parsed = make_text_parser(format.format, FieldChoice{})->parse(unit);
    if (parsed.batch.rows == 0) return event;
    expected.counts.kept--;
    expected.duplicate_keys += parsed.duplicate_keys;
    const Event parts = only_event(parsed.batch);
    auto is_part = [&](const FieldText& field) {
      return std::any_of(parts.begin(), parts.end(),
                         [&](const FieldText& part) { return part.first_step == field.first_step; });
    };
    Event merged;
    bool overridden = false;
    for (std::size_t i = 0; i < event.size(); i++) {
      if (i == at)
        merged.insert(merged.end(), parts.begin(), parts.end());
      else if (is_part(event[i]))
        overridden = true;
      else
        merged.push_back(event[i]);
    }
    expected.counts.overridden += overridden;
    return merged;
  }
  return event;
}

void check_counts(const FieldParseCounts& counts, const FieldParseCounts& expected) {
  CHECK(counts.texts == expected.texts);
  CHECK(counts.kept == expected.kept);
  CHECK(counts.overridden == expected.overridden);
}

ParsedText parse(FieldParser& field, TextUnit& unit) {
  field.set_unit(unit);
  unit.change = &field;
  ParsedText parsed = JsonLinesParser().parse(unit);
  check_shape(parsed.batch, ErrorKind::bug, "");
  return parsed;
}

ParsedText parse(FieldParser& field, std::string_view text) {
  TextUnit unit = make_unit(text);
  return parse(field, unit);
}

const std::vector<std::string>& texts() {
  static const std::vector<std::string> all = {R"("{\"a\":1,\"b\":\"x\"}")",
                                               R"("{\"b\":2.5,\"a\":\"y\"}\n")",
                                               R"("{\"ts\":\"2024-06-01T00:00:00Z\",\"level\":\"info\"}")",
                                               R"("{\"ts\":17,\"o\":{\"p\":1}}\r\n")",
                                               R"("{}")",
                                               R"("{\"m\":\"again\",\"m\":\"{}\"}")",
                                               R"("{\"o\":null}")",
                                               R"("{\"o.p\":[1]}")",
                                               R"("level=warn ts=2024-06-02T00:00:00Z o=7")",
                                               R"("a=b c")",
                                               R"("plain words, \"quoted\"")",
                                               R"("")",
                                               R"("  ")",
                                               R"("two\nlines a=1")",
                                               R"("{\"a\":\n1}")",
                                               R"("\n")",
                                               R"("\n\n")",
                                               R"("\ufeff{\"a\":1}")",
                                               R"("{\"a\":1} x")",
                                               "12",
                                               "null",
                                               "true",
                                               R"({"n":"a=1"})",
                                               "[1]",
                                               R"("12")",
                                               R"("\u0000")"};
  return all;
}

std::string random_line(std::mt19937_64& random, std::size_t kinds) {
  static const char* const others[] = {R"("a":7)",
                                       R"("o":{"p":1,"q":"{}"})",
                                       R"("ts":"2024-05-01T00:00:00Z")",
                                       R"("level":"outer")",
                                       R"("b":null)",
                                       R"("z":"z")",
                                       R"("o.p":1)"};
  std::vector<std::string> fields;
  for (const char* other : others)
    if (random() % 3 == 0) fields.emplace_back(other);
  if (random() % 8) fields.push_back("\"m\":" + texts()[random() % std::min(kinds, texts().size())]);
  std::shuffle(fields.begin(), fields.end(), random);
  std::string line = "{";
  for (const std::string& field : fields) line += (line.size() > 1 ? "," : "") + field;
  return line + "}";
}

}  // namespace

TEST_CASE("parsed texts take the place of their field, as if each event were put together by itself") {
  std::mt19937_64 random(1);
  for (const char* words : {"m=jsonl", "m=logfmt", R"(m=regex:(?P<a>\w+)=(?P<m>.*))"}) {
    CAPTURE(words);
    const FieldFormat format = parse_field_format(words);
    FieldParser field(format, FieldChoice{});
    for (int round = 0; round < 300; round++) {
      TextUnit unit = make_unit("");
      if (round % 3) unit.time_path = Path{"ts"};
      const std::size_t kinds = 1 + random() % (2 * texts().size());
      std::vector<std::string> expected_rows;
      Expected expected;
      for (std::size_t lines = random() % 80; lines > 0; lines--) {
        const std::string line = random_line(random, kinds);
        unit.text.append(line.data(), line.size());
        unit.text.push_back('\n');
        TextUnit alone = make_unit(line);
        alone.time_path = unit.time_path;
        const ParsedText parsed = JsonLinesParser().parse(alone);
        expected.duplicate_keys += parsed.duplicate_keys;
        expected_rows.push_back(words_of(replace_slowly(only_event(parsed.batch), format, unit.time_path, expected)));
      }
      unit.text.reserve(unit.text.size() + 64);
      const ParsedText parsed = parse(field, unit);
      CHECK(rows_of(parsed.batch) == expected_rows);
      check_counts(field.take_counts(), expected.counts);
      CHECK(field.take_duplicate_keys() == expected.duplicate_keys);
      if (const Column* times = parsed.batch.time_column()) CHECK(parsed.batch.paths[times->path] == Path{"ts"});
    }
  }
}

TEST_CASE("the time of an event may come from the text or from the event") {
  FieldParser field(parse_field_format("m=jsonl"), FieldChoice{});
  TextUnit unit = make_unit(
      "{\"ts\":1717200000,\"m\":\"{\\\"x\\\":1}\"}\n{\"ts\":1717200001,\"m\":\"{\\\"ts\\\":1717200002}\"}\n"
      "{\"m\":\"{\\\"ts\\\":1717200003}\"}\n{\"m\":\"none\"}\n");
  unit.time_path = Path{"ts"};
  const ParsedText parsed = parse(field, unit);
  const Column* times = parsed.batch.time_column();
  REQUIRE(times);
  REQUIRE(times->size() == 3);
  CHECK(times->integer(0) == 1717200000'000000000);
  CHECK(times->integer(1) == 1717200002'000000000);
  CHECK(times->integer(2) == 1717200003'000000000);
  CHECK(!times->valid(3));
}

TEST_CASE("where all texts are parsed their field is gone") {
  FieldParser field(parse_field_format("m=logfmt"), FieldChoice{});
  const Batch batch = parse(field, "{\"m\":\"a=1\"}\n{\"m\":\"a=2\"}\n").batch;
  CHECK(batch.paths == std::vector<Path>{Path{"a"}});
  CHECK(batch.columns.size() == 1);
  CHECK(batch.row_layouts.empty());
}

TEST_CASE("only the fields that are wanted are parsed from a text") {
  FieldChoice wanted;
  wanted.all = false;
  wanted.names = {"b"};
  FieldParser field(parse_field_format("m=jsonl"), wanted);
  CHECK(rows_of(parse(field, R"({"m":"{\"a\":1,\"b\":2}"})").batch) == std::vector<std::string>{"b=i:2"});
}

TEST_CASE("a check sees the parsed fields, and what it refuses is the record as it stood") {
  struct NoA final : RowCheck {
    void check(const Batch& batch, RefusedRows& refused) const override {
      for (const Column& column : batch.columns)
        if (batch.paths[column.path] == Path{"a"})
          for_each_value(column, batch.rows, [&](std::size_t row, std::size_t) {
            refused.refuse(row, [] { return std::string("has a"); });
          });
    }
  };
  FieldParser field(parse_field_format("m=logfmt"), FieldChoice{});
  TextUnit unit = make_unit("{\"m\":\"b=1\"}\n{\"m\":\"a=1\"}\nbroken\n{\"m\":\"a=2\\n\"}\n");
  unit.check = std::make_shared<const NoA>();
  const ParsedText parsed = parse(field, unit);
  CHECK(rows_of(parsed.batch) == std::vector<std::string>{"b=i:1"});
  REQUIRE(parsed.rejects.size() == 3);
  CHECK(parsed.rejects[0].raw == R"({"m":"a=1"})");
  CHECK(parsed.rejects[0].line == 2);
  CHECK(parsed.rejects[1].raw == "broken");
  CHECK(parsed.rejects[2].line == 4);
}

TEST_CASE("a text that would make too many fields of an event stays") {
  std::string fields;
  for (uint32_t i = 0; i < kMaxColumns; i++) fields += (i ? " f" : "f") + std::to_string(i) + "=1";
  FieldParser field(parse_field_format("m=logfmt"), FieldChoice{});
  const Batch batch =
      parse(field, "{\"m\":\"" + fields + "\"}\n{\"x\":1,\"m\":\"" + fields + "\"}\n{\"m\":\"y=1\"}\n").batch;
  const std::vector<std::string> rows = rows_of(batch);
  CHECK(rows[0].starts_with("f0=i:1|f1=i:1|"));
  CHECK(rows[1] == "x=i:1|m=s:" + fields);
  CHECK(rows[2] == "y=i:1");
  check_counts(field.take_counts(), {3, 1, 0});
}

TEST_CASE("texts that would bring too many different fields into one batch stay") {
  std::string text;
  constexpr uint32_t kEach = 1000;
  for (uint32_t row = 0; row < 70; row++) {
    text += "{\"m\":\"";
    for (uint32_t i = 0; i < kEach; i++) text += "f" + std::to_string(row * kEach + i) + "=1 ";
    text += "\"}\n";
  }
  FieldParser field(parse_field_format("m=logfmt"), FieldChoice{});
  const ParsedText parsed = parse(field, text);
  CHECK(parsed.batch.rows == 70);
  CHECK(parsed.batch.paths.size() == 65 * kEach + 1);
  check_counts(field.take_counts(), {70, 5, 0});
}

TEST_CASE("formats of fields are told by name, and those that are none are refused") {
  CHECK(parse_field_format("log=json").format.kind == TextKind::json_lines);
  CHECK(parse_field_format("a=regex:b=(?P<c>.)").field == "a");
  for (const char* words : {"log", "=jsonl", "log=csv", "log=tsv", "log=lines", "log=nosuch", "log=regex:(", "log="}) {
    CAPTURE(words);
    CHECK_THROWS_AS(parse_field_format(words), Error);
  }
}
