// first(f) and last(f) against a search through all values of the group.
#include <doctest/doctest.h>

#include <cmath>
#include <map>
#include <optional>

#include "aggregate/aggregator.h"
#include "base/error.h"
#include "event/value_order.h"
#include "parts.h"
#include "rows.h"

using namespace ev;
using namespace ev::test;

namespace {

Value value_of(const Datum& datum) {
  return {datum.type, datum.word, datum.text, datum.form};
}

std::vector<Row> results(const AggregateQuery& query, const std::vector<Row>& rows) {
  Aggregator aggregator(query);
  aggregator.add(batch_of(rows, "ts"));
  std::vector<Batch> batches = aggregator.finish(1000);
  for (Batch& batch : batches) batch = finalize_states(std::move(batch));
  return rows_of(batches);
}

Datum field(const Row& row, const std::string& name) {
  for (const auto& [key, datum] : row)
    if (key == name) return datum;
  return null();
}

/// What the reference compares: whether timed, when, and the value.
struct Candidate {
  bool timed;
  int64_t time;
  Datum value;
};

bool goes_before(const Candidate& a, const Candidate& b, bool last) {
  if (a.timed != b.timed) return a.timed;
  if (a.timed && a.time != b.time) return (a.time < b.time) != last;
  const int order = compare_values(value_of(a.value), value_of(b.value));
  return last ? order > 0 : order < 0;
}

/// Of `k`: what first(f) and last(f) are.
std::map<int64_t, std::pair<Datum, Datum>> reference(const std::vector<Row>& rows) {
  std::map<int64_t, std::vector<Candidate>> groups;
  for (const Row& row : rows) {
    std::vector<Candidate>& group = groups[static_cast<int64_t>(field(row, "k").word)];
    const Datum time = field(row, "ts"), value = field(row, "f");
    if (value.type == Type::null) continue;
    group.push_back({time.type == Type::time, static_cast<int64_t>(time.word), value});
  }
  std::map<int64_t, std::pair<Datum, Datum>> result;
  for (const auto& [key, group] : groups) {
    const auto best = [&, &group = group](bool last) {
      const Candidate* found = nullptr;
      for (const Candidate& candidate : group)
        if (!found || goes_before(candidate, *found, last)) found = &candidate;
      return found ? found->value : null();
    };
    result[key] = {best(false), best(true)};
  }
  return result;
}

Datum random_value(Random& random) {
  const auto n = static_cast<int64_t>(random() % 5);
  switch (random() % 9) {
    case 0:
      return null();
    case 1:
      return boolean(n & 1);
    case 2:
      return integer(n - 2);
    case 3:
      return real(static_cast<double>(n) - 2.5);
    case 4:
      return real(n & 1 ? 0.0 : -0.0);
    case 5:
      return instant(n, static_cast<uint32_t>(random() % 3));
    case 6:
      return text("t" + std::to_string(n), Type::bytes);
    case 7:
      return json("[" + std::to_string(n) + "]");
    default:
      return text(std::string(static_cast<std::size_t>(n) * 9, 'x') + "t" + std::to_string(n));
  }
}

}  // namespace

TEST_CASE("the first and the last value are those a search finds, in any order and split") {
  for (uint64_t seed = 0; seed < 20; seed++) {
    Random random(seed);
    const int64_t times = seed % 2 ? 6 : 2000, keys = 1 + static_cast<int64_t>(random() % 40);
    std::vector<Row> rows;
    for (std::size_t n = 200 + random() % 1500; n > 0; n--) {
      Row row = {{"k", integer(static_cast<int64_t>(random()) % keys)}};
      // Group 0 has no timed event.
      const auto time = static_cast<int64_t>(random()) % times;
      if (random() % 9) row.push_back({"ts", row[0].second.word && random() % 20 ? instant(time) : text("soon")});
      if (random() % 9) row.push_back({"f", random_value(random)});
      rows.push_back(std::move(row));
    }
    const AggregateQuery query = query_of({"k"}, "first(f), last(f)");
    std::vector<Row> wanted;
    for (const auto& [key, values] : reference(rows))
      wanted.push_back({{"k", integer(key)}, {"first_f", values.first}, {"last_f", values.second}});
    CHECK(results(query, rows) == wanted);
    Aggregator whole(query);
    whole.add(batch_of(rows, "ts"));
    CHECK(in_parts(random, query, rows) == rows_of(whole.finish(1000)));
  }
}

TEST_CASE("untimed events count where there is no timed one") {
  const AggregateQuery query = query_of({}, "first(f), last(f)");
  const std::vector<Row> untimed = {{{"f", integer(5)}}, {{"f", integer(1)}}, {{"f", integer(9)}}};
  CHECK(results(query, untimed) == std::vector<Row>{{{"first_f", integer(1)}, {"last_f", integer(9)}}});
  std::vector<Row> rows = untimed;
  rows.push_back({{"ts", instant(7)}, {"f", integer(4)}});
  CHECK(results(query, rows) == std::vector<Row>{{{"first_f", integer(4)}, {"last_f", integer(4)}}});
  // A timed event without a value is none.
  rows = untimed;
  rows.push_back({{"ts", instant(7)}, {"f", null()}});
  CHECK(results(query, rows) == std::vector<Row>{{{"first_f", integer(1)}, {"last_f", integer(9)}}});
}

TEST_CASE("at one time the smallest value is the first, the largest the last") {
  const std::vector<Row> rows = {{{"ts", instant(3)}, {"f", text("b")}},
                                 {{"ts", instant(3)}, {"f", integer(7)}},
                                 {{"ts", instant(3)}, {"f", text("a")}}};
  CHECK(results(query_of({}, "first(f), last(f)"), rows) ==
        std::vector<Row>{{{"first_f", integer(7)}, {"last_f", text("b")}}});
}

TEST_CASE("NaNs that differ give the same bytes in any order") {
  const double nan = std::nan("1");
  const std::vector<Datum> values = {real(nan), real(-nan), word_datum(Type::float64, 0x7ff0000000000001)};
  const AggregateQuery query = query_of({}, "first(f), last(f)");
  std::vector<std::vector<Row>> found;
  for (std::size_t shift = 0; shift < values.size(); shift++) {
    Aggregator aggregator(query);
    for (std::size_t i = 0; i < values.size(); i++)
      aggregator.add(batch_of({{{"ts", instant(1)}, {"f", values[(i + shift) % values.size()]}}}, "ts"));
    found.push_back(rows_of(aggregator.finish(1)));
  }
  CHECK(found[0] == found[1]);
  CHECK(found[0] == found[2]);
}

TEST_CASE("the earliest and the latest instants there are") {
  const std::vector<Row> rows = {{{"ts", instant(INT64_MIN)}, {"f", integer(1)}},
                                 {{"ts", instant(0)}, {"f", integer(2)}},
                                 {{"ts", instant(INT64_MAX)}, {"f", integer(3)}}};
  CHECK(results(query_of({}, "first(f), last(f)"), rows) ==
        std::vector<Row>{{{"first_f", integer(1)}, {"last_f", integer(3)}}});
}

TEST_CASE("only buckets and functions by time ask for the event time") {
  CHECK(needs_event_time(query_of({}, "count, last(f)")));
  CHECK(!needs_event_time(query_of({"k"}, "count, max(f)")));
  AggregateQuery every = query_of({}, "count");
  every.every.emplace(kSecond, "");
  CHECK(needs_event_time(every));
  every.merge = true;
  CHECK(needs_event_time(every));  // the buckets do
  AggregateQuery merge = query_of({}, "count, last(f)");
  merge.merge = true;
  CHECK(!needs_event_time(merge));
}

TEST_CASE("memory grows with the texts that are kept") {
  Aggregator aggregator(query_of({"k"}, "last(f)"));
  const auto add = [&](std::size_t length) {
    std::vector<Row> rows;
    for (int64_t k = 0; k < 100; k++)
      rows.push_back(
          {{"ts", instant(static_cast<int64_t>(length))}, {"k", integer(k)}, {"f", text(std::string(length, 'x'))}});
    aggregator.add(batch_of(rows, "ts"));
    return aggregator.memory();
  };
  const uint64_t small = add(10), large = add(10'000), again = add(10'001);
  CHECK(large > small + 100 * 9'000);
  CHECK(again < large + 100 * 20'000);
}
