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

std::pair<uint64_t, uint64_t> ordered(const Hash128& hash) {
  return {hash.hi, hash.lo};
}

}  // namespace

TEST_CASE("sets of hashes per group are what std::set is, and come out in order") {
  // Of few groups; half begin with ones, and so run over the end of their table.
  std::mt19937_64 random(1);
  constexpr uint32_t kGroups = 7;
  for (int round = 0; round < 30; round++) {
    GroupSets sets;
    sets.resize(2);
    sets.resize(kGroups);
    std::vector<std::set<std::pair<uint64_t, uint64_t>>> expected(kGroups);
    const std::size_t count = random() % 4000;
    for (std::size_t i = 0; i < count; i++) {
      const auto group = static_cast<uint32_t>(random() % kGroups);
      const uint64_t range = uint64_t{1} << (random() % 64);
      const uint64_t word = random() % 2 ? random() % range : ~(random() % range);
      const Hash128 hash{random() % 2 ? word : word % 3, word};
      REQUIRE(sets.add(group, hash) == expected[group].insert(ordered(hash)).second);
    }
    PodVector<Hash128> sorted;
    for (uint32_t group = 0; group < kGroups; group++) {
      REQUIRE(sets.size(group) == expected[group].size());
      sets.write_sorted(group, sorted);
      REQUIRE(std::equal(sorted.begin(), sorted.end(), expected[group].begin(), expected[group].end(),
                         [](const Hash128& hash, const auto& pair) { return ordered(hash) == pair; }));
      std::set<std::pair<uint64_t, uint64_t>> seen;
      sets.for_each(group, [&](const Hash128& hash) { seen.insert(ordered(hash)); });
      REQUIRE(seen == expected[group]);
    }
  }
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

TEST_CASE("chunks of a pool that was taken over stay as they are, and are used again") {
  for (const bool larger : {false, true}) {
    ChunkPool pool, other;
    std::vector<std::pair<uint8_t*, int>> chunks;
    for (int i = 0; i < 300; i++) {
      const bool ours = larger == (i % 5 > 0);
      chunks.emplace_back(static_cast<uint8_t*>((ours ? pool : other).take(4 + i % 14)), 4 + i % 14);
      std::fill_n(chunks.back().first, std::size_t{1} << (4 + i % 14), static_cast<uint8_t>(i));
      if (i % 3 == 0) {
        (ours ? pool : other).give_back(chunks.back().first, chunks.back().second);
        chunks.pop_back();
      }
    }
    const uint64_t memory = pool.memory() + other.memory();
    pool.take_over(other);
    CHECK(pool.memory() == memory);
    CHECK(other.memory() == 0);
    void* fresh = other.take(6);
    for (int i = 0; i < 8; i++) {
      auto* chunk = static_cast<uint8_t*>(pool.take(4 + i));
      std::fill_n(chunk, std::size_t{1} << (4 + i), uint8_t{255});
      CHECK(chunk != fresh);
    }
    CHECK(pool.memory() == memory);
    for (const auto& [chunk, bits] : chunks)
      REQUIRE(std::all_of(chunk, chunk + (std::size_t{1} << bits),
                          [&, first = *chunk](uint8_t byte) { return byte == first && byte != 255; }));
  }
}
