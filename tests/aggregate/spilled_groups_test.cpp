// Groups that leave memory in between give the result of those that do not.
#include "aggregate/spilled_groups.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>

#include "event/batch_recutter.h"
#include "rows.h"

using namespace ev;
using namespace ev::test;

namespace {

using Random = std::mt19937_64;

Datum random_key(Random& random, uint64_t spread) {
  const uint64_t n = random() % spread;
  switch (random() % 9) {
    case 0:
      return null();
    case 1:
      return boolean(n & 1);
    case 2:
      return integer(static_cast<int64_t>(n) - 5);
    case 3:
      return real(n == 0 ? -0.0 : static_cast<double>(n) / 2);
    case 4:
      return real(n == 0 ? 0.0 : n == 1 ? -NAN : n == 2 ? NAN : static_cast<double>(n));
    case 5:
      return instant(static_cast<int64_t>(n) * kSecond, static_cast<uint32_t>(random() % 3));
    case 6:
      return text("t" + std::to_string(n), Type::bytes);
    case 7:
      return json("[" + std::to_string(n) + "]");
    default:
      return text("a text that is not so short " + std::to_string(n));
  }
}

std::vector<Row> random_rows(Random& random, std::size_t count, uint64_t spread) {
  std::vector<Row> rows(count);
  for (Row& row : rows) {
    if (random() % 20) row.push_back({"ts", instant(static_cast<int64_t>(random() % 100) * kSecond)});
    if (random() % 10) row.push_back({"a", random_key(random, spread)});
    row.push_back({"b", random_key(random, 2)});
    if (random() % 10) row.push_back({"f", integer(static_cast<int64_t>(random() % 1000))});
  }
  return rows;
}

/// All rows of both, whose batches may be cut in other places.
void require_same(const std::vector<Batch>& found, const std::vector<Batch>& wanted) {
  REQUIRE(rows_of(found) == rows_of(wanted));
  for (const Batch& batch : found) {
    REQUIRE(batch.paths == wanted[0].paths);
    REQUIRE(batch.time_path == wanted[0].time_path);
  }
}

}  // namespace

TEST_CASE("groups that were spilled at any time give the result of those that stay in memory") {
  Random random(1);
  for (int round = 0; round < 16; round++) {
    CAPTURE(round);
    AggregateQuery query;
    query.by = round % 3 == 0   ? std::vector<std::string>{"a"}
               : round % 3 == 1 ? std::vector<std::string>{"a", "b"}
                                : std::vector<std::string>{"b", "nowhere", "ts"};
    if (round % 5 == 0) query.key_names.resize(query.by.size()), query.key_names[0] = "other name.b";
    query.calls = parse_aggregates("count, sum(f), p99(f), distinct(f), min(b), max(a), sum_f / count as mean_f");
    if (round % 4 == 3 && round % 3 != 2) query.every.emplace(10 * kSecond, "");
    const std::vector<Row> rows = random_rows(random, 200 + random() % 3000, 1 + random() % 400);

    Aggregator whole(query);
    whole.add(batch_of(rows, "ts"));
    SpilledGroups spilled(query);
    std::vector<Aggregator> parts;
    for (std::size_t n = 1 + random() % 3; n > 0; n--) parts.emplace_back(query);
    // More than 32 runs are merged in between.
    const std::size_t most = round % 2 ? 700 : 30;
    for (std::size_t begin = 0; begin < rows.size();) {
      const std::size_t n = std::min<std::size_t>(1 + random() % most, rows.size() - begin);
      const auto first = rows.begin() + static_cast<std::ptrdiff_t>(begin);
      Aggregator& part = parts[random() % parts.size()];
      part.add(batch_of({first, first + static_cast<std::ptrdiff_t>(n)}, "ts"));
      if (random() % 3) spilled.spill(part);
      begin += n;
    }
    for (Aggregator& part : parts) spilled.spill(part);
    while (parts.size() > 1) {
      parts[0].merge(std::move(parts.back()));
      parts.pop_back();
    }
    CHECK(parts[0].warnings() == whole.warnings());
    std::vector<Batch> found;
    while (const auto range = spilled.next_range())
      for (Batch& batch : spilled.merged(*range, parts[0]).finish(100)) found.push_back(std::move(batch));
    require_same(found, whole.finish(100));
    CHECK(spilled.bytes() > 0);
  }
}

TEST_CASE("a key keeps the path that some run found") {
  AggregateQuery query;
  query.by = {"a.b"};
  query.calls = parse_aggregates("count");
  BatchBuilder builder;
  const uint32_t path = builder.path(Path{"a", "b"});
  const Cell cell{builder.column(path, Type::int64), 0, 7};
  builder.append(builder.layout(std::vector<uint32_t>{path}), std::span(&cell, 1));
  Aggregator part(query);
  SpilledGroups spilled(query);
  part.add(batch_of({{{"x", integer(1)}}}));
  spilled.spill(part);
  part.add(builder.finish(-1));
  spilled.spill(part);
  std::vector<Batch> found;
  while (const auto range = spilled.next_range())
    for (Batch& batch : spilled.merged(*range, part).finish(100)) found.push_back(std::move(batch));
  REQUIRE(!found.empty());
  for (const Batch& batch : found) CHECK(batch.paths[0] == Path{"a", "b"});
}
