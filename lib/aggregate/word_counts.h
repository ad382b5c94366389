// How often each word came.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/hash.h"
#include "base/pod_vector.h"

namespace ev {

/// Keys are any words; open addressing, at most 5/8 full.
class WordCounts {
 public:
  struct Entry {
    uint64_t word;
    uint64_t count;  // 0: the slot is free
  };

  void add(uint64_t word, uint64_t count) {
    for (std::size_t at = hash(word) & mask_;; at = (at + 1) & mask_) {
      Entry& slot = slots_[at];
      if (slot.count == 0) break;
      if (slot.word != word) continue;
      slot.count += count;
      return;
    }
    insert({word, count});
  }
  /// Entries in the order of their words.
  std::vector<Entry> sorted() const;
  template <class F>
  void for_each(F&& f) const {
    for (const Entry& slot : slots_)
      if (slot.count) f(slot);
  }
  uint64_t memory() const { return slots_.capacity() * sizeof(Entry); }

 private:
  static uint64_t hash(uint64_t word) { return fold_multiply(word ^ 0x9e3779b97f4a7c15, 0xd6e8feb86659fd93); }
  void insert(const Entry& entry);
  void place(const Entry& entry);

  static constexpr std::size_t kFirstSlots = 64;
  PodVector<Entry> slots_{kFirstSlots, Entry{0, 0}};
  std::size_t size_ = 0, mask_ = kFirstSlots - 1;
};

}  // namespace ev
