// Keys that a test makes up.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "dedup/seen_table.h"

namespace ev::test {

using Random = std::mt19937_64;

/// Fingerprints that begin with `shared_bits` zeros; `few` of them come again and again. Bytes are their owner's.
struct OwnedKey {
  Fingerprint print;
  int64_t time = 0;
  uint32_t batch = 0;
  std::string bytes;
  KeptKey key() const { return {print, time, batch, bytes}; }
};

/// splitmix64: numbers far apart for numbers side by side.
inline uint64_t spread(uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
  x = (x ^ x >> 27) * 0x94d049bb133111eb;
  return x ^ x >> 31;
}

inline OwnedKey random_key(Random& random, unsigned shared_bits, uint64_t few, int64_t times) {
  const uint64_t number = random() % few;
  OwnedKey key;
  key.print = {spread(number) >> shared_bits, spread(~number) | 1};
  key.time = static_cast<int64_t>(random() % static_cast<uint64_t>(times)) * 1000;
  key.batch = static_cast<uint32_t>(random() % 3);
  key.bytes = std::string(random() % 5, static_cast<char>('a' + random() % 2));
  return key;
}

inline bool found_in(const SeenTable& table, const KeyQuery& query) {
  std::size_t at = 0;
  return table.find(query, at);
}

inline void insert(SeenTable& table, const KeptKey& key, int64_t horizon) {
  std::size_t at = 0;
  table.find({key.print, 0, 0, {}}, at);
  table.insert(at, key, horizon);
}

}  // namespace ev::test
