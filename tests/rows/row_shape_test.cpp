// Fields that are dropped and renamed, events that are sampled, split and exploded.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "event/described_rows.h"
#include "event/edit.h"
#include "event/random_rows.h"
#include "row_items.h"
#include "rows/explosion.h"

using namespace ev;
using namespace ev::test;

namespace {

std::vector<Renaming> renamings(const Rows& texts) {
  std::vector<Renaming> renames;
  for (const std::string& text : texts) renames.push_back(parse_renaming(text));
  return renames;
}

RowPlan shape_plan(Rows select, Rows drop, const Rows& renames) {
  RowPlan plan;
  plan.select = std::move(select);
  plan.drop = std::move(drop);
  plan.renames = renamings(renames);
  return plan;
}

/// A batch through the steps, as one block of a stream or as a text.
SourceItem through(RowSteps& steps, const Batch& batch, bool block) {
  SourceOptions options;
  options.pass_blocks = true;
  steps.prepare(options);
  return applied(steps, block && options.pass_blocks ? block_of(batch) : item_of(Batch(batch)));
}

}  // namespace

TEST_CASE("select, then drop, then rename") {
  auto shaped = [](Rows select, Rows drop, const Rows& renames) {
    RowSteps steps(shape_plan(std::move(select), std::move(drop), renames), 1);
    const SourceItem item = through(steps, events(kEvents), true);
    return described_rows(*item.batch);
  };
  CHECK(shaped({}, {"m"}, {}) == Rows{"a=1 z=5", "a=2", "a=3 z=7"});
  CHECK(shaped({"m", "z"}, {"m.y"}, {"m.x=x"}) == Rows{"z=5 x=p", "x=q", "z=7"});
  CHECK(shaped({}, {"a"}, {"z = a", "m=n"}) == Rows{"n.x=p n.y=2 a=5", "n.x=q", "a=7"});
  CHECK(shaped({}, {}, {"a=b", "b=c"}) == Rows{"c=1 m.x=p m.y=2 z=5", "c=2 m.x=q", "c=3 z=7"});
}

TEST_CASE("a field gets no name that another one of the event has") {
  RowSteps steps(shape_plan({}, {}, {"z=a"}), 1);
  CHECK_THROWS_WITH_AS(through(steps, events(kEvents), true),
                       "--rename z=a: an event has another field a; leave that out with --drop a", Error);
}

TEST_CASE("renamings that are none") {
  CHECK_THROWS_WITH_AS(parse_renaming("a"), "a: is no OLD=NEW; for example user=user_id", Error);
  CHECK_THROWS_AS(parse_renaming("=a"), Error);
  CHECK_THROWS_AS(parse_renaming("a="), Error);
  CHECK_THROWS_AS(parse_renaming("a=b..c"), Error);
  const Renaming quoted = parse_renaming("`a=b` = c");
  CHECK(quoted.from == "`a=b`");
  CHECK(quoted.to == "c");
}

TEST_CASE("names that no event has are warned of, for any number of workers") {
  for (unsigned workers : {1u, 3u}) {
    RowSteps steps(shape_plan({"a", "s", "m"}, {"d", "m"}, {"a=b", "r=q"}), workers);
    SourceOptions options;
    steps.prepare(options);
    for (unsigned i = 0; i < 4; i++) applied(steps, item_of(events("{\"a\":1,\"m\":2}\n")), i % workers);
    CHECK(steps.warnings() == Rows{"--select: none of the events has a field s",
                                   "--drop: none of the events has a field d",
                                   "--rename: none of the events has a field r"});
  }
}

TEST_CASE("samples that are none") {
  for (const char* share : {"", "x", "0", "-1", "1.5", "101%", "nan", "10 %", "%"}) {
    CAPTURE(share);
    CHECK_THROWS_WITH_AS(parse_sample(share, {"a"}), doctest::Contains("--sample: takes a share above 0 and up to 1"),
                         Error);
  }
  CHECK_THROWS_WITH_AS(parse_sample("0.1", {}), doctest::Contains("--sample: needs --key"), Error);
  CHECK_NOTHROW(parse_sample("0.1", Rows(8, "a")));
  CHECK_THROWS_WITH_AS(parse_sample("0.1", Rows(9, "a")), "--key: has 9 fields; it takes at most 8", Error);
}

TEST_CASE("keys alone decide on a sample, and a larger one holds the smaller") {
  std::string lines;
  for (int i = 0; i < 4000; i++) {
    const std::string user = std::to_string(i % 2000), quoted = i < 2000 ? user : "\"" + user + "\"";
    lines += concat("{\"n\":", i, ",\"u ser\\\\\":", quoted, ",\"day\":", i % 7, "}\n");
  }
  const Batch batch = events(lines);
  auto sampled = [&](std::string_view share, const Rows& keys) {
    RowPlan plan;
    plan.sample = parse_sample(share, keys);
    RowSteps steps(std::move(plan), 1);
    const SourceItem item = through(steps, batch, true);
    std::vector<uint64_t> numbers;
    if (item.block)
      for (uint64_t n = 0; n < batch.rows; n++) numbers.push_back(n);
    else if (const Column* n = item.batch->find(static_cast<uint16_t>(find_path(item.batch->paths, "n")), Type::int64))
      numbers.assign(n->words.begin(), n->words.end());
    return numbers;
  };
  const std::string user = "`u ser\\`";
  const std::vector<uint64_t> tenth = sampled("10%", {user}), fifth = sampled("0.2", {user});
  CHECK(tenth.size() > 300);
  CHECK(tenth.size() < 500);
  CHECK(std::includes(fifth.begin(), fifth.end(), tenth.begin(), tenth.end()));
  for (uint64_t n : tenth) CHECK(std::binary_search(tenth.begin(), tenth.end(), (n + 2000) % 4000));
  CHECK(sampled("1", {user}).size() == 4000);
  const std::vector<uint64_t> by_both = sampled("10%", {user, "day"});
  CHECK(by_both.size() > 300);
  CHECK(by_both.size() < 500);
  CHECK(by_both != tenth);
  // Null is one key.
  CHECK(sampled("50%", {"none"}).size() % 4000 == 0);
}

TEST_CASE("the sample and the condition both hold") {
  std::string lines;
  for (int i = 0; i < 1000; i++) lines += concat("{\"n\":", i, "}\n");
  auto picked = [&](std::string_view where, std::string_view share) {
    RowPlan plan = plan_of(where);
    if (!share.empty()) plan.sample = parse_sample(share, {"n"});
    RowSteps steps(std::move(plan), 1);
    const SourceItem item = through(steps, events(lines), true);
    return described_rows(*item.batch);
  };
  const Rows odd = picked("n % 2 == 1", ""), half = picked("", "50%"), both = picked("n % 2 == 1", "50%");
  Rows expected;
  for (const std::string& row : odd)
    if (std::find(half.begin(), half.end(), row) != half.end()) expected.push_back(row);
  CHECK(both == expected);
  CHECK(both.size() > 150);
}

namespace {

/// Rows as lists of fields, each step done in the plainest way.
struct PlainSteps {
  std::vector<Path> select, drop;
  std::vector<std::pair<Path, Path>> renames;
  Path wanted;  // rows without this field are filtered
  bool clash = false;

  static bool within(const Path& path, const Path& object) { return path == object || lies_below(path, object); }
  static bool within_any(const Path& path, const std::vector<Path>& objects) {
    return std::any_of(objects.begin(), objects.end(), [&](const Path& object) { return within(path, object); });
  }
  static std::size_t shared_steps(const Path& a, const Path& b) {
    const auto x = a.steps(), y = b.steps();
    return static_cast<std::size_t>(std::mismatch(x.begin(), x.end(), y.begin(), y.end()).first - x.begin());
  }

  void rename(Event& event, const Path& from, const Path& to) {
    Event moved, others;
    for (const Field& field : event) (within(field.path, from) ? moved : others).push_back(field);
    if (moved.empty()) return;
    for (const Field& field : others) clash |= within(field.path, to) || lies_below(to, field.path);
    const bool same_object = from.step_count() == to.step_count() && shared_steps(from, to) + 1 >= from.step_count();
    Event renamed;
    std::size_t place = others.size(), most = 1;
    for (std::size_t i = 0; i < others.size(); i++) {
      const std::size_t shared = shared_steps(others[i].path, to);
      if (shared < most) continue;
      most = shared;
      place = i + 1;
    }
    auto add_moved = [&](Field field) {
      Path path = to;
      const auto steps = field.path.steps();
      for (std::size_t i = from.step_count(); i < steps.size(); i++) path = path.child(steps[i]);
      field.path = path;
      renamed.push_back(field);
    };
    if (same_object) {
      for (const Field& field : event) within(field.path, from) ? add_moved(field) : renamed.push_back(field);
    } else {
      for (std::size_t i = 0; i <= others.size(); i++) {
        if (i == place)
          for (const Field& field : moved) add_moved(field);
        if (i < others.size()) renamed.push_back(others[i]);
      }
    }
    event = renamed;
  }
  std::vector<Event> run(const std::vector<Event>& events) {
    std::vector<Event> out;
    for (Event event : events) {
      if (std::none_of(event.begin(), event.end(), [&](const Field& field) { return field.path == wanted; })) continue;
      std::erase_if(event, [&](const Field& field) {
        return (!select.empty() && !within_any(field.path, select)) || within_any(field.path, drop);
      });
      for (const auto& [from, to] : renames)
        if (!clash) rename(event, from, to);
      out.push_back(event);
    }
    return out;
  }
};

}  // namespace

TEST_CASE("random steps on random rows: the same as on lists of fields, from a block or a batch") {
  const std::vector<Path> paths = {Path{"id"},
                                   Path{"meta"},
                                   Path{"meta", "chain"},
                                   Path{"meta", "x"},
                                   Path{"meta", "x", "y"},
                                   Path{"meta.chain"},
                                   Path{"a"},
                                   Path{"b"},
                                   Path{"c"},
                                   Path{"time"},
                                   Path{"new"}};
  int clashes = 0, passed = 0;
  for (uint64_t round = 0; round < 2000; round++) {
    CAPTURE(round);
    RandomEvents random(round);
    std::vector<Event> rows = random.events(1 + random.below(12));
    for (Event& row : rows)
      for (Field& field : row) {
        field.form = 0;  // one that a stream may have
        // What a condition looks at must be a state: a count.
        if (field.type == Type::state) field.text = std::string("\1\1\7\0\0\0\0\0\0\0", 10);
      }
    auto path = [&] { return paths[random.below(paths.size())]; };
    PlainSteps plain;
    plain.wanted = path();
    RowPlan plan;
    plan.where = Expression::parse_condition(concat("has(", quoted_name(plain.wanted), ")"), {});
    for (uint64_t n = random.below(4); n > 0; n--)
      plan.select.push_back(quoted_name(plain.select.emplace_back(path())));
    for (uint64_t n = random.below(3); n > 0; n--) plan.drop.push_back(quoted_name(plain.drop.emplace_back(path())));
    for (uint64_t n = random.below(3); n > 0; n--) {
      const auto& [from, to] = plain.renames.emplace_back(path(), path());
      plan.renames.push_back({quoted_name(from), quoted_name(to)});
    }
    const std::vector<Event> expected = plain.run(rows);
    for (bool block : {false, true}) {
      RowSteps steps(plan, 1);
      if (plain.clash) {
        CHECK_THROWS_AS(through(steps, build(rows), block), Error);
        continue;
      }
      const SourceItem item = through(steps, build(rows), block);
      const Batch batch = item.batch ? *item.batch : decode_block(*item.block, {});
      check_shape(batch, ErrorKind::bug, "batch");
      CHECK(read_events(batch) == expected);
      CHECK(item.ledger.filtered == rows.size() - expected.size());
    }
    clashes += plain.clash;
    passed += !plain.clash && !expected.empty();
  }
  CHECK(clashes > 20);
  CHECK(passed > 200);
}

TEST_CASE("rows that are filtered come out where the plan splits, as they were before they are shaped") {
  Batch batch = events(kEvents);
  batch.watermark = 42;
  auto outcome = [&](std::string_view where, bool block, const Rows& settings = {}) {
    RowPlan plan = plan_of(where, settings, {"a"});
    plan.split = true;
    RowSteps steps(std::move(plan), 1);
    SourceOptions options;
    options.pass_blocks = true;
    steps.prepare(options);
    CHECK(!options.filter);  // a block that is skipped would not come out
    SourceItem item = block ? block_of(batch) : item_of(Batch(batch));
    FilteredRows filtered = steps.apply(item, 0);
    REQUIRE(filtered.batch.has_value() != filtered.block.has_value());
    const Batch rest = filtered.batch ? *filtered.batch : decode_block(*filtered.block, {});
    CHECK(item.batch->watermark == 42);
    CHECK(rest.watermark == 42);
    CHECK(item.ledger.filtered == rest.rows);
    return std::pair(described_rows(*item.batch), described_rows(rest));
  };
  using Both = std::pair<Rows, Rows>;
  for (bool block : {false, true}) {
    CAPTURE(block);
    CHECK(outcome("a == 2", block) == Both{{"a=2"}, {"a=1 m.x=p m.y=2 z=5", "a=3 z=7"}});
    CHECK(outcome("a > 0", block) == Both{{"a=1", "a=2", "a=3"}, {}});
    CHECK(outcome("a > 9", block) == Both{{}, {"a=1 m.x=p m.y=2 z=5", "a=2 m.x=q", "a=3 z=7"}});
  }
  CHECK(outcome("z > 5", false, {"a=7"}) == Both{{"a=7"}, {"a=7 m.x=p m.y=2 z=5", "a=7 m.x=q"}});
}

TEST_CASE("blocks that pass or fail whole stay unopened where the plan splits") {
  const Batch batch = events(kEvents);
  auto outcome = [&](std::string_view where) {
    RowPlan plan = plan_of(where);
    plan.split = true;
    RowSteps steps(std::move(plan), 1);
    SourceOptions options;
    options.pass_blocks = true;
    steps.prepare(options);
    SourceItem item = block_of(batch);
    const FilteredRows filtered = steps.apply(item, 0);
    return std::pair(item.block.has_value(), filtered.block.has_value());
  };
  CHECK(outcome("a > 0") == std::pair(true, false));
  CHECK(outcome("a > 9") == std::pair(false, true));
  CHECK(outcome("a > 1") == std::pair(false, false));
}

TEST_CASE("where a field explodes, the steps behind it are left to the command") {
  RowPlan plan = plan_of("a > 1", {}, {"l.p"});
  plan.explode = "l";
  RowSteps steps(std::move(plan), 1);
  SourceOptions options;
  options.pass_blocks = true;
  steps.prepare(options);
  SourceItem item = block_of(events("{\"a\":1}\n{\"a\":2,\"l\":[{\"p\":1},{\"p\":2,\"q\":3}]}\n"));
  steps.apply(item, 0);
  REQUIRE(item.batch);
  CHECK(described_rows(*item.batch) == Rows{"l=[{\"p\":1},{\"p\":2,\"q\":3}]"});
  Batch piece = Explosion(std::move(*item.batch), "l").next()->batch;
  steps.shape(piece, 0);
  CHECK(described_rows(piece) == Rows{"l.p=1", "l.p=2"});
  CHECK(steps.warnings().empty());
}

TEST_CASE("of a block, only what is selected and looked at is read") {
  const Batch batch = events(kEvents);
  auto selected = [&](std::string_view where, Rows select, const Rows& fields) {
    RowSteps steps(plan_of(where, {}, std::move(select)), 1);
    SourceOptions options;
    options.pass_blocks = true;
    steps.prepare(options);
    CHECK(options.fields.names == fields);
    CHECK(options.fields.below);
    // As a source reads it.
    const Projection projection{false, options.fields.names, false, true};
    SourceItem item = options.pass_blocks ? block_of(batch) : item_of(decode_block(*block_of(batch).block, projection));
    steps.apply(item, 0);
    CHECK(steps.warnings().empty());
    return described_rows(*item.batch);
  };
  CHECK(selected("", {"m"}, {"m"}) == Rows{"m.x=p m.y=2", "m.x=q", ""});
  CHECK(selected("a > 1", {"m.x", "z"}, {"m.x", "z", "a"}) == Rows{"m.x=q", "z=7"});
  CHECK(selected("a > 0", {"a"}, {"a"}) == Rows{"a=1", "a=2", "a=3"});
  CHECK(selected("z is null", {"a"}, {"a", "z"}) == Rows{"a=2"});
}
