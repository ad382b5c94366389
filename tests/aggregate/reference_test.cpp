// Random batches through the Aggregator and through a plain row-at-a-time reference.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <random>
#include <variant>

#include "aggregate/aggregator.h"
#include "parts.h"
#include "rows.h"

using namespace ev;
using namespace ev::test;

namespace {

// In the order of kinds; numbers of all types share a kind, as long double holds all of them exactly.
struct Number {
  long double value;
  Type type;
  auto operator<=>(const Number&) const = default;
};
struct Instant {
  int64_t ns;
  auto operator<=>(const Instant&) const = default;
};
struct Octets {
  std::string bytes;
  auto operator<=>(const Octets&) const = default;
};
using Plain = std::variant<std::monostate, bool, Number, Instant, std::string, Octets>;

Plain plain(const Datum& d) {
  switch (d.type) {
    case Type::boolean:
      return d.word != 0;
    case Type::int64:
      return Number{static_cast<long double>(static_cast<int64_t>(d.word)), d.type};
    case Type::uint64:
      return Number{static_cast<long double>(d.word), d.type};
    case Type::float64:
      return Number{std::bit_cast<double>(d.word), d.type};
    case Type::time:
      return Instant{static_cast<int64_t>(d.word)};
    case Type::string:
      return d.text;
    case Type::bytes:
      return Octets{d.text};
    default:
      return std::monostate();
  }
}

/// One group of `count, count(f), sum(f), min(f), max(f), mean(f)`; numbers are multiples of 1/8 below 2^40.
struct Group {
  uint64_t rows = 0, values = 0, numbers = 0;
  int64_t eighths = 0;
  bool floats = false;
  std::optional<Plain> min, max;

  void add(const Plain& f) {
    rows++;
    if (std::holds_alternative<std::monostate>(f)) return;
    values++;
    if (!min || f < *min) min = f;
    if (!max || *max < f) max = f;
    if (const Number* n = std::get_if<Number>(&f)) {
      numbers++;
      eighths += static_cast<int64_t>(n->value * 8);
      floats = floats || n->type == Type::float64;
    }
  }
  std::vector<Plain> results() const {
    Plain sum, mean;
    if (numbers) {
      sum = Number{static_cast<long double>(eighths) / 8, floats ? Type::float64 : Type::int64};
      mean = Number{static_cast<double>(eighths) / static_cast<double>(8 * numbers), Type::float64};
    }
    auto count = [](uint64_t n) { return Number{static_cast<long double>(n), Type::int64}; };
    return {count(rows), count(values), sum, min.value_or(Plain()), max.value_or(Plain()), mean};
  }
};

const char* const kCalls = "count, count(f), sum(f), min(f), max(f), mean(f)";

Datum random_value(Random& random, uint64_t spread) {
  uint64_t n = random() % spread;
  switch (random() % 12) {
    case 0:
      return null();
    case 1:
      return boolean(n & 1);
    case 2:
    case 3:
    case 4:
      return integer(static_cast<int64_t>(n) - static_cast<int64_t>(spread / 2));
    case 5:
    case 6:
      return real(static_cast<double>(n) / 8);
    case 7:
      return real(static_cast<double>(n));
    case 8:
      return instant(static_cast<int64_t>(n) * kSecond, static_cast<uint32_t>(n % 3));
    case 9:
      return text("t" + std::to_string(n), Type::bytes);
    default:
      return text("t" + std::to_string(n));
  }
}

struct Shape {
  std::size_t keys;
  uint64_t key_spread;  // how many values of each type
  std::size_t rows;
  bool every;
  bool one_type;  // of the keys: strings, dense
};

std::vector<Row> random_rows(Random& random, const Shape& shape) {
  std::vector<Row> rows(shape.rows);
  int64_t now = 0;
  for (Row& row : rows) {
    now += static_cast<int64_t>(random() % 20) * kSecond / 10 - kSecond / 2;
    if (random() % 50) row.push_back({"ts", random() % 50 ? instant(now) : text("never")});
    for (std::size_t k = 0; k < shape.keys; k++) {
      if (shape.one_type)
        row.push_back({"k" + std::to_string(k), text("v" + std::to_string(random() % shape.key_spread))});
      else if (random() % 10)
        row.push_back({"k" + std::to_string(k), random_value(random, shape.key_spread)});
    }
    if (random() % 10) row.push_back({"f", random_value(random, 1 << 20)});
  }
  return rows;
}

AggregateQuery query_of(const Shape& shape) {
  AggregateQuery query;
  for (std::size_t k = 0; k < shape.keys; k++) query.by.push_back("k" + std::to_string(k));
  query.calls = parse_aggregates(kCalls);
  if (shape.every) query.every.emplace(10 * kSecond, "");
  return query;
}

std::vector<std::vector<Plain>> reference(const std::vector<Row>& rows, const Shape& shape) {
  std::map<std::vector<Plain>, Group> groups;
  if (shape.keys == 0 && !shape.every) groups[{}];
  for (const Row& row : rows) {
    auto value_of = [&](const std::string& name) {
      auto at = std::find_if(row.begin(), row.end(), [&](const auto& field) { return field.first == name; });
      return at == row.end() ? Plain() : plain(at->second);
    };
    std::vector<Plain> key;
    if (shape.every) {
      Plain time = value_of("ts");
      if (Instant* t = std::get_if<Instant>(&time))
        key.push_back(
            Instant{static_cast<int64_t>(std::floor(static_cast<long double>(t->ns) / (10 * kSecond))) * 10 * kSecond});
      else
        key.push_back(Plain());
    }
    for (std::size_t k = 0; k < shape.keys; k++) key.push_back(value_of("k" + std::to_string(k)));
    groups[key].add(value_of("f"));
  }
  std::vector<std::vector<Plain>> result;
  for (const auto& [key, group] : groups) {
    result.push_back(key);
    for (Plain& value : group.results()) result.back().push_back(std::move(value));
  }
  return result;
}

std::vector<std::vector<Plain>> plain_rows(std::vector<Batch> batches) {
  for (Batch& batch : batches) batch = finalize_states(std::move(batch));
  std::vector<std::vector<Plain>> result;
  for (const Row& row : rows_of(batches)) {
    result.emplace_back();
    for (const auto& [name, datum] : row) result.back().push_back(plain(datum));
  }
  return result;
}

}  // namespace

TEST_CASE("random batches give what the reference gives, in any order and split") {
  const Shape shapes[] = {
      {0, 1, 1500, false, false},    {0, 1, 1500, true, false},   {1, 3, 1500, false, false},
      {1, 5000, 3000, false, false}, {1, 6, 6000, false, true},   {2, 2, 2000, false, false},
      {2, 4, 5000, false, true},     {2, 500, 3000, false, true}, {3, 2, 3000, true, false},
      {3, 40, 3000, false, false},   {2, 5, 4000, true, true},    {0, 1, 0, false, false},
      {2, 1, 0, false, false},
  };
  for (const Shape& shape : shapes) {
    for (uint64_t seed = 0; seed < 3; seed++) {
      CAPTURE(shape.keys);
      CAPTURE(shape.key_spread);
      CAPTURE(seed);
      Random random(seed * 1000 + shape.keys);
      std::vector<Row> rows = random_rows(random, shape);
      AggregateQuery query = query_of(shape);
      Aggregator whole(query);
      whole.add(batch_of(rows, "ts"));
      std::vector<Batch> batches = whole.finish(100);
      CHECK(whole.groups() == reference(rows, shape).size());
      CHECK(plain_rows(batches) == reference(rows, shape));
      CHECK(in_parts(random, query, rows) == rows_of(batches));
    }
  }
}
