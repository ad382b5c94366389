// Paths taken for large batches against those taken for small ones.
#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <unordered_map>

#include "aggregate/aggregator.h"
#include "aggregate/word_table.h"
#include "rows.h"

using namespace ev;
using namespace ev::test;

namespace {

std::vector<Row> states_of(const AggregateQuery& query, const std::vector<Row>& rows, std::size_t batch_rows) {
  Aggregator aggregator(query);
  for (std::size_t begin = 0; begin < rows.size(); begin += batch_rows) {
    auto first = rows.begin() + static_cast<std::ptrdiff_t>(begin);
    aggregator.add(batch_of({first, first + static_cast<std::ptrdiff_t>(std::min(batch_rows, rows.size() - begin))}));
  }
  return rows_of(aggregator.finish(1000));
}

}  // namespace

TEST_CASE("sums of floats in few groups are those of small batches, for all sizes of numbers") {
  std::mt19937_64 random(11);
  for (int keys : {1, 3, 16, 17}) {
    for (int wildness = 0; wildness < 4; wildness++) {
      std::vector<Row> rows;
      for (int i = 0; i < 12000; i++) {
        double mantissa = static_cast<double>(static_cast<int64_t>(random()));
        int scale[] = {-60, static_cast<int>(random() % 40) - 60, static_cast<int>(random() % 300) - 150,
                       static_cast<int>(random() % 2030) - 1074};
        double value = random() % 50 ? std::ldexp(mantissa, scale[wildness]) : random() % 2 ? 0.0 : -0.0;
        if (wildness == 3 && random() % 4000 == 0) value = INFINITY;
        rows.push_back({{"k", integer(static_cast<int64_t>(random()) % keys)}, {"f", real(value)}});
      }
      AggregateQuery query;
      query.calls = parse_aggregates("sum(f), mean(f), min(f), max(f), count");
      CHECK(states_of(query, rows, rows.size()) == states_of(query, rows, 1000));
      query.by = {"k"};
      CHECK(states_of(query, rows, rows.size()) == states_of(query, rows, 1000));
      CHECK(states_of(query, rows, 5000) == states_of(query, rows, 777));
    }
  }
}

TEST_CASE("numbers of one exponent that cancel leave a sum of zero, not of nothing") {
  std::vector<Row> rows;
  for (int i = 0; i < 8192; i++) rows.push_back({{"f", real(i % 2 ? 1.5 : -1.5)}});
  AggregateQuery query;
  query.calls = parse_aggregates("sum(f)");
  Aggregator aggregator(query);
  aggregator.add(batch_of(rows));
  CHECK(rows_of({finalize_states(std::move(aggregator.finish(1)[0]))})[0][0].second == real(0.0));
  CHECK(states_of(query, rows, 8192) == states_of(query, rows, 100));
}

TEST_CASE("a word table numbers words near and far as a map does") {
  std::mt19937_64 random(5);
  // Where the words of each round lie: near 0, around 0, in two clusters, at the ends of the range, anywhere.
  const std::vector<std::vector<std::pair<uint64_t, uint64_t>>> rounds = {
      {{0, 100}, {50, 3000}, {0, 1 << 20}},
      {{~uint64_t{0} - 500, 1000}, {0, 50000}},
      {{1000, 5000}, {uint64_t{1} << 40, 5000}, {0, 9000}},
      {{uint64_t{INT64_MAX} - 50, 51}, {uint64_t{INT64_MAX} - 5000, 5001}},
      {{uint64_t{1} << 63, 300}, {uint64_t{INT64_MAX} - 50, 51}},
      {{0, 1}, {0, ~uint64_t{0}}},
      {{5, 1}, {2'000'000, 1}, {7, 3}},
  };
  for (const auto& ranges : rounds) {
    WordTable table;
    std::unordered_map<uint64_t, uint32_t> wanted;
    uint32_t next = 0;
    for (int repeat = 0; repeat < 6; repeat++) {
      for (auto [begin, count] : ranges) {
        std::vector<uint64_t> words;
        for (std::size_t n = 1 + random() % (repeat % 2 ? 3000 : 3); n > 0; n--)
          words.push_back(begin + random() % count);
        std::vector<uint32_t> numbers(words.size());
        table.find_or_add(words, numbers.data(), [&](uint64_t) { return next++; });
        bool same = true;
        for (std::size_t i = 0; i < words.size(); i++) {
          auto at = wanted.try_emplace(words[i], numbers[i]).first;
          same = same && at->second == numbers[i];
        }
        CHECK(same);
        CHECK(table.size() == wanted.size());
        CHECK(next == wanted.size());
      }
    }
  }
}
