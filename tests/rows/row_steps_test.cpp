#include "rows/row_steps.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "base/text.h"
#include "event/described_rows.h"
#include "row_items.h"

using namespace ev;
using namespace ev::test;

TEST_CASE("set, then where, then select") {
  RowSteps steps(plan_of("total > 5", {"total=a + z", "half = total / 2"}, {"half", "m"}), 1);
  SourceOptions options;
  options.text_only = true;
  steps.prepare(options);
  CHECK(!options.fields.all);
  CHECK(options.fields.names == Rows{"half", "m", "a", "z", "total"});
  const SourceItem item = applied(steps, item_of(events(kEvents)));
  CHECK(described_rows(*item.batch) == Rows{"m.x=p m.y=2 half=3.0", "half=5.0"});
  CHECK(item.ledger.filtered == 1);
  CHECK(steps.warnings().empty());
}

TEST_CASE("a field is set where it is, below an object, or in place of one") {
  auto set = [](std::string setting) {
    RowSteps steps(plan_of("", {std::move(setting)}), 1);
    SourceOptions options;
    steps.prepare(options);
    return described_rows(*applied(steps, item_of(events(kEvents))).batch);
  };
  CHECK(set("a=a * 10") == Rows{"a=10 m.x=p m.y=2 z=5", "a=20 m.x=q", "a=30 z=7"});
  CHECK(set("m.x=upper(m.x)") == Rows{"a=1 m.x=P m.y=2 z=5", "a=2 m.x=Q", "a=3 z=7 m.x=null"});
  CHECK(set("m.n=a") == Rows{"a=1 m.x=p m.y=2 m.n=1 z=5", "a=2 m.x=q m.n=2", "a=3 z=7 m.n=3"});
  CHECK(set("m='o'") == Rows{"a=1 m=o z=5", "a=2 m=o", "a=3 z=7 m=o"});
  CHECK(set("a.b=1") == Rows{"a.b=1 m.x=p m.y=2 z=5", "a.b=1 m.x=q", "a.b=1 z=7"});
  CHECK(set("`new.key`=a") == Rows{"a=1 m.x=p m.y=2 z=5 new.key=1", "a=2 m.x=q new.key=2", "a=3 z=7 new.key=3"});
}

TEST_CASE("settings that are none") {
  CHECK_THROWS_WITH_AS(parse_setting("x", {}), "x: is no NAME=EXPRESSION; for example total=price * amount", Error);
  CHECK_THROWS_AS(parse_setting("=1", {}), Error);
  CHECK_THROWS_AS(parse_setting("a..b=1", {}), Error);
  CHECK_THROWS_WITH_AS(parse_setting("x=1 +", {}), doctest::Contains("column 4 of \"1 +\": a value is missing"), Error);
  CHECK(parse_setting("`a=b`=1", {}).name == "`a=b`");
  CHECK_THROWS_AS(parse_setting("a == 1", {}), Error);
}

TEST_CASE("blocks that pass whole stay unopened, others are cut, empty ones keep their watermark") {
  Batch batch = events(kEvents);
  batch.watermark = 42;
  auto outcome = [&](std::string_view where) {
    RowSteps steps(plan_of(where), 1);
    SourceOptions options;
    options.pass_blocks = true;
    steps.prepare(options);
    CHECK(options.pass_blocks);
    return applied(steps, block_of(batch));
  };
  SourceItem whole = outcome("a >= 1");
  CHECK(whole.block);
  CHECK(!whole.batch);
  CHECK(whole.ledger.filtered == 0);
  SourceItem some = outcome("a == 2");
  CHECK(!some.block);
  CHECK(described_rows(*some.batch) == Rows{"a=2 m.x=q"});
  SourceItem none = outcome("a == 9");
  CHECK(none.batch->rows == 0);
  CHECK(none.batch->watermark == 42);
  CHECK(none.ledger.filtered == 3);
  SourceItem by_layout = outcome("has(m.y) or not has(z)");
  CHECK(described_rows(*by_layout.batch) == Rows{"a=1 m.x=p m.y=2 z=5", "a=2 m.x=q"});
}

TEST_CASE("a command that needs few fields gets those, whatever the condition looked at") {
  for (std::string_view where : {"a > 1", "a > 1 and z is not null", "has(z) and a > 1", "z == 7"}) {
    for (bool block : {false, true}) {
      CAPTURE(where);
      CAPTURE(block);
      RowSteps steps(plan_of(where), 1);
      SourceOptions options;
      options.fields = FieldChoice{false, {"z"}};
      steps.prepare(options);
      const Batch batch = events(kEvents);
      SourceItem item = applied(steps, block ? block_of(batch) : item_of(Batch(batch)));
      REQUIRE(item.batch);
      for (const Column& column : item.batch->columns) CHECK(item.batch->paths[column.path].name() == "z");
      const int z = find_path(item.batch->paths, "z");
      REQUIRE(z >= 0);
      CHECK(item.batch->find(static_cast<uint16_t>(z), Type::int64)->words[0] == 7);
    }
  }
  // No field at all, only the number of rows.
  RowSteps steps(plan_of("a > 1"), 1);
  SourceOptions options;
  options.fields = FieldChoice{false, {}};
  steps.prepare(options);
  CHECK(options.fields.names == Rows{"a"});
  SourceItem item = applied(steps, block_of(events(kEvents)));
  CHECK(item.batch->rows == 2);
  CHECK(item.batch->columns.empty());
}

TEST_CASE("the event time stays where the command needs it, and goes where it is not selected") {
  const std::string lines = "{\"ts\":\"2024-06-01T00:00:00Z\",\"a\":1}\n{\"ts\":\"2024-06-02T00:00:00Z\",\"a\":2}\n";
  {
    RowSteps steps(plan_of("a == 2"), 1);
    SourceOptions options;
    options.fields = FieldChoice{false, {}};
    options.event_time = true;
    steps.prepare(options);
    const SourceItem item = applied(steps, block_of(events(lines, "ts")));
    REQUIRE(item.batch->time_column());
    CHECK(item.batch->time_column()->size() == 1);
  }
  RowSteps steps(plan_of("", {}, {"a"}), 1);
  SourceOptions options;
  steps.prepare(options);
  const SourceItem item = applied(steps, item_of(events(lines, "ts")));
  CHECK(item.batch->time_path == -1);
  CHECK(described_rows(*item.batch) == Rows{"a=1", "a=2"});
}

TEST_CASE("a condition on a field that is set skips no block by what was read") {
  SourceOptions options;
  RowSteps changed(plan_of("a > 100 and z > 5", {"a=a * 1000"}), 1);
  changed.prepare(options);
  CHECK(!options.filter);
  SourceOptions other;
  RowSteps below(plan_of("z > 5 and m.x == 'p'", {"m=1"}), 1);
  below.prepare(other);
  CHECK(other.filter);  // by z alone
}

TEST_CASE("warnings name the option, and are the same for any number of workers") {
  auto warnings = [](std::string_view where, unsigned workers) {
    RowSteps steps(plan_of(where, {"n=a / 0"}, {"b", "a"}), workers);
    SourceOptions options;
    steps.prepare(options);
    for (unsigned i = 0; i < 4; i++) applied(steps, item_of(events("{\"a\":1,\"country\":2}\n")), i % workers);
    return join(steps.warnings(), "\n");
  };
  CHECK(warnings("countri is null", 1) ==
        "--set n: in 4 rows, a / 0: divided by zero, which gives null\n"
        "--where: no event has a field countri; did you mean country?\n"
        "--select: none of the events has a field b");
  CHECK(warnings("countri is null", 3) == warnings("countri is null", 1));
  CHECK(warnings("country == 1", 1) == "--set n: in 4 rows, a / 0: divided by zero, which gives null");
  RowSteps idle(plan_of("x == 1"), 1);
  CHECK(idle.warnings().empty());
}
