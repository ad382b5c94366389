// Blocks that the bounds rule out: evaluation would pick no row of them, and have nothing to say.
#include "rows/zone_filter.h"

#include <doctest/doctest.h>

#include <random>

#include "event/batch_builder.h"
#include "expr/evaluator.h"
#include "stream/block.h"

using namespace ev;

namespace {

Cell text_cell(uint32_t column, std::string_view text) {
  return {column, static_cast<uint32_t>(text.size()), reinterpret_cast<uint64_t>(text.data())};
}

/// Events with a field of each type that has bounds; the values of a batch lie close together.
Batch random_events(std::mt19937_64& random) {
  BatchBuilder builder;
  static const std::string kTexts[] = {"",
                                       "a",
                                       "ab",
                                       "b",
                                       "long text of more than sixteen bytes",
                                       "long text of more, too",
                                       std::string("a\0", 2),
                                       "\xff\xff"};
  const auto start = static_cast<int64_t>(random() % 20) - 10;
  const uint64_t kinds = 1 + random() % 3, first_text = random() % 8;
  const bool mixed = random() % 4 == 0, sparse = random() % 3 == 0;
  for (std::size_t rows = 1 + random() % 6; rows > 0; rows--) {
    std::vector<uint32_t> paths;
    std::vector<Cell> cells;
    auto column = [&](std::string_view name, Type type) {
      paths.push_back(builder.path(parse_path(name)));
      return builder.column(paths.back(), type);
    };
    auto add = [&](std::string_view name, Type type, uint64_t word) { cells.push_back({column(name, type), 0, word}); };
    const int64_t i = start + static_cast<int64_t>(random() % 4);
    add("i", Type::int64, static_cast<uint64_t>(i));
    if (!sparse || random() % 2) add("o.f", Type::float64, std::bit_cast<uint64_t>(static_cast<double>(i) / 2));
    add("u", Type::uint64, UINT64_MAX - random() % 3);
    add("t", Type::time, static_cast<uint64_t>(i * 1'000'000'000));
    add("b", Type::boolean, random() % kinds != 0);
    cells.push_back(text_cell(column("s", Type::string), kTexts[(first_text + random() % kinds) % 8]));
    if (mixed && random() % 2)
      cells.push_back(text_cell(column("m", Type::string), "5"));
    else
      add("m", Type::int64, static_cast<uint64_t>(i));
    builder.append(builder.layout(paths), cells);
  }
  return builder.finish(-1);
}

std::string random_test(std::mt19937_64& random) {
  static const char* const kFields[] = {"i", "o.f", "u", "t", "b", "s", "m", "missing"};
  static const char* const kOperators[] = {"==", "!=", "<", "<=", ">", ">="};
  static const char* const kConstants[] = {"0",
                                           "3",
                                           "-2.5",
                                           "2.5",
                                           "7",
                                           "1e30",
                                           "18446744073709551614",
                                           "\"\"",
                                           "\"a\"",
                                           "\"ab\"",
                                           "\"b\"",
                                           "\"long text of more than sixteen bytes\"",
                                           "\"long text of more\"",
                                           "true",
                                           "false",
                                           "null",
                                           "\"1970-01-01T00:00:03Z\"",
                                           "18446744073709551616"};
  auto pick = [&](auto& list) { return std::string(list[random() % std::size(list)]); };
  const std::string field = pick(kFields);
  switch (random() % 6) {
    case 0:
      return field + " in (" + pick(kConstants) + ", " + pick(kConstants) + ")";
    case 1:
      return "starts_with(" + field + ", \"" + (random() % 2 ? "a" : "long text of more than sixteen") + "\")";
    case 2:
      return pick(kConstants) + " " + pick(kOperators) + " " + field;
    case 3:
      return "b";
    default:
      return field + " " + pick(kOperators) + " " + pick(kConstants);
  }
}

std::vector<ColumnBounds> bounds_of(const EncodedBlock& block) {
  std::vector<ColumnBounds> columns;
  for (std::size_t i = 1; i < block.chunks.size(); i++) {
    const ChunkEntry& chunk = block.chunks[i];
    columns.push_back({&block.paths[chunk.path], chunk.type, chunk.values, &chunk.zone});
  }
  return columns;
}

bool wants(BlockFilter& filter, const Batch& batch) {
  const EncodedBlock block = encode_block(batch, {});
  return filter.wants(bounds_of(block), true);
}

/// Whether bounds prove the condition for all rows.
bool proved(const Expression& condition, const Batch& batch) {
  const std::vector<FieldTest> tests = leading_tests(condition, {});
  const EncodedBlock block = encode_block(batch, {});
  return are_all_tests(condition, tests.size()) && every_row_meets(tests, bounds_of(block), batch.rows);
}

}  // namespace

TEST_CASE("a block is skipped only if no row of it is picked and nothing is found") {
  std::mt19937_64 random(3);
  constexpr int kRounds = 20000;
  int skipped = 0, picked = 0;
  for (int round = 0; round < kRounds; round++) {
    const Batch batch = random_events(random);
    std::string text = random_test(random);
    while (random() % 2) text += " and " + random_test(random);
    CAPTURE(text);
    const Expression condition = Expression::parse(text, {});
    ZoneFilter filter(condition, leading_tests(condition, {}));
    Evaluator evaluator(condition);
    const bool any = !evaluator.select(batch).empty();
    picked += any;
    if (wants(filter, batch)) continue;
    skipped++;
    REQUIRE(!any);
    for (uint8_t issue = 0; issue < kIssues; issue++)
      REQUIRE(evaluator.findings().rows_with(static_cast<Issue>(issue)) == 0);
  }
  CHECK(skipped > kRounds / 5);
  CHECK(picked > kRounds / 20);
}

TEST_CASE("what is skipped, and what is not") {
  BatchBuilder builder;
  const uint32_t n = builder.path(Path{"n"}), s = builder.path(Path{"meta", "country"});
  const std::vector<uint32_t> layout = {n, s};
  for (uint64_t i = 10; i < 20; i++) {
    const Cell cells[] = {{builder.column(n, Type::int64), 0, i},
                          text_cell(builder.column(s, Type::string), i % 2 ? "DE" : "FR")};
    builder.append(builder.layout(layout), cells);
  }
  const Batch batch = builder.finish(-1);
  auto wanted = [&](std::string_view text) {
    const Expression condition = Expression::parse(text, {});
    ZoneFilter filter(condition, leading_tests(condition, {}));
    return wants(filter, batch);
  };
  CHECK(!wanted("n > 19"));
  CHECK(wanted("n >= 19"));
  CHECK(!wanted("n < 10"));
  CHECK(!wanted("n == 20"));
  CHECK(!wanted("n in (1, 2, 30)"));
  CHECK(wanted("n in (1, 15)"));
  CHECK(!wanted("19.5 < n"));
  CHECK(!wanted("meta.country == 'US'"));
  CHECK(!wanted("meta.country == 'AT' and n == 15"));
  CHECK(!wanted("n == 15 and meta.country > 'FR'"));
  CHECK(!wanted("starts_with(meta.country, 'U')"));
  CHECK(wanted("starts_with(meta.country, 'F')"));
  CHECK(!wanted("absent == 1"));
  CHECK(wanted("n == 'x'"));               // compared across types, which is counted
  CHECK(wanted("n == 'x' and n > 100"));   // so it is here, before the bounds could tell
  CHECK(!wanted("n > 100 and n == 'x'"));  // this is never asked
  CHECK(wanted("n > 100 or n < 15"));
  CHECK(wanted("lower(meta.country) == 'x' and n > 100"));
}

TEST_CASE("columns that the INDEX does not list may be anything") {
  const Expression condition = Expression::parse("x == 1", {});
  ZoneFilter filter(condition, leading_tests(condition, {}));
  CHECK(filter.wants({}, false));
  CHECK(!filter.wants({}, true));
}

TEST_CASE("a condition is proved only if every row is picked and nothing is found") {
  std::mt19937_64 random(4);
  constexpr int kRounds = 20000;
  int proofs = 0, whole = 0;
  for (int round = 0; round < kRounds; round++) {
    const Batch batch = random_events(random);
    std::string text = random_test(random);
    if (random() % 4 == 0) text += " and " + random_test(random);
    CAPTURE(text);
    const Expression condition = Expression::parse(text, {});
    Evaluator evaluator(condition);
    const bool every = evaluator.select(batch).size() == batch.rows;
    whole += every;
    if (!proved(condition, batch)) continue;
    proofs++;
    REQUIRE(every);
    for (uint8_t issue = 0; issue < kIssues; issue++)
      REQUIRE(evaluator.findings().rows_with(static_cast<Issue>(issue)) == 0);
  }
  CHECK(proofs > whole / 2);
  CHECK(whole > kRounds / 20);
}

TEST_CASE("what is proved, and what is not") {
  BatchBuilder builder;
  const std::vector<uint32_t> paths = {builder.path(Path{"n"}), builder.path(Path{"s"}), builder.path(Path{"some"})};
  for (uint64_t i = 10; i < 20; i++) {
    std::vector<Cell> cells = {
        {builder.column(paths[0], Type::int64), 0, i},
        text_cell(builder.column(paths[1], Type::string), i % 2 ? "/api/users" : "/api/a very long path")};
    if (i > 10) cells.push_back({builder.column(paths[2], Type::int64), 0, 1});
    builder.append(builder.layout(paths), cells);
  }
  const Batch batch = builder.finish(-1);
  auto is_proved = [&](std::string_view text) { return proved(Expression::parse_condition(text, {}), batch); };
  CHECK(is_proved("n >= 10"));
  CHECK(!is_proved("n > 10"));
  CHECK(is_proved("n < 20 and n != 25"));
  CHECK(is_proved("9.5 < n"));
  CHECK(!is_proved("n == 15"));
  CHECK(is_proved("starts_with(s, '/api/')"));
  CHECK(!is_proved("starts_with(s, '/api/u')"));
  CHECK(is_proved("s > '/api'"));
  CHECK(is_proved("s != '/health'"));
  CHECK(!is_proved("s != '/api/a very longer'"));  // its first 16 bytes are those of a text
  CHECK(!is_proved("some == 1"));                  // one row has none
  CHECK(!is_proved("absent != 1"));
  CHECK(!is_proved("n >= 10 and length(s) > 0"));
  CHECK(!is_proved("n >= 10 or n < 0"));
}
