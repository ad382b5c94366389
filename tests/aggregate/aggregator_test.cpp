#include "aggregate/aggregator.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "parts.h"
#include "rows.h"

using namespace ev;
using namespace ev::test;

namespace {

std::vector<Batch> final_batches(const Aggregator& aggregator, uint32_t rows = 65536) {
  std::vector<Batch> batches = aggregator.finish(rows);
  for (Batch& batch : batches) {
    check_shape(batch, ErrorKind::bug, "result");
    batch = finalize_states(std::move(batch));
    check_shape(batch, ErrorKind::bug, "final result");
  }
  return batches;
}

std::vector<Row> aggregate(const AggregateQuery& query, const std::vector<Row>& rows, const std::string& time = {}) {
  Aggregator aggregator(query);
  aggregator.add(batch_of(rows, time));
  return rows_of(final_batches(aggregator));
}

/// The final value of one call over values of one field.
Datum result_of(std::string_view call, const std::vector<Datum>& values) {
  std::vector<Row> rows;
  for (const Datum& value : values) rows.push_back({{"f", value}});
  return aggregate(query_of({}, call), rows).at(0).at(0).second;
}

std::string error_of(const AggregateQuery& query, const Batch& batch) {
  try {
    Aggregator aggregator(query);
    aggregator.add(batch);
  } catch (const Error& e) {
    CHECK(e.kind() == ErrorKind::usage);
    return e.what();
  }
  return "accepted";
}

constexpr int64_t kMax = INT64_MAX, kMin = INT64_MIN;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("null and missing are counted as rows only") {
  std::vector<Row> rows = {{{"f", null()}}, {{"g", integer(1)}}, {{"f", integer(5)}}};
  std::vector<Row> wanted = {
      {{"count", integer(3)}, {"count_f", integer(1)}, {"sum_f", integer(5)}, {"mean_f", real(5)}}};
  CHECK(aggregate(query_of({}, "count, count(f), sum(f), mean(f)"), rows) == wanted);
}

TEST_CASE("without keys there is one row, also of nothing") {
  std::vector<Row> wanted = {{{"count", integer(0)}, {"sum_f", null()}, {"min_f", null()}, {"mean_f", null()}}};
  Aggregator nothing(query_of({}, "count, sum(f), min(f), mean(f)"));
  CHECK(rows_of(final_batches(nothing)) == wanted);
  CHECK(Aggregator(query_of({"k"}, "count")).finish(10).empty());
}

TEST_CASE("null and missing are one group, values of different types several") {
  std::vector<Row> rows = {
      {{"k", integer(200)}}, {{"k", text("200")}},   {{"k", real(200.0)}},        {{"k", null()}},
      {{"x", null()}},       {{"k", boolean(true)}}, {{"k", integer(200)}},       {{"k", real(199.5)}},
      {{"k", json("[]")}},   {{"k", instant(5, 3)}}, {{"k", natural(UINT64_MAX)}}};
  std::vector<Row> wanted = {
      {{"k", null()}, {"count", integer(2)}},        {{"k", boolean(true)}, {"count", integer(1)}},
      {{"k", real(199.5)}, {"count", integer(1)}},   {{"k", integer(200)}, {"count", integer(2)}},
      {{"k", real(200.0)}, {"count", integer(1)}},   {{"k", natural(UINT64_MAX)}, {"count", integer(1)}},
      {{"k", instant(5, 3)}, {"count", integer(1)}}, {{"k", text("200")}, {"count", integer(1)}},
      {{"k", json("[]")}, {"count", integer(1)}}};
  CHECK(aggregate(query_of({"k"}, "count"), rows) == wanted);
}

TEST_CASE("zeros, NaNs and equal instants are one key") {
  std::vector<Row> rows = {{{"k", real(-0.0)}},    {{"k", real(0.0)}},     {{"k", real(kNan)}},   {{"k", real(-kNan)}},
                           {{"k", instant(9, 8)}}, {{"k", instant(9, 4)}}, {{"k", instant(9, 6)}}};
  std::vector<Row> result = aggregate(query_of({"k"}, "count"), rows);
  REQUIRE(result.size() == 3);
  CHECK(result[0][0].second == real(0.0));
  CHECK(std::isnan(std::bit_cast<double>(result[1][0].second.word)));
  CHECK(result[2][0].second == instant(9, 4));
  CHECK(result[2][1].second == integer(3));
}

TEST_CASE("dictionary texts that no row has make no group") {
  Batch batch = batch_of({{{"k", text("a")}}, {{"k", text("b")}}, {{"k", text("a")}}});
  REQUIRE(!batch.columns[0].codes.empty());
  batch.columns[0].texts.push_back("unused");
  Aggregator aggregator(query_of({"k"}, "count"));
  aggregator.add(batch);
  CHECK(aggregator.groups() == 2);
}

TEST_CASE("sums of integers never lose a digit") {
  CHECK(result_of("sum(f)", {integer(kMax), integer(0)}) == integer(kMax));
  CHECK(result_of("sum(f)", {integer(kMin), integer(kMax)}) == integer(-1));
  CHECK(result_of("sum(f)", {integer(kMax), integer(1)}) == natural(uint64_t{1} << 63));
  CHECK(result_of("sum(f)", {natural(UINT64_MAX), integer(-1)}) == natural(UINT64_MAX - 1));
  CHECK(result_of("sum(f)", {natural(UINT64_MAX), integer(1)}) == json("18446744073709551616"));
  CHECK(result_of("sum(f)", {integer(kMin), integer(-1)}) == json("-9223372036854775809"));
  CHECK(result_of("sum(f)", {json("18446744073709551616"), integer(-1)}) == natural(UINT64_MAX));
  CHECK(result_of("sum(f)", {json("115792089237316195423570985008687907853269984665640564039457584007913129639935"),
                             json("115792089237316195423570985008687907853269984665640564039457584007913129639935")}) ==
        json("231584178474632390847141970017375815706539969331281128078915168015826259279870"));
  CHECK(result_of("sum(f)", {json("-170141183460469231731687303715884105728"), integer(-1)}) ==
        json("-170141183460469231731687303715884105729"));
  CHECK(result_of("sum(f)", {integer(0)}) == integer(0));
}

TEST_CASE("integers and floats add up exactly and round once") {
  CHECK(result_of("sum(f)", {integer(9007199254740993), real(0.5)}) == real(9007199254740994.0));
  CHECK(result_of("sum(f)", {integer(kMax), real(-9223372036854775808.0)}) == real(-1.0));
  CHECK(result_of("sum(f)", {real(1e16), real(1.0), integer(1), real(-1e16)}) == real(2.0));
  CHECK(result_of("sum(f)", {real(0.25), natural(UINT64_MAX)}) == real(0x1p64));
  CHECK(result_of("sum(f)", {real(-0.0)}) == real(-0.0));
  CHECK(result_of("sum(f)", {json("0.12345678901234567890123")}) == real(0.12345678901234567890123));
}

TEST_CASE("means round once") {
  CHECK(result_of("mean(f)", {integer(1), integer(2)}) == real(1.5));
  CHECK(result_of("mean(f)", {integer(kMax), integer(kMax), integer(kMax - 1)}) == real(9223372036854775807.0));
  CHECK(result_of("mean(f)", {integer(9007199254740993), integer(9007199254740993)}) == real(9007199254740992.0));
  CHECK(result_of("mean(f)", {real(1e308), real(1e308)}) == real(1e308));
  CHECK(result_of("mean(f)", {real(0.1), real(0.2), real(0.3)}) == real(0.2));  // by fractions.Fraction
  CHECK(result_of("mean(f)", {json("36893488147419103232"), integer(0)}) == real(0x1p64));
}

TEST_CASE("what is not a number is left out and told once") {
  Aggregator aggregator(query_of({"k"}, "sum(f), mean(f), count(f)"));
  std::vector<Row> rows = {{{"f", text("12")}}, {{"f", boolean(true)}}, {{"f", json("[1]")}},
                           {{"f", instant(5)}}, {{"f", json("1e400")}}, {{"f", integer(3)}}};
  aggregator.add(batch_of(rows));
  Aggregator other(query_of({"k"}, "sum(f), mean(f), count(f)"));
  other.add(batch_of({{{"f", text("x")}}}));
  aggregator.merge(std::move(other));
  std::vector<Row> wanted = {{{"k", null()}, {"sum_f", integer(3)}, {"mean_f", real(3)}, {"count_f", integer(7)}}};
  CHECK(rows_of(final_batches(aggregator)) == wanted);
  CHECK(aggregator.warnings() ==
        std::vector<std::string>{"sum(f): 6 values are not numbers", "mean(f): 6 values are not numbers"});
  Aggregator one(query_of({}, "sum(f)"));
  one.add(batch_of({{{"f", text("x")}}}));
  CHECK(one.warnings() == std::vector<std::string>{"sum(f): 1 value is not a number"});
}

TEST_CASE("extremes compare across types and keep theirs") {
  std::vector<Datum> numbers = {real(1.5), integer(9007199254740993), real(9007199254740992.0), natural(UINT64_MAX),
                                integer(-3)};
  CHECK(result_of("max(f)", numbers) == natural(UINT64_MAX));
  CHECK(result_of("min(f)", numbers) == integer(-3));
  CHECK(result_of("max(f)", {integer(9007199254740993), real(9007199254740992.0)}) == integer(9007199254740993));
  CHECK(result_of("min(f)", {integer(5), text("a"), boolean(true), null()}) == boolean(true));
  CHECK(result_of("max(f)", {integer(5), text("a"), text("b"), instant(9)}) == text("b"));
  CHECK(result_of("max(f)", {text("b", Type::bytes), text("c")}) == text("b", Type::bytes));
  CHECK(result_of("min(f)", {real(5.0), integer(5)}) == integer(5));
  CHECK(result_of("max(f)", {real(5.0), integer(5)}) == real(5.0));
  CHECK(result_of("max(f)", {json("340282366920938463463374607431768211456"), natural(7), json("[1]")}) == json("[1]"));
  CHECK(result_of("max(f)", {json("340282366920938463463374607431768211456"), json("99999999999999999999"),
                             natural(7)}) == json("340282366920938463463374607431768211456"));
  CHECK(result_of("max(f)", {integer(kMin)}) == integer(kMin));
  CHECK(result_of("min(f)", {integer(kMax)}) == integer(kMax));
  CHECK(result_of("min(f)", {natural(UINT64_MAX)}) == natural(UINT64_MAX));
  CHECK(result_of("max(f)", {boolean(false)}) == boolean(false));
}

TEST_CASE("NaN is the largest number") {
  CHECK(std::isnan(std::bit_cast<double>(result_of("max(f)", {real(1), real(kNan), natural(UINT64_MAX)}).word)));
  CHECK(result_of("min(f)", {real(kNan), real(1)}) == real(1));
  CHECK(std::isnan(std::bit_cast<double>(result_of("sum(f)", {real(1), real(kNan)}).word)));
}

TEST_CASE("extremes of equal instants keep the smallest form") {
  for (const char* call : {"min(f)", "max(f)"}) {
    CHECK(result_of(call, {instant(5, 8), instant(5, 2), instant(5, 4)}) == instant(5, 2));
    CHECK(result_of(call, {instant(5, 2), instant(5, 8)}) == instant(5, 2));
  }
  CHECK(result_of("max(f)", {instant(5, 2), instant(6, 8)}) == instant(6, 8));
}

TEST_CASE("buckets of event time come first, untimed rows before all") {
  AggregateQuery query = query_of({"k"}, "count");
  query.every.emplace(60 * kSecond, "");
  std::vector<Row> rows = {
      {{"t", instant(61 * kSecond)}, {"k", text("b")}}, {{"t", instant(119 * kSecond)}, {"k", text("a")}},
      {{"t", text("soon")}, {"k", text("a")}},          {{"t", instant(59 * kSecond)}, {"k", text("b")}},
      {{"t", instant(60 * kSecond)}, {"k", text("b")}}, {{"t", instant(-1)}, {"k", text("b")}}};
  uint32_t form = query.every->form(0);
  std::vector<Row> wanted = {
      {{"time", null()}, {"k", text("a")}, {"count", integer(1)}},
      {{"time", instant(-60 * kSecond, form)}, {"k", text("b")}, {"count", integer(1)}},
      {{"time", instant(0, form)}, {"k", text("b")}, {"count", integer(1)}},
      {{"time", instant(60 * kSecond, form)}, {"k", text("a")}, {"count", integer(1)}},
      {{"time", instant(60 * kSecond, form)}, {"k", text("b")}, {"count", integer(2)}},
  };
  CHECK(aggregate(query, rows, "t") == wanted);
  Aggregator aggregator(query);
  aggregator.add(batch_of(rows, "t"));
  std::vector<Batch> batches = aggregator.finish(100);
  CHECK(batches.at(0).paths[static_cast<std::size_t>(batches[0].time_path)].name() == "time");
}

TEST_CASE("buckets of a zone follow its clock") {
  AggregateQuery query = query_of({}, "count");
  query.every.emplace(24 * 3600 * kSecond, "Europe/Berlin");
  std::vector<Row> rows;  // each hour from 2024-03-30T00:00Z to 2024-04-01T23:00Z, over the change of the clock
  for (int64_t hour = 0; hour < 72; hour++) rows.push_back({{"t", instant((1711756800 + hour * 3600) * kSecond)}});
  std::vector<Row> result = aggregate(query, rows, "t");
  std::vector<int64_t> counts;
  for (const Row& row : result) counts.push_back(static_cast<int64_t>(row[1].second.word));
  CHECK(counts == std::vector<int64_t>{23, 23, 24, 2});
}

TEST_CASE("keys keep the path that the data has") {
  BatchBuilder builder;
  uint32_t deep = builder.path(Path{"m", "chain"}), other = builder.path(Path{"m", "x"}),
           flat = builder.path(Path::key("f"));
  std::vector<uint32_t> paths = {deep, other, flat};
  std::vector<Cell> cells(3);
  cells[0] = {builder.column(deep, Type::int64), 0, 1};
  cells[1] = {builder.column(other, Type::int64), 0, 2};
  cells[2] = {builder.column(flat, Type::int64), 0, 3};
  builder.append(builder.layout(paths), cells);
  Aggregator aggregator(query_of({"m.chain", "f", "m.x", "no.such", "`b.c`.`d`"}, "count"));
  aggregator.add(builder.finish(-1));
  std::vector<Batch> batches = aggregator.finish(10);
  REQUIRE(batches.size() == 1);
  std::vector<Path> wanted = {Path{"m", "chain"},   Path{"m", "x"},   Path::key("f"),
                              Path::key("no.such"), Path{"b.c", "d"}, Path::key("count")};
  std::vector<Path> found;
  for (uint16_t p : batches[0].layouts[0]) found.push_back(batches[0].paths[p]);
  CHECK(found == wanted);
}

TEST_CASE("keys have other names in the result") {
  AggregateQuery query = query_of({"a", "b"}, "count");
  query.key_names = {"b", ""};
  CHECK(error_of(query, {}).find("key b: is named twice") != std::string::npos);
  query.key_names = {"x", ""};
  const std::vector<Row> rows = {{{"a", integer(1)}, {"b", text("t")}}, {{"a", integer(1)}, {"b", text("u")}}};
  CHECK(aggregate(query, rows) == std::vector<Row>{{{"x", integer(1)}, {"b", text("t")}, {"count", integer(1)}},
                                                   {{"x", integer(1)}, {"b", text("u")}, {"count", integer(1)}}});
  CHECK(fields_of(query) == std::vector<std::string>{"a", "b"});
  // A field that no row has, too.
  CHECK(aggregate(query, {{{"b", text("t")}}}) ==
        std::vector<Row>{{{"x", null()}, {"b", text("t")}, {"count", integer(1)}}});
  // The name is taken from results.
  query.key_names = {"count", ""};
  CHECK(error_of(query, {}).find("result count") != std::string::npos);
  Aggregator named(query_of({"a", "b"}, "count"));
  query.key_names = {"y", ""};
  CHECK_THROWS_AS(named.merge(Aggregator(query)), Error);
}

TEST_CASE("names that collide are refused") {
  AggregateQuery every = query_of({"time"}, "count");
  every.every.emplace(kSecond, "");
  Batch none;
  CHECK(error_of(every, none).find("key time") != std::string::npos);
  every.by = {};
  every.calls[0].name = "time";
  CHECK(error_of(every, none).find("result time") != std::string::npos);
  CHECK(error_of(query_of({"a", "a"}, "count"), none).find("named twice") != std::string::npos);
  CHECK(error_of(query_of({"a", "`a`"}, "count"), batch_of({{{"a", null()}}})).find("named twice") !=
        std::string::npos);
  CHECK(error_of(query_of({"count"}, "count"), none).find("result count") != std::string::npos);
}

TEST_CASE("results come in batches of the wanted rows") {
  std::vector<Row> rows;
  for (int64_t i = 0; i < 1000; i++) rows.push_back({{"k", integer(i * 7919 % 1000 - 500)}});
  Aggregator aggregator(query_of({"k"}, "count"));
  aggregator.add(batch_of(rows));
  std::vector<Batch> batches = final_batches(aggregator, 300);
  REQUIRE(batches.size() == 4);
  CHECK(batches[0].rows == 300);
  CHECK(batches[3].rows == 100);
  std::vector<Row> result = rows_of(batches);
  for (int64_t i = 0; i < 1000; i++) CHECK(result[static_cast<std::size_t>(i)][0].second == integer(i - 500));
}

TEST_CASE("results with large states come in smaller batches, each by itself") {
  std::vector<Row> rows;
  for (int64_t i = 0; i < 2500; i++) rows.push_back({{"k", integer(i)}, {"f", integer(i % 7)}});
  Aggregator aggregator(query_of({"k"}, "distinct(f), p50(f)"));
  aggregator.add(batch_of(rows));
  const AggregateResult result = aggregator.result(65536);
  REQUIRE(result.batches() == 3);
  CHECK(result.batch(2).rows == 452);
  CHECK(rows_of({finalize_states(result.batch(1))})[0] ==
        Row{{"k", integer(1024)}, {"distinct_f", integer(1)}, {"p50_f", real(2)}});
  CHECK(rows_of(aggregator.finish(65536)).size() == 2500);
}

TEST_CASE("fields of a query") {
  CHECK(fields_of(query_of({"a", "b"}, "count, sum(v), max(v), min(a)")) == std::vector<std::string>{"a", "b", "v"});
  AggregateQuery merge = query_of({"a"}, "count, sum(v)");
  merge.merge = true;
  CHECK(fields_of(merge) == std::vector<std::string>{"a", "count", "sum_v"});
}

TEST_CASE("aggregators of different queries do not merge") {
  Aggregator wanted(query_of({"a"}, "count, sum(v)"));
  for (const AggregateQuery& query :
       {query_of({"b"}, "count, sum(v)"), query_of({"a"}, "count"), query_of({"a"}, "count, max(v)"),
        query_of({"a"}, "count, sum(v) as w"), query_of({"a"}, "count, sum(w) as sum_v")}) {
    Aggregator other(query);
    CHECK_THROWS_AS(wanted.merge(std::move(other)), Error);
  }
}

TEST_CASE("fill() makes groups of no rows, and leaves the others alone") {
  AggregateQuery query = query_of({"k", "l"}, "count, sum(v)");
  query.every.emplace(10, "");
  Aggregator aggregator(query);
  auto row = [](Datum time, int64_t k, int64_t l, int64_t v) {
    return Row{{"t", std::move(time)}, {"k", integer(k)}, {"l", integer(l)}, {"v", integer(v)}};
  };
  aggregator.add(batch_of({row(instant(15), 1, 1, 5), row(instant(41), 2, 1, 7), row(null(), 3, 3, 9)}, "t"));
  aggregator.fill(INT64_MIN, INT64_MAX);
  // Combinations (1, 1), (2, 1) and (3, 3) in buckets 10 to 40, and what was untimed.
  const std::vector<Row> rows = rows_of(final_batches(aggregator));
  REQUIRE(rows.size() == 4 * 3 + 1);
  CHECK(rows[0][0].second == null());
  for (std::size_t i = 1; i < rows.size(); i++) {
    const auto number = [&](std::size_t field) { return static_cast<int64_t>(rows[i][field].second.word); };
    CHECK(number(0) == 10 + 10 * static_cast<int64_t>((i - 1) / 3));
    CHECK(number(1) == 1 + static_cast<int64_t>((i - 1) % 3));
    const bool had = i == 1 || i == 11;
    CHECK(number(3) == had);
    CHECK(rows[i][4].second == (had ? integer(i == 1 ? 5 : 7) : null()));
  }
  aggregator.fill(5, 61);
  CHECK(rows_of(final_batches(aggregator)).size() == 7 * 3 + 1);
  CHECK_THROWS_AS(aggregator.fill(0, 200'000'000), Error);
}

TEST_CASE("fill() of nothing makes what both bounds say, and without them nothing") {
  AggregateQuery query = query_of({}, "count");
  query.every.emplace(10, "");
  Aggregator nothing(query);
  nothing.fill(INT64_MIN, INT64_MAX);
  CHECK(nothing.groups() == 0);
  nothing.fill(12, INT64_MAX);
  CHECK(nothing.groups() == 0);
  nothing.fill(12, 30);
  CHECK(nothing.groups() == 2);
  CHECK_THROWS_AS(nothing.fill(0, 10 * static_cast<int64_t>(Aggregator::kMaxFilledGroups) + 1), Error);
  query.by = {"k"};
  Aggregator keyed(query);
  keyed.fill(12, 30);
  CHECK(keyed.groups() == 0);
}
