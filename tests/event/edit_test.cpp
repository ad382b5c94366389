#include "event/edit.h"

#include <doctest/doctest.h>

#include <map>

#include "described_rows.h"
#include "random_rows.h"

using namespace ev;
using namespace ev::test;

namespace {

Column numbers_for(uint32_t rows, int64_t first) {
  Column column;
  column.type = Type::int64;
  for (uint32_t i = 0; i < rows; i++) column.words.push_back(static_cast<uint64_t>(first + i));
  return column;
}
std::vector<Column> columns_of(Column column) {
  std::vector<Column> columns;
  columns.push_back(std::move(column));
  return columns;
}

using Rows = std::vector<std::string>;

Batch sample() {
  return build({{word_field(Path{"a"}, 1), word_field(Path{"m", "x"}, 2), word_field(Path{"m", "y"}, 3),
                 word_field(Path{"z"}, 4)},
                {word_field(Path{"z"}, 5), null_field(Path{"a"})},
                {word_field(Path{"m"}, 6)}});
}

}  // namespace

TEST_CASE("paths that are not kept leave nothing behind") {
  Batch batch = sample();
  std::vector<uint8_t> keep;
  for (const Path& path : batch.paths) keep.push_back(path.name() == "z" || path.name() == "m.y");
  keep_paths(batch, keep);
  CHECK(described_rows(batch) == Rows{"m.y=3 z=4", "z=5", ""});
  CHECK(batch.paths.size() == 2);
  CHECK(batch.layouts.size() == 3);
}

TEST_CASE("layouts that become equal are one") {
  Batch batch = build(
      {{word_field(Path{"a"}, 1), word_field(Path{"b"}, 2)}, {word_field(Path{"a"}, 3), word_field(Path{"c"}, 4)}});
  CHECK(batch.layouts.size() == 2);
  keep_paths(batch, std::vector<uint8_t>{1, 0, 0});
  CHECK(described_rows(batch) == Rows{"a=1", "a=3"});
  CHECK(batch.layouts.size() == 1);
  CHECK(batch.row_layouts.empty());
}

TEST_CASE("the event time is forgotten with its path, and follows its number") {
  BatchBuilder builder;
  append_event(builder, {word_field(Path{"a"}, 1), word_field(Path{"ts"}, 2, Type::time)});
  Batch batch = builder.finish(1);
  REQUIRE(batch.time_path == 1);
  Batch other = batch;
  keep_paths(batch, std::vector<uint8_t>{0, 1});
  CHECK(batch.time_path == 0);
  keep_paths(other, std::vector<uint8_t>{1, 0});
  CHECK(other.time_path == -1);
}

TEST_CASE("a new field comes last, or last in the object it belongs to") {
  Batch batch = sample();
  set_path(batch, Path{"n"}, columns_of(numbers_for(3, 100)));
  CHECK(described_rows(batch) == Rows{"a=1 m.x=2 m.y=3 z=4 n=100", "z=5 a=null n=101", "m=6 n=102"});

  Batch nested = sample();
  set_path(nested, Path{"m", "w"}, columns_of(numbers_for(3, 100)));
  CHECK(described_rows(nested) == Rows{"a=1 m.x=2 m.y=3 m.w=100 z=4", "z=5 a=null m.w=101", "m.w=102"});
}

TEST_CASE("a field that is there keeps its place, whatever its type was") {
  Batch batch = sample();
  set_path(batch, Path{"a"}, columns_of(numbers_for(3, 100)));
  CHECK(described_rows(batch) == Rows{"a=100 m.x=2 m.y=3 z=4", "z=5 a=101", "m=6 a=102"});
  Batch gone = sample();
  set_path(gone, Path{"z"}, {});
  CHECK(described_rows(gone) == Rows{"a=1 m.x=2 m.y=3 z=null", "z=null a=null", "m=6 z=null"});
}

TEST_CASE("a field in place of an object takes it away") {
  Batch batch = sample();
  set_path(batch, Path{"m"}, columns_of(numbers_for(3, 100)));
  CHECK(described_rows(batch) == Rows{"a=1 m=100 z=4", "z=5 a=null m=101", "m=102"});
}

TEST_CASE("a field and an object get another name") {
  auto renamed = [](const Path& from, const Path& to) {
    Batch batch = build({{word_field(Path{"a"}, 1), word_field(Path{"m", "x"}, 2), word_field(Path{"m", "y"}, 3),
                          word_field(Path{"z"}, 4)},
                         {word_field(Path{"z"}, 5), null_field(Path{"a"})}});
    if (!rename_path(batch, from, to)) return Rows{"refused"};
    return described_rows(batch);
  };
  CHECK(renamed(Path{"a"}, Path{"b"}) == Rows{"b=1 m.x=2 m.y=3 z=4", "z=5 b=null"});
  CHECK(renamed(Path{"m", "x"}, Path{"m", "w"}) == Rows{"a=1 m.w=2 m.y=3 z=4", "z=5 a=null"});
  CHECK(renamed(Path{"m"}, Path{"n"}) == Rows{"a=1 n.x=2 n.y=3 z=4", "z=5 a=null"});
  CHECK(renamed(Path{"m", "x"}, Path{"x"}) == Rows{"a=1 m.y=3 z=4 x=2", "z=5 a=null"});
  CHECK(renamed(Path{"z"}, Path{"m", "z"}) == Rows{"a=1 m.x=2 m.y=3 m.z=4", "a=null m.z=5"});
  CHECK(renamed(Path{"m"}, Path{"deep", "m"}) == Rows{"a=1 z=4 deep.m.x=2 deep.m.y=3", "z=5 a=null"});
  CHECK(renamed(Path{"a"}, Path{"a", "b"}) == Rows{"m.x=2 m.y=3 z=4 a.b=1", "z=5 a.b=null"});
  CHECK(renamed(Path{"none"}, Path{"new"}) == Rows{"a=1 m.x=2 m.y=3 z=4", "z=5 a=null"});
  CHECK(renamed(Path{"m", "x"}, Path{"z"}) == Rows{"refused"});
  CHECK(renamed(Path{"a"}, Path{"z"}) == Rows{"refused"});
  CHECK(renamed(Path{"a"}, Path{"m"}) == Rows{"refused"});
  CHECK(renamed(Path{"a"}, Path{"z", "y"}) == Rows{"refused"});
}

TEST_CASE("a name that only other events have is taken, whatever their types") {
  Batch batch = build({{word_field(Path{"a"}, 1)},
                       {word_field(Path{"b"}, 2)},
                       {text_field(Path{"b"}, "t"), word_field(Path{"c"}, 3)},
                       {text_field(Path{"a"}, "u")},
                       {word_field(Path{"b", "x"}, 4)}});
  CHECK(rename_path(batch, Path{"a"}, Path{"b"}));
  CHECK(described_rows(batch) == Rows{"b=1", "b=2", "b=t c=3", "b=u", "b.x=4"});
  CHECK(rename_path(batch, Path{"c"}, Path{"d"}));
  CHECK(!rename_path(batch, Path{"d"}, Path{"b"}));
}

TEST_CASE("values for some rows, of two types") {
  Batch batch = sample();
  Column some = numbers_for(1, 7);
  some.validity = Bitmap(3, false);
  some.validity.set(1);
  Column texts;
  texts.type = Type::string;
  texts.texts.push_back("t");
  texts.validity = Bitmap(3, false);
  texts.validity.set(2);
  std::vector<Column> columns;
  columns.push_back(std::move(texts));
  columns.push_back(std::move(some));
  set_path(batch, Path{"a"}, std::move(columns));
  CHECK(described_rows(batch) == Rows{"a=null m.x=2 m.y=3 z=4", "z=5 a=7", "m=6 a=t"});
}

TEST_CASE("batches without layouts and without rows") {
  Batch batch = sample();
  batch.layouts.clear();
  batch.row_layouts = PodVector<uint32_t>();
  set_path(batch, Path{"n"}, columns_of(numbers_for(3, 100)));
  CHECK(batch.find(static_cast<uint16_t>(find_path(batch.paths, "n")), Type::int64)->words[2] == 102);
  Batch empty = build({});
  set_path(empty, Path{"n"}, {});
  CHECK(empty.paths.empty());
}

TEST_CASE("random edits: the same as on rows that are lists") {
  for (uint64_t round = 0; round < 300; round++) {
    RandomEvents random(round);
    const std::vector<Event> events = random.events(1 + random.below(20));
    Batch batch = build(events);
    std::map<std::string, bool> kept;
    std::vector<uint8_t> keep;
    for (const Path& path : batch.paths) keep.push_back(kept[path.encoded()] = random.below(3) != 0);
    keep_paths(batch, keep);
    check_shape(batch, ErrorKind::bug, "edited");
    std::vector<Event> expected;
    for (const Event& event : events) {
      Event& some = expected.emplace_back();
      for (const Field& field : event)
        if (kept[field.path.encoded()]) some.push_back(field);
    }
    CHECK(read_events(batch) == expected);
  }
}
