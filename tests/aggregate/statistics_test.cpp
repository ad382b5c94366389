// Quantiles, distinct counts and variances against what sorting, sets and plain arithmetic say, and their states.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>

#include "aggregate/aggregator.h"
#include "aggregate/states.h"
#include "base/error.h"
#include "parts.h"
#include "rows.h"
#include "sketch/quantile_buckets.h"

using namespace ev;
using namespace ev::test;

namespace {

Batch batch_of_values(const std::vector<Datum>& values, uint64_t groups = 1) {
  std::vector<Row> rows;
  for (std::size_t i = 0; i < values.size(); i++)
    rows.push_back({{"k", integer(static_cast<int64_t>(i % groups))}, {"f", values[i]}});
  return batch_of(rows);
}

/// The results of the calls over all values.
std::vector<Datum> results(std::string_view calls, const std::vector<Datum>& values) {
  Aggregator aggregator(query_of({}, calls));
  if (!values.empty()) aggregator.add(batch_of_values(values));
  std::vector<Datum> found;
  std::vector<Batch> batches = aggregator.finish(1);
  const std::vector<Row> rows = rows_of({finalize_states(std::move(batches.at(0)))});
  for (const auto& [name, datum] : rows.at(0)) found.push_back(datum);
  return found;
}

double number_of(const Datum& datum) {
  return datum.type == Type::int64 ? static_cast<double>(static_cast<int64_t>(datum.word))
                                   : std::bit_cast<double>(datum.word);
}

std::vector<Datum> numbers(Random& random, std::size_t count) {
  std::vector<Datum> values;
  const auto kind = random() % 4;
  for (std::size_t i = 0; i < count; i++) {
    switch (kind) {
      case 0:
        values.push_back(integer(static_cast<int64_t>(random() % 200)));
        break;
      case 1:
        values.push_back(integer(static_cast<int64_t>(random()) >> random() % 60));
        break;
      case 2:
        values.push_back(real(std::exp(std::normal_distribution<double>(0, 20)(random))));
        break;
      default:
        values.push_back(real(std::normal_distribution<double>(0, 1)(random)));
    }
  }
  return values;
}

/// By nearest rank.
double quantile_of(std::vector<double> sorted, double part) {
  const auto rank =
      static_cast<std::size_t>(std::max(1.0, std::ceil(part * static_cast<double>(sorted.size()) - 1e-9)));
  return sorted[rank - 1];
}

ErrorKind failure_of(const std::string& state) {
  try {
    finalize_states(batch_of({{{"s", text(state, Type::state)}}}));
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::bug;
}

std::string state_of(std::string_view call, const std::vector<Datum>& values) {
  Aggregator aggregator(query_of({}, call));
  if (!values.empty()) aggregator.add(batch_of_values(values));
  return rows_of(aggregator.finish(1)).at(0).at(0).second.text;
}

std::string refused(std::string_view calls) {
  try {
    parse_aggregates(calls);
  } catch (const Error& error) {
    return error.what();
  }
  return "taken";
}

}  // namespace

TEST_CASE("buckets: in the order of their numbers, each within the stated error") {
  Random random(1);
  double before = -INFINITY;
  for (int32_t bucket = -kBucketEnd + 1; bucket < kBucketEnd; bucket += 1 + static_cast<int32_t>(random() % 5)) {
    const double number = bucket_number(bucket);
    if (std::isnan(number) || std::abs(bucket) < 128) continue;
    CHECK(quantile_bucket(number) == bucket);
    CHECK((number > before || std::isinf(number)));
    before = number;
  }
  for (int round = 0; round < 200000; round++) {
    const double number = std::bit_cast<double>(random());
    if (!std::isfinite(number) || std::abs(number) < 0x1p-1022) continue;
    REQUIRE(std::abs(bucket_number(quantile_bucket(number)) - number) <= kQuantileError * std::abs(number));
  }
  for (int whole = -255; whole < 256; whole++) CHECK(bucket_number(quantile_bucket(whole)) == whole);
  CHECK(quantile_bucket(0x1p-1074) == 0);
  CHECK(bucket_number(quantile_bucket(-INFINITY)) == -INFINITY);
}

TEST_CASE("quantiles are those of sorting, within the stated error") {
  Random random(2);
  for (int round = 0; round < 60; round++) {
    const std::vector<Datum> values = numbers(random, 1 + random() % 3000);
    std::vector<double> sorted;
    for (const Datum& value : values) sorted.push_back(number_of(value));
    std::sort(sorted.begin(), sorted.end());
    const std::vector<Datum> found = results("p0(f), p10(f), median(f), p90(f), p99.9(f), p100(f)", values);
    const double parts[] = {0, 0.1, 0.5, 0.9, 0.999, 1};
    for (std::size_t i = 0; i < std::size(parts); i++) {
      const double wanted = quantile_of(sorted, parts[i]);
      CAPTURE(parts[i]);
      CHECK(found[i].type == Type::float64);
      CHECK(std::abs(number_of(found[i]) - wanted) <= kQuantileError * std::abs(wanted));
      const bool exact = i == 0 || parts[i] == 1 || (std::abs(wanted) < 256 && std::floor(wanted) == wanted);
      if (exact) CHECK(number_of(found[i]) == wanted);
    }
  }
}

TEST_CASE("quantiles of nothing, of what is no number, and of the ends of all numbers") {
  CHECK(results("p50(f)", {}) == std::vector<Datum>{null()});
  CHECK(results("p50(f)", {text("a"), boolean(true), real(NAN), json("[1]")}) == std::vector<Datum>{null()});
  CHECK(results("p50(f), p100(f)", {real(-INFINITY), real(INFINITY), real(-0.0)}) ==
        std::vector<Datum>{real(0), real(INFINITY)});
  CHECK(results("p100(f), p0(f)", {json("1e400"), json("-123456789012345678901234567890"), natural(UINT64_MAX)}) ==
        std::vector<Datum>{real(INFINITY), real(-123456789012345678901234567890.0)});
  Aggregator aggregator(query_of({}, "p50(f)"));
  aggregator.add(batch_of_values({text("a"), integer(1), real(NAN)}));
  CHECK(aggregator.warnings() == std::vector<std::string>{"p50(f): 2 values are not numbers"});
}

TEST_CASE("distinct is exact for few, close for many; distinct_exact always exact") {
  Random random(3);
  for (std::size_t wanted : {std::size_t{0}, std::size_t{1}, std::size_t{1000}, std::size_t{1024}, std::size_t{1025},
                             std::size_t{5000}, std::size_t{40000}, std::size_t{300000}}) {
    for (int kind = 0; kind < 3; kind++) {
      std::vector<Datum> values;
      for (std::size_t i = 0; i < wanted; i++) {
        const auto n = static_cast<int64_t>(i);
        values.push_back(kind == 0   ? integer(n)
                         : kind == 1 ? text("user" + std::to_string(i))
                                     : real(static_cast<double>(n) / 4));
        if (random() % 4 == 0) values.push_back(values[random() % values.size()]);
      }
      const std::vector<Datum> found = results("distinct(f), distinct_exact(f)", values);
      CAPTURE(wanted);
      CAPTURE(kind);
      CHECK(number_of(found[1]) == static_cast<double>(wanted));
      if (wanted <= 1024)
        CHECK(found[0] == found[1]);
      else
        CHECK(number_of(found[0]) == doctest::Approx(static_cast<double>(wanted)).epsilon(0.03));
    }
  }
}

TEST_CASE("states of distinct of all sizes merge to that of all values, in any order") {
  Random random(5);
  const AggregateQuery query = query_of({}, "distinct(f)");
  AggregateQuery again = query;
  again.merge = true;
  for (int round = 0; round < 20; round++) {
    std::vector<Batch> states;
    Aggregator whole(query), merged(again);
    for (int part = 0; part < 6; part++) {
      std::vector<Datum> values;
      constexpr std::size_t kSizes[] = {1, 3, 100, 1024, 1025, 3000};
      for (std::size_t i = kSizes[random() % 6]; i > 0; i--)
        values.push_back(integer(static_cast<int64_t>(random() % 5000)));
      whole.add(batch_of_values(values));
      Aggregator of_part(query);
      of_part.add(batch_of_values(values));
      states.push_back(of_part.finish(1).at(0));
    }
    std::ranges::shuffle(states, random);
    for (const Batch& state : states) merged.add(state);
    CHECK(rows_of(merged.finish(1)) == rows_of(whole.finish(1)));
  }
}

TEST_CASE("distinct values are those that are different groups") {
  const std::vector<Datum> values = {integer(200), text("200"), real(200),    integer(200),  real(0),
                                     real(-0.0),   real(NAN),   real(-NAN),   instant(5, 1), instant(5, 2),
                                     json("200"),  null(),      boolean(true)};
  const std::vector<Datum> found = results("distinct(f), distinct_exact(f)", values);
  CHECK(found == std::vector<Datum>{integer(8), integer(8)});
}

TEST_CASE("any split gives the same states to the byte") {
  Random random(4);
  const AggregateQuery query =
      query_of({"k"}, "p99(f), median(f) as m, distinct(f), distinct_exact(f), var(f), stddev(f)");
  for (int round = 0; round < 12; round++) {
    std::vector<Row> rows;
    const std::vector<Datum> values = numbers(random, 200 + random() % 6000);
    const uint64_t groups = round % 3 == 0 ? 1 : 1 + random() % 40;
    for (const Datum& value : values)
      rows.push_back({{"k", integer(static_cast<int64_t>(random() % groups))}, {"f", random() % 9 ? value : null()}});
    Aggregator whole(query);
    whole.add(batch_of(rows));
    CHECK(in_parts(random, query, rows) == rows_of(whole.finish(1000)));
  }
}

TEST_CASE("states: bytes are frozen, and damage is refused") {
  CHECK(hex(state_of("p99.9(f)", {})) == "0601583e0f00");
  CHECK(hex(state_of("p50(f)", {integer(1), integer(1), real(-2)})) ==
        "060120a10700"
        "00000000000000c0"
        "000000000000f03f"
        "80800801"
        "80ff0f02");
  CHECK(hex(state_of("distinct(f)", {})) == "070100");
  CHECK(hex(state_of("distinct(f)", {integer(1)})) == "07010067ec8e65a18debbe");
  CHECK(hex(state_of("distinct_exact(f)", {text("a")})) == "08016e18369f8f5b51a286484ae3e9a59e27");
  CHECK(hex(state_of("stddev(f)", {integer(-2)})) ==
        "0a01"
        "0b000000"
        "0100000000000000"
        "0001fe"
        "0100000000000000"
        "000104");
  Random random(5);
  std::vector<Datum> many;
  for (int i = 0; i < 3000; i++) many.push_back(integer(i));
  for (const char* call : {"p50(f)", "distinct(f)", "distinct_exact(f)", "var(f)"}) {
    for (const std::string& good : {state_of(call, {integer(1), integer(77), real(-2)}), state_of(call, many)}) {
      CHECK(failure_of(good) == ErrorKind::bug);
      for (int round = 0; round < 300; round++) {
        std::string damaged = good;
        if (random() % 2)
          damaged.resize(random() % good.size());
        else
          damaged[random() % damaged.size()] ^= static_cast<char>(1 << random() % 8);
        const ErrorKind kind = failure_of(damaged);
        CHECK((kind == ErrorKind::corrupt || kind == ErrorKind::bug));
      }
    }
  }
  CHECK(failure_of(state_of("p50(f)", {integer(1)}).substr(0, 10)) == ErrorKind::corrupt);
  CHECK(failure_of(state_of("distinct(f)", many).substr(0, 1000)) == ErrorKind::corrupt);
  CHECK(failure_of(state_of("distinct_exact(f)", {integer(1)}).substr(0, 9)) == ErrorKind::corrupt);
}

TEST_CASE("var and stddev are those of exact arithmetic") {
  const auto both = [](const std::vector<Datum>& values) { return results("var(f), stddev(f)", values); };
  CHECK(both({}) == std::vector<Datum>{null(), null()});
  CHECK(both({integer(3), text("x")}) == std::vector<Datum>{null(), null()});
  CHECK(both({integer(3), integer(5)}) == std::vector<Datum>{real(2), real(std::sqrt(2.0))});
  // The mean is 10^15 times the deviation and more.
  const int64_t base = 1'717'200'000'000'000'000;
  CHECK(both({integer(base), integer(base + 1), integer(base + 2)}) == std::vector<Datum>{real(1), real(1)});
  CHECK(both({natural(UINT64_MAX), natural(UINT64_MAX - 2)}) == std::vector<Datum>{real(2), real(std::sqrt(2.0))});
  CHECK(both({real(1e9 + 0.5), real(1e9), integer(1'000'000'001)}) == std::vector<Datum>{real(0.25), real(0.5)});
  CHECK(both({real(0x1p60), real(0x1p60 + 0x1p8)})[0] == real(0x1p15));
  CHECK(both({json("340282366920938463463374607431768211456"), json("340282366920938463463374607431768211456")})[0] ==
        real(0));
  CHECK(std::isnan(number_of(both({real(INFINITY), real(1)})[0])));
  // Against long double, which is enough where the mean is near 0.
  Random random(6);
  for (int round = 0; round < 40; round++) {
    std::vector<Datum> values;
    long double sum = 0, squares = 0;
    for (std::size_t n = 2 + random() % 500; n > 0; n--) {
      const double x = std::normal_distribution<double>(1, 3)(random);
      values.push_back(random() % 2 ? real(x) : integer(static_cast<int64_t>(x * 100)));
      const long double taken = number_of(values.back());
      sum += taken;
      squares += taken * taken;
    }
    const auto n = static_cast<long double>(values.size());
    const auto wanted = static_cast<double>((squares - sum * sum / n) / (n - 1));
    CHECK(number_of(both(values)[0]) == doctest::Approx(wanted).epsilon(1e-12));
  }
}

TEST_CASE("what states are, and how far off their values may be") {
  CHECK(describe_state(state_of("p99.9(f)", {})) == "p99.9 within 0.8 %, version 1");
  CHECK(describe_state(state_of("distinct(f)", {})) == "distinct within about 1 % beyond 1,024, version 1");
  CHECK(describe_state(state_of("distinct_exact(f)", {})) == "distinct_exact, version 1");
  CHECK(describe_state(std::string("\6\1\xff", 3)) == "damaged state");
}

TEST_CASE("quantiles have one name each, and states of different ones do not merge") {
  const std::vector<AggregateCall> calls = parse_aggregates("median(a), p99.90(a), p5(`x.y`), p50(b) as half");
  CHECK(calls[0].function == "p50");
  CHECK(calls[0].name == "median_a");
  CHECK(calls[1].function == "p99.9");
  CHECK(calls[1].name == "p99_90_a");
  CHECK(calls[2].name == "p5_x_y");
  CHECK(calls[3].name == "half");
  CHECK(refused("p101(a)").find("there is no function p101") != std::string::npos);
  CHECK(refused("p(a)").find("there is no function p") != std::string::npos);
  CHECK(refused("p99.99999(a)").find("there is no function") != std::string::npos);
  CHECK(refused("p50").find("p50 needs a field") != std::string::npos);

  Aggregator half(query_of({}, "p50(f) as q"));
  half.add(batch_of_values({integer(1)}));
  const std::vector<Batch> states = half.finish(1);
  CHECK(query_from(states[0]).calls[0].function == "p50");
  AggregateQuery other = query_of({}, "p99(f) as q");
  other.merge = true;
  Aggregator merged(other);
  CHECK_THROWS_WITH_AS(merged.add(states[0]), "merge: q holds states of p50, not of p99", Error);
}
