// Lists of hashes per group, and the order of hashes.
#include "aggregate/hash_lists.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "aggregate/hash_sorter.h"

using namespace ev;

namespace {

constexpr uint32_t kGroups = 5;

/// Random, with some that come again, and many that begin with zeros or ones.
uint64_t random_hash(std::mt19937_64& random) {
  const uint64_t range = uint64_t{1} << (random() % 64);
  return random() % 2 ? random() % range : ~(random() % range);
}

void add(HashLists& lists, uint32_t group, uint64_t hash) {
  if (lists.try_add(group, hash)) return;
  lists.grow(group);
  REQUIRE(lists.try_add(group, hash));
}

std::vector<uint64_t> sorted_list(const HashLists& lists, uint32_t group) {
  std::vector<uint64_t> hashes;
  lists.for_each(group, [&](uint64_t hash) { hashes.push_back(hash); });
  REQUIRE(hashes.size() == lists.size(group));
  std::sort(hashes.begin(), hashes.end());
  return hashes;
}

}  // namespace

TEST_CASE("a hash sorter is what std::set is") {
  std::mt19937_64 random(1);
  HashSorter sorter;
  for (std::size_t round = 0; round < 200; round++) {
    const std::size_t count = round < 10 ? round : random() % 3000;
    std::set<uint64_t> expected;
    sorter.begin(count);
    for (std::size_t i = 0; i < count; i++) {
      const uint64_t hash = random_hash(random);
      sorter.add(hash);
      expected.insert(hash);
    }
    const std::span<const uint64_t> sorted = sorter.sorted();
    REQUIRE(std::equal(sorted.begin(), sorted.end(), expected.begin(), expected.end()));
  }
}

TEST_CASE("lists of hashes hold what was added, assigned and taken over") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 50; round++) {
    std::vector<std::vector<uint64_t>> expected(kGroups);
    HashLists lists;
    lists.resize(2);
    lists.resize(kGroups);
    for (int part = 0; part < 4; part++) {
      HashLists other;
      other.resize(kGroups);
      std::vector<uint32_t> groups = {3, 0, 4, 1, 2};
      for (std::size_t i = random() % 6000; i > 0; i--) {
        const auto group = static_cast<uint32_t>(random() % (kGroups - part % 2));
        const uint64_t hash = random_hash(random);
        const bool direct = random() % 2;
        add(direct ? lists : other,
            direct ? group : static_cast<uint32_t>(std::ranges::find(groups, group) - groups.begin()), hash);
        expected[group].push_back(hash);
      }
      lists.take_over(other, groups);
      const auto group = static_cast<uint32_t>(random() % kGroups);
      if (expected[group].empty()) continue;
      if (part % 2) {
        lists.clear(group);
        expected[group].clear();
      } else {
        expected[group].resize(std::min<std::size_t>(expected[group].size(), random() % 1025));
        lists.assign(group, expected[group], 2048);
        CHECK(lists.is_long(group) == (expected[group].empty()));
      }
    }
    for (uint32_t group = 0; group < kGroups; group++) {
      std::ranges::sort(expected[group]);
      REQUIRE(sorted_list(lists, group) == expected[group]);
    }
  }
}

TEST_CASE("a list is long with several times as many hashes as differed") {
  HashLists lists;
  lists.resize(1);
  const auto fill = [&] {
    std::size_t count = lists.size(0);
    for (; !lists.is_long(0); count++) add(lists, 0, count);
    return count;
  };
  CHECK(fill() == 16);
  const std::vector<uint64_t> few = {1, 2, 3}, many(1000, 7);
  lists.assign(0, few, 2048);
  CHECK(fill() == 24);
  lists.assign(0, many, 2048);
  CHECK(fill() == 2048);
}
