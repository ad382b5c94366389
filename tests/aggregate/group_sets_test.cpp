// Sets of hashes per group, and the memory of lists that grow.
#include "aggregate/group_sets.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

#include "aggregate/chunk_pool.h"

using namespace ev;

namespace {

uint64_t as_hash(uint64_t word, uint64_t) {
  return word;
}
Hash128 as_hash(uint64_t word, const Hash128&) {
  return {word % 3, word};
}
std::pair<uint64_t, uint64_t> ordered(uint64_t hash) {
  return {hash, 0};
}
std::pair<uint64_t, uint64_t> ordered(const Hash128& hash) {
  return {hash.hi, hash.lo};
}

/// Random hashes of few groups, half of which begin with ones and so run over the end of their table.
template <class Hash>
void check_against_set() {
  std::mt19937_64 random(1);
  constexpr uint32_t kGroups = 7;
  for (int round = 0; round < 30; round++) {
    GroupSets<Hash> sets;
    sets.resize(2);
    sets.resize(kGroups);
    std::vector<std::set<std::pair<uint64_t, uint64_t>>> expected(kGroups);
    const std::size_t count = random() % 4000;
    for (std::size_t i = 0; i < count; i++) {
      const auto group = static_cast<uint32_t>(random() % kGroups);
      const uint64_t range = uint64_t{1} << (random() % 64);
      const uint64_t word = random() % 2 ? random() % range : ~(random() % range);
      const Hash hash = as_hash(word, Hash{});
      REQUIRE(sets.add(group, hash) == expected[group].insert(ordered(hash)).second);
    }
    sets.clear(3);
    expected[3].clear();
    PodVector<Hash> sorted;
    for (uint32_t group = 0; group < kGroups; group++) {
      REQUIRE(sets.size(group) == expected[group].size());
      sets.write_sorted(group, sorted);
      REQUIRE(std::equal(sorted.begin(), sorted.end(), expected[group].begin(), expected[group].end(),
                         [](const Hash& hash, const auto& pair) { return ordered(hash) == pair; }));
      std::set<std::pair<uint64_t, uint64_t>> seen;
      sets.for_each(group, [&](const Hash& hash) { seen.insert(ordered(hash)); });
      REQUIRE(seen == expected[group]);
    }
  }
}

}  // namespace

TEST_CASE("sets of hashes per group are what std::set is, and come out in order") {
  check_against_set<uint64_t>();
  check_against_set<Hash128>();
}

TEST_CASE("chunks do not overlap, are aligned, and are used again") {
  ChunkPool pool;
  std::mt19937 random(1);
  struct Chunk {
    uint8_t* at;
    int bits;
    uint8_t content;
  };
  std::vector<Chunk> chunks;
  const auto holds_content = [](const Chunk& chunk) {
    return std::all_of(chunk.at, chunk.at + (std::size_t{1} << chunk.bits),
                       [&](uint8_t byte) { return byte == chunk.content; });
  };
  uint64_t most = 0;
  for (int i = 0; i < 20000; i++) {
    if (chunks.size() < 200 && random() % 2) {
      const int bits = ChunkPool::kLeastBits + static_cast<int>(random() % 14);
      auto* at = static_cast<uint8_t*>(pool.take(bits));
      REQUIRE(reinterpret_cast<uintptr_t>(at) % 16 == 0);
      chunks.push_back({at, bits, static_cast<uint8_t>(random())});
      std::fill_n(at, std::size_t{1} << bits, chunks.back().content);
    } else if (!chunks.empty()) {
      std::swap(chunks[random() % chunks.size()], chunks.back());
      REQUIRE(holds_content(chunks.back()));
      pool.give_back(chunks.back().at, chunks.back().bits);
      chunks.pop_back();
    }
    if (i == 10000) most = pool.memory();
  }
  // What was given back serves what comes: memory grows no further in proportion to what was taken.
  CHECK(pool.memory() < 2 * most);
}
