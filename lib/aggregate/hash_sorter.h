// Hashes in order, each once.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "base/pod_vector.h"

namespace ev {

/// Sorts hashes, whose bits are all random, by putting each at the place that its leading bits name, or soon behind:
/// smaller ones stand before larger ones.
class HashSorter {
 public:
  /// Forgets the hashes before, and makes room for so many, of which some may be equal.
  void begin(std::size_t most) {
    bits_ = static_cast<int>(std::bit_width(most + most / 2 + 1));
    // Those that run over the end of the table stand behind it.
    slots_.resize((std::size_t{1} << bits_) + most);
    std::memset(slots_.data(), 0, slots_.size() * sizeof(uint64_t));
    has_zero_ = false;
  }
  /// No more often than was told.
  void add(uint64_t hash) {
    if (hash == 0) {
      has_zero_ = true;
      return;
    }
    uint64_t* at = slots_.data() + (hash >> (64 - bits_));
    while (*at != 0 && *at < hash) at++;
    if (*at == hash) return;
    while (*at != 0) std::swap(*at++, hash);
    *at = hash;
  }
  /// All of them. Good until the next begin().
  std::span<const uint64_t> sorted() {
    sorted_.resize(slots_.size() + 1);
    uint64_t* end = sorted_.data();
    *end = 0;
    end += has_zero_;
    const uint64_t* at = slots_.data();
    for (const uint64_t* behind = at + (std::size_t{1} << bits_); at < behind; at++) {
      *end = *at;
      end += *at != 0;
    }
    for (; at < slots_.end() && *at != 0; at++) *end++ = *at;
    return {sorted_.data(), end};
  }

 private:
  PodVector<uint64_t> slots_;  // a free one is 0
  PodVector<uint64_t> sorted_;
  int bits_ = 0;
  bool has_zero_ = false;
};

}  // namespace ev
