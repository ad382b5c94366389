// Blocks skipped by a filter, from directories and from the INDEX: the same rows and counts as from a pipe.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/bytes.h"
#include "stream/sample_events.h"

namespace ev {
namespace {

constexpr uint32_t kBlocks = 200, kRows = 23;

const std::string& long_sample() {
  static const std::string stream = sample_stream(kBlocks, kRows);
  return stream;
}

/// Wants blocks whose int values of v, which count the rows, may be in [low, high].
class RowsBetween : public BlockFilter {
 public:
  RowsBetween(int64_t low, int64_t high) : low_(low), high_(high) {}
  bool wants(std::span<const ColumnBounds> columns, bool complete) override {
    CHECK(complete);
    calls_++;
    return std::any_of(columns.begin(), columns.end(), [&](const ColumnBounds& column) {
      if (column.path->name() != "v" || column.type != Type::int64) return false;
      CHECK(column.values > 0);
      REQUIRE(column.zone->present);
      return load<int64_t>(column.zone->max.data()) >= low_ && load<int64_t>(column.zone->min.data()) <= high_;
    });
  }
  int calls() const { return calls_; }

 private:
  int64_t low_, high_;
  int calls_ = 0;
};

ReadOptions rows_between(int64_t low, int64_t high) {
  ReadOptions options;
  options.filter = std::make_shared<RowsBetween>(low, high);
  return options;
}

/// Rows of the blocks that have an even row number in [low, high].
std::vector<std::string> expected_rows(int64_t low, int64_t high) {
  std::vector<std::string> rows;
  for (uint32_t b = 0; b < kBlocks; b++) {
    bool held = false;
    for (uint32_t i = b * kRows; i < (b + 1) * kRows; i++) held |= i % 2 == 0 && i >= low && i <= high;
    if (!held) continue;
    for (std::string& row : row_texts(sample_batch(b * kRows, kRows))) rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

TEST_CASE("a filter skips blocks, and their rows are counted") {
  for (auto [low, high] : {std::pair(0, 10), {1000, 1100}, {0, 4000}, {4590, 9999}, {5000, 6000}, {0, 99999}}) {
    CAPTURE(low);
    for (bool whole_bodies : {false, true}) {
      ReadOptions options = rows_between(low, high);
      options.partial_bodies = !whole_bodies;
      Outcome seeking = read_all(long_sample(), options);
      Outcome piped = read_all(trickle_input(long_sample(), 5000), rows_between(low, high));
      CHECK(!seeking.error);
      CHECK(!piped.error);
      CHECK(seeking.rows == expected_rows(low, high));
      CHECK(piped.rows == seeking.rows);
      CHECK(seeking.rows.size() + seeking.skipped == kBlocks * kRows);
      CHECK(piped.skipped == seeking.skipped);
      CHECK(seeking.untimed == 0);
      CHECK(seeking.totals.rows == kBlocks * kRows);
      CHECK(seeking.totals.digest == piped.totals.digest);
    }
  }
}

TEST_CASE("a filter and a time range together: what has no time is counted as that") {
  ReadOptions options = rows_between(1000, 1100);
  options.since = kSampleStart + 1050 * kSampleStep;
  Outcome seeking = read_all(long_sample(), options);
  ReadOptions again = rows_between(1000, 1100);
  again.since = options.since;
  Outcome piped = read_all(trickle_input(long_sample(), 5000), again);
  CHECK(!seeking.error);
  CHECK(seeking.rows == piped.rows);
  CHECK(!seeking.rows.empty());
  CHECK(seeking.skipped == piped.skipped);
  CHECK(seeking.untimed == piped.untimed);
  CHECK(seeking.untimed > 0);
  CHECK(seeking.rows.size() + seeking.skipped + seeking.untimed == kBlocks * kRows);
}

TEST_CASE("the INDEX saves the reading of blocks that the filter does not want") {
  uint64_t filtered = 0, all = 0;
  CHECK(!read_all(counting_input(long_sample(), filtered), rows_between(1000, 1010)).error);
  CHECK(!read_all(counting_input(long_sample(), all), {}).error);
  CHECK(filtered < all / 4);
}

TEST_CASE("blocks with a watermark and blocks of no rows pass a filter unasked") {
  std::string bytes;
  auto out = memory_output(bytes);
  StreamWriter writer(*out);
  for (uint32_t b = 0; b < 100; b++) {
    Batch batch = sample_batch(b, b % 10 ? 1 : 0);
    if (b % 5 == 0) batch.watermark = b;
    writer.write(encode_block(batch, {}), created(batch.rows));
  }
  writer.finish(0);
  for (bool seek : {true, false}) {
    Outcome outcome = read_all(seek ? memory_input("m", bytes) : trickle_input(bytes, 999), rows_between(5000, 6000));
    CHECK(!outcome.error);
    CHECK(outcome.block_rows.size() == 20);
    CHECK(outcome.skipped == 80);
  }
}

}  // namespace ev
