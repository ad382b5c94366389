#include "rows/explosion.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/text.h"
#include "event/described_rows.h"
#include "event/random_rows.h"
#include "expr/json_text.h"
#include "row_items.h"

using namespace ev;
using namespace ev::test;

namespace {

std::vector<ExplodedRows> pieces_of(Batch&& batch, const std::string& field) {
  std::vector<ExplodedRows> pieces;
  Explosion explosion(std::move(batch), field);
  while (auto piece = explosion.next()) {
    check_shape(piece->batch, ErrorKind::bug, "piece");
    CHECK(piece->batch.rows <= kMaxBlockRows);
    pieces.push_back(std::move(*piece));
  }
  CHECK(explosion.done());
  return pieces;
}

Rows exploded(std::string_view lines, const std::string& field) {
  Rows rows;
  for (const ExplodedRows& piece : pieces_of(events(lines), field))
    for (std::string& row : described_rows(piece.batch)) rows.push_back(std::move(row));
  return rows;
}

}  // namespace

TEST_CASE("an event for each element, in the place of the array") {
  CHECK(exploded("{\"a\":1,\"l\":[1,\"x\",null,2.5,true,[3,{}],{}],\"z\":9}\n", "l") ==
        Rows{"a=1 l=1 z=9", "a=1 l=x z=9", "a=1 l=null z=9", "a=1 l=2.5 z=9", "a=1 l=1 z=9", "a=1 l=[3,{}] z=9",
             "a=1 l={} z=9"});
  CHECK(exploded("{\"l\":[{\"p\":1,\"q\":{\"r\":[2]}},{\"q\":\"\\u00e9\\n\"}],\"z\":9}\n", "l") ==
        Rows{"l.p=1 l.q.r=[2] z=9", "l.q=\xc3\xa9\n z=9"});
  CHECK(exploded("{\"o\":{\"k\":0,\"l\":[{\"p\":1},2],\"m\":3}}\n", "o.l") ==
        Rows{"o.k=0 o.l.p=1 o.m=3", "o.k=0 o.l=2 o.m=3"});
  CHECK(exploded("{\"a.b\":[12345678901234567890123,1.0]}\n", "`a.b`") ==
        Rows{"a.b=12345678901234567890123", "a.b=1.0"});
}

TEST_CASE("events without an array stay, with an empty one they go") {
  const char lines[] =
      "{\"a\":1}\n{\"a\":2,\"l\":[]}\n{\"a\":3,\"l\":{\"x\":1}}\n{\"l\":\"[1]\"}\n{\"l\":null}\n{\"l\":[[]]}\n";
  CHECK(exploded(lines, "l") == Rows{"a=1", "a=3 l.x=1", "l=[1]", "l=null", "l=[]"});
  CHECK(exploded(lines, "none").size() == 6);
  Explosion explosion(events(lines), "l");
  const std::optional<ExplodedRows> piece = explosion.next();
  CHECK(explosion.arrays() == 2);
  CHECK(piece->firsts.size() == 5);
}

TEST_CASE("the event time goes with each event, and the watermark with the last piece") {
  Batch batch = events("{\"ts\":\"2024-06-01T00:00:00Z\",\"l\":[1,2]}\n{\"l\":[]}\n", "ts");
  batch.watermark = 7;
  const std::vector<ExplodedRows> pieces = pieces_of(Batch(batch), "l");
  REQUIRE(pieces.size() == 1);
  REQUIRE(pieces[0].batch.time_column());
  CHECK(pieces[0].batch.time_column()->size() == 2);
  CHECK(pieces[0].batch.watermark == 7);
  const std::vector<ExplodedRows> none = pieces_of(take(batch, std::vector<uint32_t>{1}), "l");
  REQUIRE(none.size() == 1);
  CHECK(none[0].batch.rows == 0);
  CHECK(none[0].batch.watermark == 7);
}

TEST_CASE("much that comes of one event comes in pieces") {
  std::string line = concat("{\"text\":\"", std::string(1000, 'x'), "\",\"l\":[0");
  for (int i = 1; i < 100000; i++) line += concat(",", i);
  Batch batch = events(line + "]}\n{\"l\":[1,2]}\n");
  batch.watermark = 1;
  const std::vector<ExplodedRows> pieces = pieces_of(std::move(batch), "l");
  uint64_t next = 0;
  std::size_t firsts = 0;
  for (const ExplodedRows& piece : pieces) {
    CHECK(raw_bytes(piece.batch) <= kMaxBlockRawBytes);
    CHECK(piece.batch.watermark.has_value() == (&piece == &pieces.back()));
    firsts += piece.firsts.size();
    const Column* l = piece.batch.find(static_cast<uint16_t>(find_path(piece.batch.paths, "l")), Type::int64);
    REQUIRE(l);
    for (uint64_t word : l->words)
      if (next < 100000) CHECK(word == next++);
  }
  CHECK(pieces.size() == 7);  // 16 MiB each
  CHECK(firsts == 2);
}

TEST_CASE("an element with too many fields stays text, those with many different ones come in pieces") {
  auto object = [](int first, int count) {
    std::string text = "{";
    for (int i = 0; i < count; i++) text += concat(i ? "," : "", "\"", first + i, "\":0");
    return text + "}";
  };
  // One place is taken by `a`.
  CHECK(exploded("{\"a\":1,\"l\":[" + object(0, 4096) + "]}\n", "l") == Rows{"a=1 l=" + object(0, 4096)});
  CHECK(exploded("{\"a\":1,\"l\":[" + object(0, 4095) + "]}\n", "l")[0].starts_with("a=1 l.0=0 l.1=0"));
  CHECK(exploded("{\"l\":[" + object(0, 4097) + ",1]}\n", "l") == Rows{"l=" + object(0, 4097), "l=1"});
  std::string line = "{\"l\":[";
  for (int i = 0; i < 20; i++) line += (i ? "," : "") + object(i * 4000, 4000);
  const std::vector<ExplodedRows> pieces = pieces_of(events(line + "]}\n"), "l");
  CHECK(pieces.size() == 2);
  for (const ExplodedRows& piece : pieces) CHECK(piece.batch.paths.size() % 4000 == 0);
}

TEST_CASE("a name that means two fields is refused") {
  CHECK_THROWS_AS(Explosion(events("{\"a.b\":[1],\"a\":{\"b\":[1]}}\n"), "a.b"), Error);
}

TEST_CASE("random events: as if each element had been written in the array's place") {
  for (uint64_t round = 0; round < 300; round++) {
    CAPTURE(round);
    RandomEvents random(round);
    auto value = [&](auto& self, int depth) -> std::string {
      const uint64_t kind = random.below(depth > 2 ? 4 : 7);
      if (kind == 0) return "null";
      if (kind == 1) return std::to_string(random.below(1000));
      if (kind == 2) return "\"t" + std::to_string(random.below(9)) + "\"";
      if (kind == 3) return random.below(2) ? "1.5" : "false";
      std::string text;
      for (uint64_t i = 0, n = random.below(4); i < n; i++)
        text += (i ? "," : "") + (kind == 6 ? "" : "\"k" + std::to_string(i) + "\":") + self(self, depth + 1);
      return kind == 6 ? "[" + text + "]" : "{" + text + "}";
    };
    std::string lines, expected;
    for (uint64_t n = 1 + random.below(30); n > 0; n--) {
      const std::string before = random.below(2) ? "\"a\":" + value(value, 0) + "," : "";
      const std::string behind = random.below(2) ? ",\"z\":" + value(value, 0) : "";
      const std::string nested_begin = "{" + before + "\"o\":{\"k0\":1,\"l\":",
                        nested_end = ",\"m\":2}" + behind + "}\n";
      const std::string held = random.below(4) ? "[" + value(value, 1) + "," + value(value, 1) + "]" : value(value, 0);
      lines += nested_begin + held + nested_end;
      JsonElements elements(held);
      if (!elements.is_array()) {
        expected += nested_begin + held + nested_end;
        continue;
      }
      while (elements.next()) expected += nested_begin + std::string(elements.element()) + nested_end;
    }
    std::vector<Event> got;
    for (const ExplodedRows& piece : pieces_of(events(lines), "o.l"))
      for (Event& event : read_events(piece.batch)) got.push_back(std::move(event));
    CHECK(got == read_events(events(expected)));
  }
}
