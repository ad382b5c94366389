// An open-addressing hash table from 64-bit words to numbers.
#pragma once

#include <cstdint>
#include <span>

#include "base/hash.h"
#include "base/pod_vector.h"

namespace ev {

/// Linear probing over 16-byte slots, at most 5/8 full. Numbers are given by the caller, below 2^32 - 1.
class WordTable {
 public:
  /// numbers[i] becomes the number of words[i]; `add(word)` is called for each new word and returns its number.
  template <class Add>
  void find_or_add(std::span<const uint64_t> words, uint32_t* numbers, Add&& add) {
    // In runs: the slots of a whole run are on their way from memory before the first is looked at.
    constexpr std::size_t kRun = 32;
    std::size_t at[kRun];
    for (std::size_t begin = 0; begin < words.size(); begin += kRun) {
      std::size_t n = words.size() - begin < kRun ? words.size() - begin : kRun;
      make_room(n);
      for (std::size_t i = 0; i < n; i++) {
        at[i] = hash(words[begin + i]) >> shift_;
        __builtin_prefetch(&slots_[at[i]]);
      }
      for (std::size_t i = 0; i < n; i++) numbers[begin + i] = probe(words[begin + i], at[i], add);
    }
  }
  std::size_t size() const { return size_; }
  uint64_t memory() const { return slots_.capacity() * sizeof(Slot); }

 private:
  struct Slot {
    uint64_t word;
    uint32_t number_and_1;  // 0: empty
  };
  static uint64_t hash(uint64_t word) {
    return fold_multiply(word ^ 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93) * 0xff51afd7ed558ccd;
  }
  template <class Add>
  uint32_t probe(uint64_t word, std::size_t at, Add& add) {
    for (;; at = (at + 1) & mask_) {
      Slot& slot = slots_[at];
      if (slot.number_and_1 == 0) {
        uint32_t number = add(word);
        slot = {word, number + 1};
        size_++;
        return number;
      }
      if (slot.word == word) return slot.number_and_1 - 1;
    }
  }
  void make_room(std::size_t more) {
    if ((size_ + more) * 8 > slots_.size() * 5) grow((size_ + more) * 2);
  }
  void grow(std::size_t wanted) {
    std::size_t capacity = 256;
    int bits = 8;
    while (capacity < wanted) capacity *= 2, bits++;
    PodVector<Slot> old(capacity, Slot{0, 0});
    old.swap(slots_);
    mask_ = capacity - 1;
    shift_ = 64 - bits;
    for (const Slot& slot : old) {
      if (slot.number_and_1 == 0) continue;
      std::size_t at = hash(slot.word) >> shift_;
      while (slots_[at].number_and_1) at = (at + 1) & mask_;
      slots_[at] = slot;
    }
  }

  PodVector<Slot> slots_;
  std::size_t size_ = 0, mask_ = 0;
  int shift_ = 0;
};

}  // namespace ev
