// rate and share(count) against counts by hand, over any split and into other buckets.
#include <doctest/doctest.h>

#include <map>

#include "aggregate/aggregator.h"
#include "base/error.h"
#include "parts.h"
#include "rows.h"

using namespace ev;
using namespace ev::test;

namespace {

constexpr int64_t kHour = 3600 * kSecond;

std::vector<Row> final_rows(std::vector<Batch> batches) {
  for (Batch& batch : batches) batch = finalize_states(std::move(batch));
  return rows_of(batches);
}

std::vector<Row> merged(AggregateQuery query, const std::vector<Batch>& batches) {
  query.merge = true;
  Aggregator aggregator(query);
  for (const Batch& batch : batches) aggregator.add(batch);
  return final_rows(aggregator.finish(1000));
}

/// The values of one field of all rows.
std::vector<Datum> column(const std::vector<Row>& rows, const std::string& name) {
  std::vector<Datum> values;
  for (const Row& row : rows)
    for (const auto& [key, datum] : row)
      if (key == name) values.push_back(datum);
  return values;
}

std::vector<Row> random_rows(Random& random, std::size_t count) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < count; i++) {
    Row row = {{"k", integer(static_cast<int64_t>(random() % 7))}};
    if (random() % 20) row.push_back({"ts", instant(static_cast<int64_t>(random() % (6 * kHour)))});
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

TEST_CASE("rates and shares are those of counts, in any order and split, and into wider buckets") {
  for (uint64_t seed = 0; seed < 10; seed++) {
    Random random(seed);
    const std::vector<Row> rows = random_rows(random, 3000);
    const AggregateQuery fine = query_of({"k"}, "count, rate, share(count)", kHour);
    CHECK(in_parts(random, fine, rows) == rows_of(states_of(fine, rows)));
    for (int64_t width : {kHour, 2 * kHour}) {
      std::map<int64_t, int64_t> totals;                      // by bucket, -1 the untimed
      std::map<std::pair<int64_t, int64_t>, int64_t> counts;  // by bucket and k
      for (const Row& row : rows) {
        const int64_t bucket = row.size() > 1 ? static_cast<int64_t>(row[1].second.word) / width : -1;
        totals[bucket]++;
        counts[{bucket, static_cast<int64_t>(row[0].second.word)}]++;
      }
      std::vector<Datum> rates, shares;
      for (const auto& [key, count] : counts) {
        const auto seconds = static_cast<double>(width / kSecond);
        rates.push_back(key.first < 0 ? null() : real(static_cast<double>(count) / seconds));
        shares.push_back(real(static_cast<double>(count) / static_cast<double>(totals[key.first])));
      }
      const AggregateQuery query = query_of({"k"}, "count, rate, share(count)", width);
      const std::vector<Row> whole = final_rows(states_of(query, rows));
      CHECK(column(whole, "rate") == rates);
      CHECK(column(whole, "share_count") == shares);
      CHECK(merged(query, states_of(fine, rows, 13)) == whole);
    }
  }
}

TEST_CASE("a rate goes by how long the calendar day is") {
  // 2024-03-31 has 23 hours in Berlin, 2024-10-27 has 25.
  const std::vector<Row> rows = {{{"ts", instant(1711882800 * kSecond)}}, {{"ts", instant(1730026800 * kSecond)}}};
  const std::vector<Batch> states = states_of(query_of({}, "rate", 24 * kHour, "Europe/Berlin"), rows);
  const std::vector<Datum> wanted = {real(1.0 / (23 * 3600)), real(1.0 / (25 * 3600))};
  CHECK(column(final_rows(states), "rate") == wanted);
  // Merged as it is, each day is as long as it was.
  AggregateQuery again = query_from(states[0]);
  CHECK(column(merged(again, states), "rate") == wanted);
}

TEST_CASE("without the buckets, a rate is that of the time from the first to the last") {
  const std::vector<Row> rows = {{{"ts", instant(0)}, {"k", text("a")}},
                                 {{"ts", instant(3 * kHour)}, {"k", text("a")}},
                                 {{"ts", instant(kHour)}, {"k", text("b")}},
                                 {{"k", text("b")}}};
  const std::vector<Batch> states = states_of(query_of({"k"}, "rate", kHour), rows, 1);
  CHECK(merged(query_of({"k"}, "rate"), states) ==
        std::vector<Row>{{{"k", text("a")}, {"rate", real(2.0 / (4 * 3600))}},
                         {{"k", text("b")}, {"rate", real(1.0 / 3600)}}});
}

TEST_CASE("a bucket narrower than those merged does not make rates higher") {
  const std::vector<Row> rows = {{{"ts", instant(0)}}, {{"ts", instant(30 * 60 * kSecond)}}};
  const std::vector<Batch> states = states_of(query_of({}, "rate", kHour), rows);
  CHECK(column(merged(query_of({}, "rate", 60 * kSecond), states), "rate") == std::vector<Datum>{real(2.0 / 3600)});
}

TEST_CASE("a rate needs buckets") {
  std::string refusal;
  try {
    Aggregator aggregator(query_of({"k"}, "count, rate"));
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::usage);
    refusal = e.what();
  }
  CHECK(refusal.find("rate needs buckets of time; add --every 1m") != refusal.npos);
}

TEST_CASE("shares are of the whole result where it has no buckets, and of what is merged") {
  const std::vector<Row> rows = {{{"k", text("a")}}, {{"k", text("a")}}, {{"k", text("a")}}, {{"k", text("b")}}};
  const std::vector<Batch> states = states_of(query_of({"k"}, "share(count)"), rows, 1);
  CHECK(column(final_rows(states), "share_count") == std::vector<Datum>{real(0.75), real(0.25)});
  CHECK(column(merged(query_of({}, "share(count)"), states), "share_count") == std::vector<Datum>{real(1)});
  // One group alone is all there is.
  CHECK(column(merged(query_of({"k"}, "share(count)"), {states[0]}), "share_count") == std::vector<Datum>{real(1)});
  CHECK(column(final_rows(states_of(query_of({}, "share(count)"), {})), "share_count") == std::vector<Datum>{null()});
}

TEST_CASE("shares merged by a key that was the event time are of its buckets") {
  std::vector<Row> rows;
  for (int64_t i = 0; i < 12; i++)
    rows.push_back({{"ts", instant(i / 4 * kHour)}, {"k", text(i % 4 == 0 ? "a" : "b")}});
  const std::vector<Batch> states = states_of(query_of({"k"}, "share(count)", kHour), rows, 1);
  const std::vector<Datum> wanted = {real(0.25), real(0.75), real(0.25), real(0.75), real(0.25), real(0.75)};
  CHECK(column(final_rows(states), "share_count") == wanted);
  CHECK(column(merged(query_from(states[0]), states), "share_count") == wanted);
  AggregateQuery by_name = query_of({"time", "k"}, "share(count)");
  CHECK(column(merged(by_name, states), "share_count") == wanted);
}

TEST_CASE("a result may go on after it was read") {
  const AggregateQuery query = query_of({"k"}, "rate, share(count)", kHour);
  const std::vector<Row> rows = {{{"ts", instant(0)}, {"k", text("a")}}, {{"ts", instant(5)}, {"k", text("b")}}};
  Aggregator aggregator(query);
  aggregator.add(batch_of({rows[0]}, "ts"));
  aggregator.finish(10);
  aggregator.add(batch_of({rows[1]}, "ts"));
  CHECK(rows_of(aggregator.finish(10)) == rows_of(states_of(query, rows)));
}
