// Formulas: their values, their states, and that merging keeps them right.
#include <doctest/doctest.h>

#include <map>

#include "aggregate/aggregator.h"
#include "aggregate/states.h"
#include "base/error.h"
#include "parts.h"
#include "rows.h"

using namespace ev;
using namespace ev::test;

namespace {

std::vector<Row> final_rows(std::vector<Batch> batches) {
  for (Batch& batch : batches) {
    batch = finalize_states(std::move(batch));
    check_shape(batch, ErrorKind::bug, "final");
  }
  return rows_of(batches);
}

template <class F>
std::string error_of(ErrorKind kind, F&& f) {
  try {
    f();
  } catch (const Error& e) {
    CHECK(e.kind() == kind);
    return e.what();
  }
  return "accepted";
}

Datum state(std::string bytes) {
  return text(std::move(bytes), Type::state);
}

std::vector<Row> random_rows(Random& random, std::size_t count) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < count; i++) {
    Row row = {{"k", integer(static_cast<int64_t>(random() % 20))}, {"j", text(random() % 2 ? "x" : "y")}};
    if (random() % 3) row.push_back({"error", boolean(true)});
    if (random() % 9) row.push_back({"bytes", integer(static_cast<int64_t>(random() % 1000))});
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace

TEST_CASE("formulas are computed from the final values of the row") {
  const std::vector<Row> rows = {{{"k", text("a")}, {"error", boolean(true)}, {"bytes", integer(10)}},
                                 {{"k", text("a")}, {"bytes", integer(20)}},
                                 {{"k", text("b")}}};
  const AggregateQuery query =
      query_of({"k"}, "count(error) as errors, count, errors / count as rate, sum(bytes) / count as mean");
  CHECK(final_rows(states_of(query, rows)) == std::vector<Row>{{{"k", text("a")},
                                                                {"errors", integer(1)},
                                                                {"count", integer(2)},
                                                                {"rate", real(0.5)},
                                                                {"mean", real(15)},
                                                                {"sum_bytes", integer(30)}},
                                                               {{"k", text("b")},
                                                                {"errors", integer(0)},
                                                                {"count", integer(1)},
                                                                {"rate", real(0)},
                                                                {"mean", null()},
                                                                {"sum_bytes", null()}}});
}

TEST_CASE("formulas of any split merge to the same states, by fewer keys too") {
  const AggregateQuery query =
      query_of({"k", "j"}, "count(error) as errors, errors / count as rate, rate * 100 as percent");
  for (uint64_t seed = 0; seed < 10; seed++) {
    Random random(seed);
    const std::vector<Row> rows = random_rows(random, 2000);
    CHECK(in_parts(random, query, rows) == rows_of(states_of(query, rows)));
    AggregateQuery fewer = query;
    fewer.by = {"j"};
    fewer.merge = true;
    Aggregator merged(fewer);
    for (const Batch& batch : states_of(query, rows, 7)) merged.add(batch);
    std::map<std::string, std::pair<int64_t, int64_t>> counts;  // errors, all
    for (const Row& row : rows) {
      auto& [errors, all] = counts[row[1].second.text];
      errors += row.size() > 2 && row[2].first == "error";
      all++;
    }
    std::vector<Row> wanted;
    for (const auto& [j, count] : counts) {
      const double rate = static_cast<double>(count.first) / static_cast<double>(count.second);
      wanted.push_back({{"j", text(j)},
                        {"errors", integer(count.first)},
                        {"rate", real(rate)},
                        {"percent", real(rate * 100)},
                        {"count", integer(count.second)}});
    }
    CHECK(final_rows(merged.finish(1000)) == wanted);
  }
}

TEST_CASE("the state of a formula is its text") {
  const AggregateQuery query = query_of({}, "count, count/2 as half");
  CHECK(hex(rows_of(states_of(query, {{}}))[0][1].second.text) ==
        "0d01"
        "636f756e74202f2032");
  CHECK(describe_state(rows_of(states_of(query, {{}}))[0][1].second.text) == "formula count / 2, version 1");
}

TEST_CASE("results are found again with their formulas") {
  const AggregateQuery query = query_of({"k"}, "count, count / 2 as half");
  const std::vector<Batch> states = states_of(query, {{{"k", integer(1)}}, {{"k", integer(2)}}});
  const AggregateQuery found = query_from(states[0]);
  CHECK(found.calls[1].formula == "count / 2");
  Aggregator merged(found);
  merged.add(states[0]);
  CHECK(rows_of(merged.finish(10)) == rows_of(states));
}

TEST_CASE("a formula that the input does not have is computed over merged states") {
  AggregateQuery query = query_of({}, "count, count * 3 as thrice");
  query.merge = true;
  Aggregator merged(query);
  for (int i = 0; i < 2; i++) merged.add(states_of(query_of({}, "count"), {{}, {}})[0]);
  CHECK(final_rows(merged.finish(1)) == std::vector<Row>{{{"count", integer(4)}, {"thrice", integer(12)}}});
}

TEST_CASE("different formulas under one name do not merge") {
  const std::vector<Batch> half = states_of(query_of({}, "count, count / 2 as x"), {{}});
  const std::vector<Batch> twice = states_of(query_of({}, "count, count * 2 as x"), {{}});
  Aggregator merged(query_from(half[0]));
  merged.add(half[0]);
  const std::string refusal = error_of(ErrorKind::usage, [&] { merged.add(twice[0]); });
  CHECK_MESSAGE(refusal.find("x is count / 2 in one place and count * 2 in another") != refusal.npos, refusal);
  Aggregator other(query_from(twice[0]));
  CHECK(error_of(ErrorKind::usage, [&] { merged.merge(std::move(other)); }) != "accepted");
}

TEST_CASE("different formulas and plain values may share a field of a batch") {
  const std::string count(std::string("\1\1\7\0\0\0\0\0\0\0", 10));
  const std::vector<Row> rows = {{{"n", state(count)}, {"x", state("\x0d\x01n + 1")}},
                                 {{"n", state(count)}, {"x", integer(5)}},
                                 {{"n", state(count)}, {"x", state("\x0d\x01n / 2")}},
                                 {{"n", state(count)}, {"x", state("\x0d\x01n + 1")}},
                                 {{"n", state(count)}, {"x", null()}}};
  std::vector<Row> wanted;
  for (const Datum& x : {integer(8), integer(5), real(3.5), integer(8), null()})
    wanted.push_back({{"n", integer(7)}, {"x", x}});
  CHECK(final_rows({batch_of(rows)}) == wanted);
}

TEST_CASE("a formula whose fields are gone says which") {
  const std::vector<Row> rows = {{{"x", state("\x0d\x01"
                                              "errors / count")},
                                  {"count", integer(1)}}};
  const std::string refusal = error_of(ErrorKind::usage, [&] { finalize_states(batch_of(rows)); });
  CHECK_MESSAGE(refusal.find("needs the field errors") != refusal.npos, refusal);
}

TEST_CASE("formulas that no evkit wrote are refused") {
  for (const char* formula : {"", "count +", "nosuch(count)", "(", "\xff"}) {
    const std::vector<Row> rows = {{{"x", state(std::string("\x0d\x01") + formula)}, {"count", integer(1)}}};
    CHECK_MESSAGE(error_of(ErrorKind::corrupt, [&] { finalize_states(batch_of(rows)); }) != "accepted", formula);
  }
  std::vector<Row> many;
  for (int i = 0; i < 100; i++)
    many.push_back({{"x", state("\x0d\x01"
                                "c + " +
                                std::to_string(i))},
                    {"c", integer(1)}});
  const std::string refusal = error_of(ErrorKind::corrupt, [&] { finalize_states(batch_of(many)); });
  CHECK_MESSAGE(refusal.find("too many formulas") != refusal.npos, refusal);
}

TEST_CASE("final values of chosen fields bring what their formulas need") {
  const std::vector<Batch> states =
      states_of(query_of({"k"}, "count, count / 2 as half, max(k)"), {{{"k", integer(1)}}});
  const std::vector<std::string> half = {"half"}, key = {"k"}, max = {"max_k"};
  const std::optional<Batch> final = final_fields(states[0], half);
  REQUIRE(final);
  CHECK(rows_of({*final})[0][2] == std::pair<std::string, Datum>{"half", real(0.5)});
  CHECK(!final_fields(states[0], key));
  const std::optional<Batch> largest = final_fields(states[0], max);
  REQUIRE(largest);
  CHECK(largest->columns.size() == 1);
}
