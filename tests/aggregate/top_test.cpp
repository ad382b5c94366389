// top(f, k) against a map of counts.
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <map>

#include "aggregate/aggregator.h"
#include "base/error.h"
#include "parts.h"
#include "rows.h"

using namespace ev;
using namespace ev::test;

namespace {

std::vector<Row> final_rows(std::vector<Batch> batches) {
  for (Batch& batch : batches) batch = finalize_states(std::move(batch));
  return rows_of(batches);
}

std::string top_of(std::string_view call, const std::vector<Datum>& values) {
  std::vector<Row> rows;
  for (const Datum& value : values) rows.push_back({{"f", value}});
  const Datum result = final_rows(states_of(query_of({}, call), rows)).at(0).at(0).second;
  CHECK(result.type == Type::json);
  return result.text;
}

}  // namespace

TEST_CASE("the most frequent values are those of a map of counts, in any order and split") {
  for (uint64_t seed = 0; seed < 10; seed++) {
    Random random(seed);
    const uint64_t spread = seed % 2 ? 30 : 3000;
    std::vector<Row> rows;
    std::map<int64_t, std::map<std::string, int64_t>> counts;
    for (int i = 0; i < 3000; i++) {
      const auto k = static_cast<int64_t>(random() % 5);
      // Some values are frequent; texts of one length, so that their order is that of the map.
      const uint64_t n = random() % 2 ? random() % 4 : random() % spread;
      const std::string value = "v" + std::to_string(10000 + n);
      rows.push_back({{"k", integer(k)}, {"f", text(value)}});
      counts[k][value]++;
    }
    const AggregateQuery query = query_of({"k"}, "top(f, 7)");
    std::vector<Row> wanted;
    for (const auto& [k, values] : counts) {
      std::vector<std::pair<std::string, int64_t>> sorted(values.begin(), values.end());
      std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
      sorted.resize(std::min<std::size_t>(sorted.size(), 7));
      std::string list;
      for (const auto& [value, count] : sorted)
        list += std::string(list.empty() ? "" : ",") + "{\"value\":\"" + value +
                "\",\"count\":" + std::to_string(count) + "}";
      wanted.push_back({{"k", integer(k)}, {"top_f", json("[" + list + "]")}});
    }
    const std::vector<Batch> states = states_of(query, rows);
    CHECK(final_rows(states) == wanted);
    CHECK(in_parts(random, query, rows) == rows_of(states));
  }
}

TEST_CASE("values keep their types, equal counts stand in the order of values") {
  CHECK(top_of("top(f)", {text("200"), integer(200), real(200.0), boolean(true), null(), text("200"), json("[1, 2]"),
                          natural(UINT64_MAX), real(-0.0), real(0.0), text("a\"\n")}) ==
        R"([{"value":0.0,"count":2},{"value":"200","count":2},{"value":true,"count":1},{"value":200,"count":1},)"
        R"({"value":200.0,"count":1},{"value":18446744073709551615,"count":1},{"value":"a\"\n","count":1},)"
        R"({"value":[1, 2],"count":1}])");
  CHECK(top_of("top(f, 1)", {text("\xff", Type::bytes)}) == R"([{"value":"base64:/w==","count":1}])");
  CHECK(top_of("top(f)",
               {instant(1717200000 * kSecond, default_form(0)), instant(5, TimeForm{TimeForm::epoch, 0, 3}.pack())}) ==
        R"([{"value":5,"count":1},{"value":"2024-06-01T00:00:00Z","count":1}])");
  CHECK(top_of("top(f, 3)", {}) == "[]");
  CHECK(top_of("top(f)", {real(std::numeric_limits<double>::infinity())}) == R"([{"value":null,"count":1}])");
}

TEST_CASE("states of top with another number do not merge") {
  const std::vector<Batch> five = states_of(query_of({}, "top(f, 5) as x"), {{{"f", integer(1)}}});
  AggregateQuery six = query_of({}, "top(f, 6) as x");
  six.merge = true;
  Aggregator merged(six);
  std::string refusal;
  try {
    merged.add(five[0]);
  } catch (const Error& e) {
    refusal = e.what();
  }
  CHECK_MESSAGE(refusal.find("x holds states of top5, not of top6") != refusal.npos, refusal);
  CHECK(query_from(five[0]).calls[0].function == "top5");
}

TEST_CASE("memory grows with values and counts") {
  Aggregator aggregator(query_of({"k"}, "top(f)"));
  std::vector<Row> rows;
  for (int64_t i = 0; i < 20000; i++)
    rows.push_back({{"k", integer(i % 10)}, {"f", text(std::string(40, 'x') + std::to_string(i))}});
  const uint64_t before = aggregator.memory();
  aggregator.add(batch_of(rows));
  CHECK(aggregator.memory() > before + 20000 * (40 + 16));
}
