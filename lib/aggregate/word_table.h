// From 64-bit words to numbers: an array where the words lie close together, an open-addressing hash table elsewhere.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "base/hash.h"
#include "base/pod_vector.h"

namespace ev {

/// Ids are mostly small or counted up: while the words lie close together, an array of at most 8 MiB holds the number
/// of each word of their range. The first word far away moves all to a hash table: linear probing over 16-byte slots,
/// at most 5/8 full. Numbers are given by the caller, below 2^32 - 1.
class WordTable {
 public:
  /// numbers[i] becomes the number of words[i]; `add(word)` is called for each new word and returns its number.
  template <class Add>
  void find_or_add(std::span<const uint64_t> words, uint32_t* numbers, Add&& add) {
    if (words.empty()) return;
    if (!hashed_ && !reach(words)) move_to_slots();
    if (hashed_)
      find_in_slots(words, numbers, add);
    else
      find_in_array(words, numbers, add);
  }
  std::size_t size() const { return size_; }
  uint64_t memory() const { return slots_.capacity() * sizeof(Slot) + array_.capacity() * sizeof(uint32_t); }

 private:
  static constexpr uint64_t kLargestArray = uint64_t{1} << 21;
  static constexpr uint64_t kSmallArray = 4096;
  static constexpr uint64_t kSparse = 64;  // at least one word of so many in the range is there, or the batch fills it
  static constexpr uint32_t kUnknown = UINT32_MAX;

  /// Makes the array reach over these words; false where it would be too large.
  bool reach(std::span<const uint64_t> words) {
    // As signed, so that ids around 0 are close together.
    int64_t low = INT64_MAX, high = INT64_MIN;
    for (uint64_t word : words) {
      int64_t value = static_cast<int64_t>(word);
      low = value < low ? value : low;
      high = value > high ? value : high;
    }
    if (!array_.empty()) {
      int64_t first = static_cast<int64_t>(lowest_), last = static_cast<int64_t>(lowest_ + array_.size() - 1);
      if (low >= first && high <= last) return true;
      low = first < low ? first : low;
      high = last > high ? last : high;
    }
    uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
    if (range >= kLargestArray || range >= kSparse * (size_ + words.size()) + kSmallArray) return false;
    grow_array(low, range + 1);
    return true;
  }
  void grow_array(int64_t low, uint64_t count) {
    // Half as much again upwards, so that ids that go on rising do not copy the array with each batch.
    uint64_t room = count + count / 2;
    if (room > static_cast<uint64_t>(INT64_MAX) - static_cast<uint64_t>(low)) room = count;
    PodVector<uint32_t> wider(room < kLargestArray ? room : kLargestArray, kUnknown);
    if (!array_.empty()) {
      uint64_t shift = lowest_ - static_cast<uint64_t>(low);
      std::memcpy(wider.data() + shift, array_.data(), array_.size() * sizeof(uint32_t));
    }
    array_.swap(wider);
    lowest_ = static_cast<uint64_t>(low);
  }
  void move_to_slots() {
    hashed_ = true;
    std::size_t count = size_;
    size_ = 0;
    if (count) make_room(count);
    for (std::size_t i = 0; i < array_.size(); i++) {
      if (array_[i] == kUnknown) continue;
      auto known = [&](uint64_t) { return array_[i]; };
      probe(lowest_ + i, hash(lowest_ + i) >> shift_, known);
    }
    array_ = PodVector<uint32_t>();
  }

  template <class Add>
  void find_in_array(std::span<const uint64_t> words, uint32_t* numbers, Add&& add) {
    uint32_t* array = array_.data();
    for (std::size_t i = 0; i < words.size(); i++) {
      uint32_t& number = array[words[i] - lowest_];
      if (number == kUnknown) {
        number = add(words[i]);
        size_++;
      }
      numbers[i] = number;
    }
  }
  template <class Add>
  void find_in_slots(std::span<const uint64_t> words, uint32_t* numbers, Add&& add) {
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
  PodVector<uint32_t> array_;  // number of word lowest_ + i, or kUnknown
  uint64_t lowest_ = 0;
  bool hashed_ = false;
};

}  // namespace ev
