// Hashes of the values of a column, by which distinct values are told apart.
#pragma once

#include <cstdint>
#include <vector>

#include "base/hash.h"
#include "event/batch.h"
#include "event/value_order.h"

namespace ev {

/// Mixes all bits into all (the finalizer of splitmix64); different words stay different.
inline uint64_t mix_bits(uint64_t x) {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9;
  x ^= x >> 27;
  x *= 0x94d049bb133111eb;
  return x ^ x >> 31;
}

/// Of a value that is no text. As with keys of groups, values of different types are different; 0.0 and -0.0 are one
/// value, and so are all NaNs, and equal instants.
inline Hash128 hash_of_word(Type type, uint64_t word) {
  if (type == Type::float64) word = word == kSignBit ? 0 : canonical_float(word);
  const auto seed = static_cast<uint64_t>(type) * 0x9e3779b97f4a7c15;
  return {mix_bits(word ^ seed), mix_bits(word * 0xd6e8feb86659fd93 + ~seed)};
}
inline Hash128 hash_of_text(Type type, std::string_view text) {
  return hash128(as_bytes(text), static_cast<uint64_t>(type));
}

/// Calls f(i, hash) for each value of the column, in order.
template <class F>
void for_each_hash(const Column& column, F&& f) {
  if (!is_text_type(column.type)) {
    for (std::size_t i = 0; i < column.words.size(); i++) f(i, hash_of_word(column.type, column.words[i]));
  } else if (column.codes.empty() || column.codes.size() < column.texts.size()) {
    for (std::size_t i = 0; i < column.size(); i++) f(i, hash_of_text(column.type, column.text(i)));
  } else {
    std::vector<Hash128> hashes(column.texts.size());
    for (std::size_t t = 0; t < hashes.size(); t++) hashes[t] = hash_of_text(column.type, column.texts[t]);
    for (std::size_t i = 0; i < column.codes.size(); i++) f(i, hashes[column.codes[i]]);
  }
}

}  // namespace ev
