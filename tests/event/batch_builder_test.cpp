#include "event/batch_builder.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "random_rows.h"

using namespace ev;
using namespace ev::test;

namespace {

bool same_column(const Column& a, const Column& b) {
  return a.path == b.path && a.type == b.type && a.validity == b.validity && a.words == b.words &&
         a.texts.offsets == b.texts.offsets && a.texts.data == b.texts.data && a.codes == b.codes &&
         a.forms == b.forms && a.form == b.form;
}
bool same_batch(const Batch& a, const Batch& b) {
  return a.rows == b.rows && a.paths == b.paths && a.layouts == b.layouts && a.row_layouts == b.row_layouts &&
         a.time_path == b.time_path && a.watermark == b.watermark &&
         std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(), b.columns.end(), same_column);
}

/// `distinct` different texts in `values` rows, the new ones spread evenly.
std::vector<Event> repeating(uint32_t values, uint32_t distinct) {
  std::vector<Event> events;
  for (uint64_t i = 0; i < values; i++)
    events.push_back({text_field(Path{"t"}, "text number " + std::to_string(i * distinct / values))});
  return events;
}
bool has_dictionary(const std::vector<Event>& events) {
  const Batch batch = build(events);
  check_shape(batch, ErrorKind::bug, "test");
  CHECK(read_events(batch) == events);
  return !batch.columns.at(0).codes.empty();
}

}  // namespace

TEST_CASE("what was appended is read back: random events of every type, with nulls, gaps and several layouts") {
  for (uint64_t seed = 0; seed < 60; seed++) {
    CAPTURE(seed);
    RandomEvents random(seed);
    const std::vector<Event> events = random.events(random.below(300));
    const Batch batch = build(events);
    CHECK(batch.rows == events.size());
    check_shape(batch, ErrorKind::bug, "test");
    CHECK(read_events(batch) == events);
  }
}

TEST_CASE("long random batches cross the sizes at which memory grows") {
  RandomEvents random(77);
  const std::vector<Event> events = random.events(12000);
  const Batch batch = build(events);
  check_shape(batch, ErrorKind::bug, "test");
  CHECK(read_events(batch) == events);
}

TEST_CASE("a batch depends on its rows alone, whatever was built before") {
  BatchBuilder used;
  RandomEvents before(1000);
  for (uint64_t seed = 0; seed < 30; seed++) {
    for (const Event& event : before.events(before.below(3000))) append_event(used, event);
    used.finish(-1);
    const std::vector<Event> events = RandomEvents(seed).events(2000);
    for (const Event& event : events) append_event(used, event);
    CHECK(same_batch(used.finish(-1), build(events)));
  }
}

TEST_CASE("paths are numbered by first use in row order, columns stand by path and type, unused ones vanish") {
  BatchBuilder builder;
  const uint32_t unused = builder.path(Path{"unused"}), b = builder.path(Path{"b"}), a = builder.path(Path{"a"});
  builder.column(unused, Type::int64);
  const uint32_t b_text = builder.column(b, Type::string), b_int = builder.column(b, Type::int64);
  const uint32_t a_int = builder.column(a, Type::int64);
  const uint32_t layout_b = builder.layout(std::vector{b}), layout_ab = builder.layout(std::vector{a, b});
  builder.layout(std::vector{unused});
  auto fill = [&] {
    builder.append(layout_ab, std::vector<Cell>{{b_text, 1, reinterpret_cast<uint64_t>("x")}, {a_int, 0, 5}});
    builder.append(layout_b, std::vector<Cell>{{b_int, 0, 6}});
  };
  for (int round = 0; round < 2; round++) {
    fill();
    const Batch batch = builder.finish(static_cast<int>(b));
    CHECK(batch.paths == std::vector<Path>{Path{"a"}, Path{"b"}});
    CHECK(batch.layouts == std::vector<Layout>{{0, 1}, {1}});
    REQUIRE(batch.row_layouts.size() == 2);
    CHECK(batch.row_layouts[0] == 0);
    CHECK(batch.row_layouts[1] == 1);
    CHECK(batch.time_path == 1);
    REQUIRE(batch.columns.size() == 3);
    CHECK((batch.columns[0].path == 0 && batch.columns[0].type == Type::int64));
    CHECK((batch.columns[1].path == 1 && batch.columns[1].type == Type::int64));
    CHECK((batch.columns[2].path == 1 && batch.columns[2].type == Type::string));
  }
  fill();
  CHECK(builder.finish(static_cast<int>(unused)).time_path == -1);
}

TEST_CASE("one layout for all rows takes no layout numbers, also when it is not the first one known") {
  BatchBuilder builder;
  builder.layout(std::vector{builder.path(Path{"other"})});
  const uint32_t path = builder.path(Path{"a"});
  const uint32_t layout = builder.layout(std::vector{path}), column = builder.column(path, Type::int64);
  for (uint64_t i = 0; i < 3; i++) builder.append(layout, std::vector<Cell>{{column, 0, i}});
  const Batch batch = builder.finish(-1);
  CHECK(batch.row_layouts.empty());
  CHECK(batch.layouts == std::vector<Layout>{{0}});
  CHECK(batch.columns.at(0).validity.empty());
}

TEST_CASE("numbers are given once and stay until reset") {
  BatchBuilder builder;
  const uint32_t a = builder.path(Path{"a"}), b = builder.path(Path{"b"});
  CHECK(a != b);
  CHECK(builder.path(Path{"a"}) == a);
  CHECK(builder.column(a, Type::string) != builder.column(a, Type::json));
  CHECK(builder.column(a, Type::string) == builder.column(a, Type::string));
  CHECK(builder.layout(std::vector{a, b}) != builder.layout(std::vector{b, a}));
  CHECK(builder.layout(std::vector{a, b}) == builder.layout(std::vector{a, b}));
  builder.finish(-1);
  CHECK(builder.path(Path{"b"}) == b);
  CHECK(builder.path_count() == 2);
  CHECK(builder.layout_count() == 2);
  builder.reset();
  CHECK(builder.path_count() == 0);
  CHECK(builder.layout_count() == 0);
  CHECK(builder.rows() == 0);
}

TEST_CASE("a column whose values begin late or end early has a bitmap of all rows") {
  for (std::size_t rows : {1, 2, 63, 64, 65, 4096, 4097, 9000}) {
    for (std::size_t only : {std::size_t{0}, rows / 2, rows - 1}) {
      std::vector<Event> events(rows, Event{null_field(Path{"a"})});
      events[only] = {word_field(Path{"a"}, 42)};
      const Batch batch = build(events);
      check_shape(batch, ErrorKind::bug, "test");
      CHECK(read_events(batch) == events);
      if (rows > 1) CHECK(batch.columns.at(0).validity.count() == 1);
    }
  }
}

TEST_CASE("columns without a value and batches without a row vanish") {
  CHECK(build({{null_field(Path{"a"})}, {null_field(Path{"a"})}}).columns.empty());
  const Batch empty = build({});
  CHECK(empty.rows == 0);
  CHECK(empty.paths.empty());
  CHECK(empty.layouts.empty());
  check_shape(empty, ErrorKind::bug, "test");
  const Batch bare = build({{}, {}});
  CHECK(bare.rows == 2);
  CHECK(bare.layouts == std::vector<Layout>{{}});
}

TEST_CASE("time forms are kept per value only where they differ") {
  auto times = [](std::vector<uint32_t> forms) {
    std::vector<Event> events;
    for (uint32_t form : forms) events.push_back({word_field(Path{"t"}, 1000 + events.size(), Type::time, form)});
    return build(events);
  };
  const Batch same = times({9, 9, 9});
  CHECK(same.columns[0].forms.empty());
  CHECK(same.columns[0].form == 9);
  const Batch differ = times({9, 9, 4, 9});
  REQUIRE(differ.columns[0].forms.size() == 4);
  for (std::size_t i = 0; i < 4; i++) CHECK(differ.columns[0].form_at(i) == (i == 2 ? 4u : 9u));
}

TEST_CASE("texts of every length that share beginning and end are told apart") {
  std::vector<Event> events;
  for (std::size_t length = 0; length <= 140; length++) {
    for (int round = 0; round < 2; round++) {
      events.push_back({text_field(Path{"t"}, std::string(length, 'a'))});
      for (std::size_t at = 0; at < length; at += length < 40 ? 1 : 9) {
        std::string text(length, 'a');
        text[at] = 'b';
        events.push_back({text_field(Path{"t"}, text)});
      }
    }
  }
  const Batch batch = build(events);
  check_shape(batch, ErrorKind::bug, "test");
  CHECK(read_events(batch) == events);
  CHECK(batch.columns[0].texts.size() == events.size() / 2);
}

TEST_CASE("a dictionary is given up where values hardly repeat, and only there") {
  CHECK(has_dictionary(repeating(2, 1)));
  CHECK_FALSE(has_dictionary(repeating(1000, 1000)));  // all different: numbers would say nothing
  CHECK(has_dictionary(repeating(1000, 999)));
  CHECK_FALSE(has_dictionary(repeating(1100, 1090)));
  CHECK(has_dictionary(repeating(1100, 900)));
  CHECK_FALSE(has_dictionary(repeating(5000, 4000)));
  CHECK(has_dictionary(repeating(5000, 3500)));
  CHECK_FALSE(has_dictionary(repeating(20000, 11000)));
  CHECK(has_dictionary(repeating(20000, 9000)));
  // Repeats well at first, and not at all later.
  std::vector<Event> events = repeating(17000, 8000);
  for (int i = 0; i < 20000; i++) events.push_back({text_field(Path{"t"}, "another " + std::to_string(i))});
  CHECK_FALSE(has_dictionary(events));
}

TEST_CASE("finish fails cleanly on more paths than a batch can number, and the builder goes on") {
  BatchBuilder builder;
  for (uint32_t i = 0; i < 65536; i++) {
    const uint32_t path = builder.path(Path::key(std::to_string(i)));
    builder.append(builder.layout(std::vector{path}), {});
  }
  CHECK_THROWS_AS(builder.finish(-1), Error);
  CHECK(builder.rows() == 0);
  const uint32_t path = builder.path(Path{"7"}), column = builder.column(path, Type::int64);
  builder.append(builder.layout(std::vector{path}), std::vector<Cell>{{column, 0, 1}});
  CHECK(read_events(builder.finish(-1)) == std::vector<Event>{{word_field(Path{"7"}, 1)}});
}
