#include "dedup/seen_table.h"

#include <doctest/doctest.h>

#include <vector>

#include "dedup/random_keys.h"

using namespace ev;
using namespace ev::test;

namespace {

bool found_by_search(const std::vector<OwnedKey>& keys, KeyShape shape, const KeyQuery& query) {
  for (const OwnedKey& key : keys) {
    if (key.print != query.print) continue;
    if (shape.times && (key.time < query.from || key.time > query.to)) continue;
    if (!shape.bytes || key.bytes == query.bytes) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("a table finds what a search through all keys finds") {
  Random random(2);
  for (int round = 0; round < 60; round++) {
    const KeyShape shape{(round & 1) != 0, (round & 2) != 0};
    const unsigned shared_bits = round % 3 == 0 ? 0 : 8;
    SeenTable table(shape, shared_bits, round % 2 ? 0 : 1 << 20);
    std::vector<OwnedKey> kept;
    for (int i = 0; i < 500; i++) {
      const OwnedKey key = random_key(random, shared_bits, 1 + random() % 400, 20);
      const KeyQuery query{key.print, key.time - 3000, key.time + 3000, key.bytes};
      const bool found = found_in(table, query);
      REQUIRE(found == found_by_search(kept, shape, query));
      if (found) continue;
      insert(table, key.key(), INT64_MIN);
      kept.push_back(key);
    }
    CHECK(table.size() == kept.size());
  }
}

TEST_CASE("a table gives its keys in order") {
  Random random(3);
  SeenTable table({true, true}, 0, 0);
  for (int i = 0; i < 5000; i++) insert(table, random_key(random, 0, 3000, 1000).key(), INT64_MIN);
  KeptKey last;
  std::size_t count = 0;
  bool ordered = true;
  for (std::size_t at = table.next_place(0); at < table.places(); at = table.next_place(at + 1), count++) {
    const KeptKey key = table.key_at(at);
    ordered &= !(key < last);
    last = key;
  }
  CHECK(ordered);
  CHECK(count == 5000);
}

TEST_CASE("fingerprints that all lie at one end of a table do not overrun it") {
  for (const uint64_t hi : {uint64_t{0}, UINT64_MAX}) {
    SeenTable table({false, false}, 0, 0);
    for (uint64_t lo = 1; lo < 3000; lo++) insert(table, {{hi, lo * 7919 % 3001}, 0, 0, {}}, INT64_MIN);
    for (uint64_t lo = 1; lo < 3000; lo++) REQUIRE(found_in(table, {{hi, lo * 7919 % 3001}, 0, 0, {}}));
    CHECK_FALSE(found_in(table, {{hi, 3001}, 0, 0, {}}));
  }
}

TEST_CASE("keys before the horizon go when a table would grow, and the memory stays") {
  Random random(4);
  SeenTable table({true, false}, 0, 0);
  for (int64_t time = 0; time < 200'000; time++) {
    OwnedKey key = random_key(random, 0, UINT64_MAX, 1);
    key.time = time;
    insert(table, key.key(), time - 1000);
  }
  CHECK(table.size() < 3000);
  CHECK(table.memory() < 200'000);
}

TEST_CASE("a key costs at most 24 bytes in memory, 32 with its time") {
  Random random(5);
  SeenTable plain({false, false}, 0, 0), timed({true, false}, 0, 0);
  double most_plain = 0, most_timed = 0, sum_plain = 0;
  for (int i = 0; i < 100'000; i++) {
    const OwnedKey key = random_key(random, 0, UINT64_MAX, 1000);
    insert(plain, key.key(), INT64_MIN);
    insert(timed, key.key(), INT64_MIN);
    if (i < 1000) continue;
    most_plain = std::max(most_plain, static_cast<double>(plain.memory()) / (i + 1));
    most_timed = std::max(most_timed, static_cast<double>(timed.memory()) / (i + 1));
    sum_plain += static_cast<double>(plain.memory()) / (i + 1);
  }
  CHECK(most_plain <= 24.1);
  CHECK(most_timed <= 32.5);
  CHECK(sum_plain / 99'000 < 22);
}
