// Tables by whose key events get more fields.
#include "source/lookup.h"

#include <doctest/doctest.h>

#include <random>

#include "base/error.h"
#include "base/text.h"
#include "text/json_lines.h"

using namespace ev;

namespace {

Batch batch_of(std::string_view lines) {
  TextUnit unit;
  unit.text.append(lines.data(), lines.size());
  unit.text.reserve(lines.size() + PodVector<char>::kSlack);
  return JsonLinesParser().parse(unit).batch;
}

/// Fields of each row: "a=1 b=x c=", null as nothing.
std::vector<std::string> rows_of(const Batch& batch) {
  std::vector<std::string> rows;
  for (RowReader reader(batch); reader.next();) {
    std::string& row = rows.emplace_back();
    for (uint16_t path : reader.layout()) {
      const Value value = reader.value(path);
      row += concat(row.empty() ? "" : " ", batch.paths[path].name(), "=");
      if (value.type == Type::int64) row += concat(static_cast<int64_t>(value.word));
      if (is_text_type(value.type)) row += value.text;
      if (value.type == Type::boolean) row += value.word ? "true" : "false";
    }
  }
  return rows;
}

std::string problem(std::string_view spec, std::string_view table = "{\"id\":1,\"name\":\"x\"}\n") {
  try {
    Lookup(parse_lookup(spec), batch_of(table));
  } catch (const Error& error) {
    return error.what();
  }
  return "taken";
}

using Rows = std::vector<std::string>;

}  // namespace

TEST_CASE("lookups are read as they are written") {
  const LookupSpec spec = parse_lookup("my users on 2.csv on user_id=id, a add country , plan as tier");
  CHECK(spec.file == "my users on 2.csv");
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  CHECK(spec.keys == Pairs{{"user_id", "id"}, {"a", "a"}});
  CHECK(spec.adds == Pairs{{"country", ""}, {"plan", "tier"}});
  for (const char* bad : {"", "t.csv", "t.csv on a", "t.csv add b", " on a add b", "t.csv on a= add b",
                          "t.csv on a add b,", "t.csv on ,a add b"})
    CHECK(problem(bad).starts_with("--lookup: "));
}

TEST_CASE("rows get the fields of the table's row with the same key, or null") {
  const Lookup lookup(parse_lookup("t on user=id add name,level as l"),
                      batch_of("{\"id\":1,\"name\":\"one\",\"level\":10}\n{\"id\":\"2\",\"name\":\"two\",\"level\":"
                               "\"high\"}\n{\"id\":null,\"name\":\"none\"}\n{\"id\":true}\n"));
  Batch batch = batch_of(
      "{\"user\":\"1\",\"x\":1}\n{\"user\":2}\n{\"user\":3,\"name\":\"own\"}\n{\"x\":1}\n{\"user\":null}\n{\"user\":"
      "\"true\"}\n{\"user\":1}\n");
  const LookupCount count = lookup.apply(batch);
  CHECK(count.matches == 4);
  CHECK(count.misses == 3);
  check_shape(batch, ErrorKind::bug, "");
  CHECK(rows_of(batch) == Rows{"user=1 x=1 name=one l=10", "user=2 name=two l=high", "user=3 name= l=", "x=1 name= l=",
                               "user= name= l=", "user=true name= l=", "user=1 name=one l=10"});
}

TEST_CASE("keys of several fields match as a whole") {
  const Lookup lookup(
      parse_lookup("t on a,b=c add v"),
      batch_of("{\"a\":1,\"c\":2,\"v\":\"12\"}\n{\"a\":2,\"c\":1,\"v\":\"21\"}\n{\"a\":1,\"c\":null,\"v\":\"1\"}\n"));
  Batch batch = batch_of("{\"a\":1,\"b\":2}\n{\"a\":2,\"b\":1}\n{\"a\":1,\"b\":1}\n{\"a\":1}\n");
  CHECK(lookup.apply(batch).matches == 2);
  CHECK(rows_of(batch) == Rows{"a=1 b=2 v=12", "a=2 b=1 v=21", "a=1 b=1 v=", "a=1 v="});
}

TEST_CASE("a batch without the key, and one without rows, stay whole") {
  const Lookup lookup(parse_lookup("t on id add name"), batch_of("{\"id\":1,\"name\":\"x\"}\n"));
  Batch none = batch_of(""), other = batch_of("{\"a\":1}\n");
  CHECK(lookup.apply(none).misses == 0);
  CHECK(lookup.apply(other).misses == 1);
  CHECK(rows_of(other) == Rows{"a=1 name="});
}

TEST_CASE("many rows, texts that repeat or not, against a map") {
  std::mt19937_64 random(2);
  std::string table, log;
  for (int i = 0; i < 3000; i++)
    table += "{\"id\":\"k" + std::to_string(i) + "\",\"v\":\"v" + std::to_string(i % 50) +
             "\",\"w\":" + std::to_string(i) + "}\n";
  Rows wanted;
  for (int i = 0; i < 20000; i++) {
    const uint64_t key = i < 10000 ? random() % 20 * 200 : random() % 6000;
    log += "{\"k\":\"k" + std::to_string(key) + "\"}\n";
    wanted.push_back(key < 3000 ? concat("k=k", key, " v=v", key % 50, " w=", key) : concat("k=k", key, " v= w="));
  }
  const Lookup lookup(parse_lookup("t on k=id add v,w"), batch_of(table));
  Batch batch = batch_of(log);
  lookup.apply(batch);
  check_shape(batch, ErrorKind::bug, "");
  CHECK(rows_of(batch) == wanted);
}

TEST_CASE("what the table has not, or twice, is an error") {
  CHECK(problem("t on id add name") == "taken");
  CHECK(problem("t on id add nmae") == "--lookup: t: the table has no field nmae; did you mean name?");
  CHECK(problem("t on user add name") == "--lookup: t: the table has no field user; it has id, name");
  CHECK(problem("t on id add name",
                "{\"id\":1,\"name\":\"x\"}\n{\"id\":2,\"name\":\"x\"}\n{\"id\":\"1\",\"name\":\"y\"}\n") ==
        "--lookup: t: records 1 and 3 have the same key; a key must stand in the table once");
}
