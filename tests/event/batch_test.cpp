#include "event/batch.h"

#include <doctest/doctest.h>

#include <numeric>

#include "base/error.h"
#include "base/format.h"
#include "random_rows.h"

using namespace ev;
using namespace ev::test;

namespace {

uint64_t raw_bytes_of(const Event& event) {
  uint64_t bytes = 0;
  for (const Field& field : event) {
    if (field.type == Type::null) continue;
    bytes += is_text_type(field.type) ? 4 + field.text.size() : field.type == Type::boolean ? 1 : 8;
  }
  return bytes;
}

std::vector<Event> chosen(const std::vector<Event>& events, std::span<const uint32_t> rows) {
  std::vector<Event> some;
  for (uint32_t row : rows) some.push_back(events[row]);
  return some;
}

/// No path, layout or text that no row uses; numbers by first use.
void check_nothing_unused(const Batch& batch) {
  std::vector<uint16_t> paths;
  uint32_t layouts = 0;
  for (uint32_t row = 0; row < batch.rows; row++) {
    CHECK(batch.layout_of(row) <= layouts);
    if (batch.layout_of(row) == layouts) {
      for (uint16_t path : batch.layouts[layouts++])
        if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
    }
  }
  CHECK(layouts == batch.layouts.size());
  CHECK(paths.size() == batch.paths.size());
  for (std::size_t i = 0; i < paths.size(); i++) CHECK(paths[i] == i);
  for (const Column& column : batch.columns) {
    CHECK(column.size() > 0);
    std::vector<bool> used(column.texts.size());
    for (uint32_t code : column.codes) used[code] = true;
    if (!column.codes.empty()) CHECK(std::count(used.begin(), used.end(), false) == 0);
  }
  CHECK((batch.row_layouts.empty() || batch.layouts.size() > 1));
}

Batch of_texts(const std::vector<std::size_t>& lengths) {
  std::vector<Event> events;
  for (std::size_t length : lengths) events.push_back({text_field(Path{"t"}, std::string(length, 'x'))});
  return build(events);
}

std::vector<uint32_t> part_rows(Batch&& batch, uint32_t max_rows) {
  std::vector<uint32_t> rows;
  for (const Batch& part : split_to_caps(std::move(batch), max_rows)) rows.push_back(part.rows);
  return rows;
}

}  // namespace

TEST_CASE("take and slice give the rows asked for, and nothing that no row uses") {
  for (uint64_t seed = 0; seed < 40; seed++) {
    CAPTURE(seed);
    RandomEvents random(seed);
    const std::vector<Event> events = random.events(1 + random.below(200));
    const Batch batch = build(events);
    for (uint64_t keep = 1; keep <= 16; keep *= 2) {
      std::vector<uint32_t> rows;
      for (uint32_t row = 0; row < events.size(); row++)
        if (random.below(keep) == 0) rows.push_back(row);
      if (keep == 4) std::reverse(rows.begin(), rows.end());
      const Batch taken = take(batch, rows);
      check_shape(taken, ErrorKind::bug, "test");
      check_nothing_unused(taken);
      CHECK(read_events(taken) == chosen(events, rows));
    }
    const auto a = static_cast<uint32_t>(random.below(events.size() + 1)),
               b = static_cast<uint32_t>(random.below(events.size() + 1));
    const Batch part = slice(batch, std::min(a, b), std::max(a, b));
    check_shape(part, ErrorKind::bug, "test");
    check_nothing_unused(part);
    CHECK(read_events(part) == std::vector<Event>(events.begin() + std::min(a, b), events.begin() + std::max(a, b)));
  }
}

TEST_CASE("take keeps a time form that is constant constant, and finds those that have become so") {
  std::vector<Event> events;
  for (uint32_t i = 0; i < 10; i++) events.push_back({word_field(Path{"t"}, i, Type::time, i == 5 ? 3 : 8)});
  const Batch batch = build(events);
  const Column& mixed = batch.columns[0];
  CHECK(mixed.forms.size() == 10);
  CHECK(mixed.form == 0);
  const Batch still_mixed = slice(batch, 3, 8);
  CHECK(still_mixed.columns[0].forms.size() == 5);
  CHECK(still_mixed.columns[0].form == 0);
  const Batch uniform = slice(batch, 0, 5);
  CHECK(uniform.columns[0].forms.empty());
  CHECK(uniform.columns[0].form == 8);
  const Batch again = slice(uniform, 1, 3);
  CHECK(again.columns[0].forms.empty());
  CHECK(again.columns[0].form == 8);
}

TEST_CASE("take renumbers the event time, and forgets it where no row has the field") {
  Batch batch = build({{word_field(Path{"a"}, 1)}, {word_field(Path{"a"}, 2), word_field(Path{"t"}, 3, Type::time)}});
  batch.time_path = 1;
  CHECK(take(batch, std::vector<uint32_t>{0}).time_path == -1);
  const Batch second = take(batch, std::vector<uint32_t>{1});
  REQUIRE(second.time_path == 1);
  CHECK(second.time_column()->integer(0) == 3);
  batch = build({{word_field(Path{"a"}, 1)}, {word_field(Path{"t"}, 3, Type::time)}});
  batch.time_path = 1;
  CHECK(take(batch, std::vector<uint32_t>{1}).time_path == 0);
}

TEST_CASE("a watermark stays with take, and with the last rows only where a batch is cut") {
  Batch batch = build(RandomEvents(3).events(10));
  batch.watermark = 99;
  CHECK(take(batch, std::vector<uint32_t>{1, 2}).watermark == 99);
  CHECK_FALSE(slice(batch, 0, 9).watermark.has_value());
  CHECK(slice(batch, 5, 10).watermark == 99);
  const std::vector<Batch> parts = split_to_caps(std::move(batch), 6);
  REQUIRE(parts.size() == 2);
  CHECK_FALSE(parts[0].watermark.has_value());
  CHECK(parts[1].watermark == 99);
}

TEST_CASE("take works on projected batches, which have no layouts") {
  const std::vector<Event> events = RandomEvents(5).events(50);
  Batch batch = build(events);
  batch.layouts.clear();
  batch.row_layouts.clear();
  const Batch part = slice(batch, 7, 30);
  check_shape(part, ErrorKind::bug, "test");
  CHECK(part.layouts.empty());
  RowReader reader(part);
  for (std::size_t row = 7; reader.next(); row++) {
    std::size_t values = 0;
    for (uint16_t path = 0; path < part.paths.size(); path++) values += reader.value(path).type != Type::null;
    for (const Field& field : events[row]) {
      if (field.type == Type::null) continue;
      auto path = std::find(part.paths.begin(), part.paths.end(), field.path) - part.paths.begin();
      const Value value = reader.value(static_cast<uint16_t>(path));
      CHECK(value.type == field.type);
      CHECK(value.word == field.word);
      CHECK(value.text == field.text);
      values--;
    }
    CHECK(values == 0);
  }
}

TEST_CASE("raw bytes are counted as the specification says, by batch and by row") {
  CHECK(raw_bytes(build({{word_field(Path{"a"}, 1, Type::boolean), word_field(Path{"b"}, 1, Type::time),
                          text_field(Path{"c"}, "abc"), text_field(Path{"d"}, ""), null_field(Path{"e"})}})) ==
        1 + 8 + (4 + 3) + 4);
  for (uint64_t seed = 0; seed < 20; seed++) {
    const std::vector<Event> events = RandomEvents(seed).events(150);
    const Batch batch = build(events);
    uint64_t sum = 0;
    const std::vector<uint64_t> by_row = raw_bytes_by_row(batch);
    REQUIRE(by_row.size() == events.size());
    for (std::size_t row = 0; row < events.size(); row++) {
      CHECK(by_row[row] == raw_bytes_of(events[row]));
      sum += raw_bytes_of(events[row]);
    }
    CHECK(raw_bytes(batch) == sum);
  }
}

TEST_CASE("time_range tells range, order and number of the timed rows") {
  auto range = [](const std::vector<std::optional<int64_t>>& times) {
    std::vector<Event> events;
    for (auto ns : times)
      events.push_back({ns ? word_field(Path{"t"}, static_cast<uint64_t>(*ns), Type::time) : null_field(Path{"t"})});
    Batch batch = build(events);
    batch.time_path = batch.rows ? 0 : -1;
    return time_range(batch);
  };
  CHECK(range({}).timed == 0);
  CHECK(range({std::nullopt}).timed == 0);
  TimeRange some = range({-5, std::nullopt, -5, 7});
  CHECK(some.timed == 3);
  CHECK(some.min == -5);
  CHECK(some.max == 7);
  CHECK(some.sorted);
  some = range({3, INT64_MAX, INT64_MIN});
  CHECK(some.min == INT64_MIN);
  CHECK(some.max == INT64_MAX);
  CHECK_FALSE(some.sorted);
}

TEST_CASE("the row reader stays at the end") {
  const Batch batch = build({{word_field(Path{"a"}, 1)}});
  RowReader reader(batch);
  CHECK(reader.next());
  CHECK(reader.row() == 0);
  CHECK_FALSE(reader.next());
  CHECK_FALSE(reader.next());
  const Batch empty;
  RowReader none(empty);
  CHECK_FALSE(none.next());
  CHECK_FALSE(none.next());
}

TEST_CASE("split: random batches come back whole, in parts of at most so many rows") {
  for (uint64_t seed = 0; seed < 20; seed++) {
    RandomEvents random(seed);
    const std::vector<Event> events = random.events(random.below(300));
    const auto max_rows = static_cast<uint32_t>(1 + random.below(100));
    std::vector<Event> read;
    std::size_t left = events.size();
    for (const Batch& part : split_to_caps(build(events), max_rows)) {
      check_shape(part, ErrorKind::bug, "test");
      CHECK(part.rows == std::min<std::size_t>(left, max_rows));
      left -= part.rows;
      for (Event& event : read_events(part)) read.push_back(std::move(event));
    }
    CHECK(read == events);
  }
}

TEST_CASE("split: parts are filled greedily up to 16 MiB, and a larger row stands alone") {
  const std::size_t full = kMaxBlockRawBytes - 4, half = kMaxBlockRawBytes / 2 - 4;
  CHECK(part_rows(of_texts({half, half}), 9) == std::vector<uint32_t>{2});
  CHECK(part_rows(of_texts({half, half + 1}), 9) == std::vector<uint32_t>{1, 1});
  CHECK(part_rows(of_texts({half, half, 0}), 9) == std::vector<uint32_t>{2, 1});
  CHECK(part_rows(of_texts({1, full, 1}), 9) == std::vector<uint32_t>{1, 1, 1});
  CHECK(part_rows(of_texts({1, full + 1, 1, 1}), 9) == std::vector<uint32_t>{1, 1, 2});
  CHECK(part_rows(of_texts({full + 1}), 9) == std::vector<uint32_t>{1});
  CHECK(part_rows(of_texts({1, 1, 1}), 0) == std::vector<uint32_t>{1, 1, 1});
  CHECK(part_rows(of_texts({}), 9) == std::vector<uint32_t>{0});
}

TEST_CASE("split: a row over 64 MiB is over a limit") {
  CHECK(part_rows(of_texts({kMaxRowRawBytes - 4, 1}), 9) == std::vector<uint32_t>{1, 1});
  try {
    split_to_caps(of_texts({1, kMaxRowRawBytes - 3}), 9);
    FAIL("not refused");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(std::string(error.what()).find("over a limit") != std::string::npos);
  }
}

TEST_CASE("split: no part has more rows than a block, whatever was asked") {
  CHECK(part_rows(build(std::vector<Event>(kMaxBlockRows + 1)), UINT32_MAX) == std::vector<uint32_t>{kMaxBlockRows, 1});
}

TEST_CASE("split: a batch of too many fields is halved until its parts keep the caps") {
  std::vector<Event> events;
  for (uint32_t i = 0; i < 3 * kMaxPaths; i++) events.push_back({word_field(Path::key(std::to_string(i)), i)});
  std::vector<Event> read;
  for (const Batch& part : split_to_caps(build(events), kMaxBlockRows)) {
    CHECK(part.paths.size() <= kMaxPaths);
    CHECK(part.columns.size() <= kMaxColumns);
    for (Event& event : read_events(part)) read.push_back(std::move(event));
  }
  CHECK(read == events);
}

TEST_CASE("split: columns are capped where one field has values of many types") {
  std::vector<Event> events;
  for (uint32_t i = 0; i < 2 * kMaxColumns; i++)
    events.push_back({i % 2 ? word_field(Path::key(std::to_string(i / 2 % 3000)), i)
                            : text_field(Path::key(std::to_string(i / 2 % 3000)), "x")});
  Batch batch = build(events);
  CHECK(batch.paths.size() <= kMaxPaths);
  CHECK(batch.columns.size() > kMaxColumns);
  for (const Batch& part : split_to_caps(std::move(batch), kMaxBlockRows)) CHECK(part.columns.size() <= kMaxColumns);
}

TEST_CASE("split: a single event of too many fields is over a limit") {
  Event event;
  for (uint32_t i = 0; i <= kMaxPaths; i++) event.push_back(null_field(Path::key(std::to_string(i))));
  CHECK_THROWS_AS(split_to_caps(build({event, {}}), 9), Error);
  event.pop_back();
  CHECK(part_rows(build({event, {}}), 9) == std::vector<uint32_t>{2});
}

TEST_CASE("split: names and layouts keep to the size of a block's meta part") {
  std::vector<Event> events;
  for (int i = 0; i < 40; i++) {
    Path deep;
    for (int step = 0; step < 15; step++) deep = deep.child(std::string(65535, static_cast<char>('A' + i)));
    events.push_back({word_field(deep, 1)});
  }
  const std::vector<Batch> parts = split_to_caps(build(events), 100);
  CHECK(parts.size() > 1);
  uint32_t rows = 0;
  for (const Batch& part : parts) {
    uint64_t bytes = 0;
    for (const Path& path : part.paths) bytes += path.encoded().size();
    CHECK(bytes <= kMaxMetaBytes);
    rows += part.rows;
  }
  CHECK(rows == 40);
}
