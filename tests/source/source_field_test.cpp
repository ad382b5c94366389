// The field that names the input, against rows put together one by one.
#include "source/source_field.h"

#include <doctest/doctest.h>

#include <random>

#include "base/error.h"
#include "base/format.h"
#include "text/json_lines.h"

using namespace ev;

namespace {

TextUnit unit_of(std::string_view text) {
  TextUnit unit;
  unit.text.append(text.data(), text.size());
  unit.text.reserve(64);
  return unit;
}

/// One text a row: the fields in the order of the layout, with their types.
std::vector<std::string> rows_of(const Batch& batch) {
  check_shape(batch, ErrorKind::bug, "");
  std::vector<std::string> rows;
  for (RowReader reader(batch); reader.next();) {
    std::string& row = rows.emplace_back();
    for (uint16_t path : reader.layout()) {
      const Value value = reader.value(path);
      row.append(batch.paths[path].name()).append("=").append(type_name(value.type)).append(":");
      row.append(is_text_type(value.type) ? std::string(value.text) : std::to_string(value.word)).append(" ");
    }
  }
  return rows;
}

Batch parse(std::string_view text, BatchChange* change) {
  TextUnit unit = unit_of(text);
  unit.change = change;
  return JsonLinesParser().parse(unit).batch;
}

}  // namespace

TEST_CASE("each event gets the name of its input, and one that has the field keeps its own") {
  struct Kind {
    const char* line;
    const char* row;  // @: the input
    bool own;
  };
  const Kind kinds[] = {{R"({"n":1})", "n=int:1 f=string:@ ", false},
                        {R"({"f":"mine","n":2})", "f=string:mine n=int:2 ", true},
                        {R"({"n":1,"f":3})", "n=int:1 f=int:3 ", true},
                        {"{}", "f=string:@ ", false},
                        {R"({"f":{"x":1}})", "f.x=int:1 ", true},
                        {R"({"f.x":1})", "f.x=int:1 f=string:@ ", false},
                        {R"({"n":null})", "n=null:0 f=string:@ ", false},
                        {R"({"n":{"f":"nested"}})", "n.f=string:nested f=string:@ ", false},
                        {R"({"f":null,"o":1})", "f=null:0 o=int:1 ", true},
                        {R"({"f":"in.log"})", "f=string:in.log ", true}};
  std::mt19937_64 random(1);
  SourceField field("f");
  for (int round = 0; round < 300; round++) {
    const std::string input = round % 2 ? "in.log" : "-";
    field.set_input(input);
    std::string text;
    std::vector<std::string> expected;
    uint64_t own = 0;
    const std::size_t kind_count = 1 + random() % std::size(kinds), first_kind = random() % std::size(kinds);
    for (std::size_t lines = random() % 100; lines > 0; lines--) {
      const Kind& kind = kinds[(first_kind + random() % kind_count) % std::size(kinds)];
      text.append(kind.line) += '\n';
      std::string& row = expected.emplace_back(kind.row);
      if (const std::size_t at = row.find('@'); at != row.npos) row.replace(at, 1, input);
      own += kind.own;
    }
    CHECK(rows_of(parse(text, &field)) == expected);
    CHECK(field.take_unchanged() == own);
  }
}

TEST_CASE("an event of as many fields as there may be keeps them and gets no other") {
  std::string line = "{\"a0\":0";
  for (uint32_t i = 1; i < kMaxColumns; i++) line += ",\"a" + std::to_string(i) + "\":0";
  SourceField field("f");
  field.set_input("in.log");
  const Batch batch = parse(line + "}\n{\"a0\":1}\n", &field);
  CHECK(batch.columns.size() == kMaxColumns + 1);
  CHECK(rows_of(batch)[1] == "a0=int:1 f=string:in.log ");
  CHECK(field.take_unchanged() == 1);
}

TEST_CASE("a name that is not UTF-8 is bytes") {
  SourceField field("f");
  field.set_input("\xff.log");
  CHECK(rows_of(parse("{}", &field)) == std::vector<std::string>{"f=bytes:\xff.log "});
}

TEST_CASE("a check sees the name of the input") {
  struct Named final : RowCheck {
    void check(const Batch& batch, RefusedRows& refused) const override {
      if (find_path(batch.paths, "f") >= 0) refused.refuse(1, [] { return std::string("named"); });
    }
  };
  SourceField field("f");
  field.set_input("in.log");
  TextUnit unit = unit_of("{\"a\":1}\n{\"a\":2}\n");
  unit.change = &field;
  unit.check = std::make_shared<const Named>();
  const ParsedText parsed = JsonLinesParser().parse(unit);
  CHECK(rows_of(parsed.batch) == std::vector<std::string>{"a=int:1 f=string:in.log "});
  REQUIRE(parsed.rejects.size() == 1);
  CHECK(parsed.rejects[0].raw == "{\"a\":2}");
}
