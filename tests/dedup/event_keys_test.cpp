#include "dedup/event_keys.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <string>
#include <utility>
#include <vector>


using namespace ev;

namespace {

Column words(Type type, std::vector<uint64_t> values, std::vector<bool> valid = {}) {
  Column column;
  column.type = type;
  for (uint64_t value : values) column.words.push_back(value);
  if (!valid.empty()) {
    column.validity.assign(valid.size(), false);
    for (std::size_t i = 0; i < valid.size(); i++)
      if (valid[i]) column.validity.set(i);
  }
  return column;
}

Column texts(Type type, std::vector<std::string_view> values, std::vector<bool> valid = {}) {
  Column column = words(type, {}, std::move(valid));
  for (std::string_view value : values) column.texts.push_back(value);
  return column;
}

EventKeys keys_of(uint32_t rows, const std::vector<KeyPart>& parts) {
  EventKeys keys(KeyedHash(kFixedHashKey), true);
  keys.take_parts(rows, parts);
  return keys;
}

bool same(const EventKeys& keys, uint32_t a, uint32_t b) {
  const bool equal = keys.fingerprints()[a] == keys.fingerprints()[b];
  CHECK(equal == (keys.bytes(a) == keys.bytes(b)));
  return equal;
}

}  // namespace

TEST_CASE("keys of different types differ, and equal values of a type are equal") {
  const Column ints = words(Type::int64, {1, 1}, {true, false, false, true}),
               texts_of = texts(Type::string, {"1"}, {false, true, false, false}),
               floats = words(Type::float64, {std::bit_cast<uint64_t>(1.0)}, {false, false, true, false});
  const EventKeys keys = keys_of(4, {{&ints, &texts_of, &floats}});
  CHECK_FALSE(same(keys, 0, 1));
  CHECK_FALSE(same(keys, 0, 2));
  CHECK_FALSE(same(keys, 1, 2));
  CHECK(same(keys, 0, 3));
}

TEST_CASE("NaNs are one key, and so are the two zeros, and an instant however it is written") {
  const double nan = std::nan("");
  const Column floats = words(Type::float64, {std::bit_cast<uint64_t>(nan), std::bit_cast<uint64_t>(-nan),
                                              std::bit_cast<uint64_t>(0.0), std::bit_cast<uint64_t>(-0.0)});
  const EventKeys keys = keys_of(4, {{&floats}});
  CHECK(same(keys, 0, 1));
  CHECK(same(keys, 2, 3));
  CHECK_FALSE(same(keys, 0, 2));
  Column times = words(Type::time, {5, 5});
  times.forms.push_back(1);
  times.forms.push_back(2);
  CHECK(same(keys_of(2, {{&times}}), 0, 1));
}

TEST_CASE("parts of a key do not run into each other, and rows without any are unkeyed") {
  const Column a = texts(Type::string, {"ab", "a", "a"}, {true, true, false, true}),
               b = texts(Type::string, {"c", "bc"}, {true, true, false, false});
  const EventKeys keys = keys_of(4, {{&a}, {&b}});
  CHECK_FALSE(same(keys, 0, 1));
  CHECK_FALSE(same(keys, 1, 3));
  CHECK(keys.unkeyed().count() == 1);
  CHECK(keys.unkeyed().get(2));
  const EventKeys swapped = keys_of(4, {{&b}, {&a}});
  CHECK(keys.fingerprints()[3] != swapped.fingerprints()[3]);  // "a", null is not null, "a"
}

TEST_CASE("whole events are equal whatever the order of their fields, nulls or no nulls, and not under other names") {
  const auto keys_of_events = [](std::vector<std::pair<std::string, uint64_t>> fields) {
    Batch batch;
    batch.rows = 1;
    for (const auto& [name, value] : fields) {
      Column column = words(Type::int64, {value});
      column.path = static_cast<uint16_t>(batch.paths.size());
      batch.paths.push_back(Path::key(name));
      batch.columns.push_back(std::move(column));
    }
    batch.paths.push_back(Path::key("always-null"));
    EventKeys keys(KeyedHash(kFixedHashKey), false);
    keys.take_events(batch);
    return keys.fingerprints()[0];
  };
  CHECK(keys_of_events({{"a", 1}, {"b", 2}}) == keys_of_events({{"b", 2}, {"a", 1}}));
  CHECK(keys_of_events({{"a", 1}, {"b", 2}}) != keys_of_events({{"a", 2}, {"b", 1}}));
  CHECK(keys_of_events({{"a", 1}}) != keys_of_events({{"b", 1}}));
}
