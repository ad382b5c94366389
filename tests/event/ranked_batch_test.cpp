#include "event/ranked_batch.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "event/batch_builder.h"
#include "random_rows.h"

using namespace ev;
using namespace ev::test;

namespace {

void check_equal(const Batch& got, const Batch& want) {
  check_shape(got, ErrorKind::bug, "joined");
  REQUIRE(got.rows == want.rows);
  REQUIRE(got.paths == want.paths);
  REQUIRE(got.layouts == want.layouts);
  REQUIRE(got.row_layouts == want.row_layouts);
  REQUIRE(got.columns.size() == want.columns.size());
  for (std::size_t i = 0; i < want.columns.size(); i++) {
    const Column &a = got.columns[i], &b = want.columns[i];
    REQUIRE(a.path == b.path);
    REQUIRE(a.type == b.type);
    REQUIRE(a.validity == b.validity);
    REQUIRE(a.words == b.words);
    REQUIRE(a.texts.offsets == b.texts.offsets);
    REQUIRE(a.texts.data == b.texts.data);
    REQUIRE(a.codes == b.codes);
    REQUIRE(a.forms == b.forms);
    REQUIRE(a.form == b.form);
  }
}

std::vector<Event> slice_of(const std::vector<Event>& events, std::size_t begin, std::size_t end) {
  return {events.begin() + static_cast<std::ptrdiff_t>(begin), events.begin() + static_cast<std::ptrdiff_t>(end)};
}

}  // namespace

TEST_CASE("values before a row") {
  RandomEvents random(3);
  for (std::size_t rows : {0u, 1u, 63u, 64u, 65u, 500u}) {
    const RankedBatch ranked(build(random.events(rows)));
    for (std::size_t column = 0; column < ranked.batch().columns.size(); column++) {
      uint32_t values = 0;
      for (uint32_t row = 0; row <= rows; row++) {
        REQUIRE(ranked.values_before(column, row) == values);
        if (row < rows) values += ranked.batch().columns[column].valid(row);
      }
    }
  }
}

TEST_CASE("ranges of batches, appended, make the batch that their rows make") {
  for (uint64_t seed = 0; seed < 60; seed++) {
    CAPTURE(seed);
    RandomEvents random(seed);
    const std::vector<Event> events = random.events(random.below(seed % 10 == 0 ? 20000 : 2000));
    // The rows stand in batches, and are appended to a builder that has known other batches before.
    BatchBuilder joined;
    for (int round = 0; round < 2; round++) {
      for (std::size_t begin = 0; begin < events.size();) {
        const std::size_t end =
            std::min<std::size_t>(events.size(), begin + 1 + random.below(random.below(2) ? 5 : 3000));
        const RankedBatch from(build(slice_of(events, begin, end)));
        BatchBuilder::Translation translation;
        for (uint32_t row = 0; row < from.batch().rows;) {
          const auto until = static_cast<uint32_t>(
              std::min<uint64_t>(from.batch().rows, row + random.below(random.below(2) ? 4 : 1000)));
          joined.append(from, translation, row, until);
          row = until;
        }
        begin = end;
      }
      check_equal(joined.finish(-1), build(events));
    }
  }
}

TEST_CASE("dictionaries are joined, kept and given up as if the rows came one by one") {
  for (uint32_t distinct : {3u, 900u, 20000u}) {
    CAPTURE(distinct);
    std::mt19937_64 random(distinct);
    std::vector<Event> events;
    for (int i = 0; i < 20000; i++) {
      // First few texts, then many: the dictionary is given up late.
      const uint64_t of = i < 3000 ? std::min(distinct, 700u) : distinct;
      events.push_back({text_field(Path{"a"}, "text number " + std::to_string(random() % of))});
    }
    BatchBuilder joined;
    for (std::size_t begin = 0; begin < events.size(); begin += 2500) {
      const RankedBatch from(build(slice_of(events, begin, begin + 2500)));
      BatchBuilder::Translation translation;
      for (uint32_t row = 0; row < 2500; row += 250) joined.append(from, translation, row, row + 250);
    }
    check_equal(joined.finish(-1), build(events));
  }
}

TEST_CASE("rows of two batches by turns") {
  const std::vector<Event> a = {{text_field(Path{"x"}, "1")}, {text_field(Path{"x"}, "1")}},
                           b = {{word_field(Path{"y"}, 2), text_field(Path{"x"}, "1")}, {null_field(Path{"x"})}};
  const RankedBatch from_a(build(a)), from_b(build(b));
  BatchBuilder joined;
  BatchBuilder::Translation of_a, of_b;
  joined.append(from_b, of_b, 1, 2);
  joined.append(from_a, of_a, 0, 1);
  joined.append(from_b, of_b, 0, 1);
  joined.append(from_a, of_a, 1, 2);
  check_equal(joined.finish(-1), build({b[1], a[0], b[0], a[1]}));
}
