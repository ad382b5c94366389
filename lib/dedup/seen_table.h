// Kept keys in memory, in the order of their fingerprints.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/pod_vector.h"
#include "dedup/kept_key.h"

namespace ev {

/// Open addressing with linear probing, where a fingerprint's place follows from its size and runs are kept sorted
/// ("ordered hash tables", Amble and Knuth, 1974): a search ends as soon as a larger one is met, a table can be filled to
/// kMostLoad, and going through it gives the keys in their order. Tables grow by a seventh, so that a key costs 19 to 22
/// bytes, 28 to 32 with its time. One thread.
class SeenTable {
 public:
  /// All fingerprints here begin with the same `shared_bits` bits.
  SeenTable(KeyShape shape, unsigned shared_bits) : shape_(shape), shared_bits_(shared_bits) {}

  void prefetch(const Fingerprint& print) const {
    if (!prints_.empty()) __builtin_prefetch(&prints_[home(print)]);
  }
  bool find(const KeyQuery& query) const;
  /// Keys with times before `horizon` need not be kept any more; they go when the table grows.
  void insert(const KeptKey& key, int64_t horizon);

  std::size_t size() const { return size_; }
  uint64_t memory() const;
  void clear();
  /// Calls f(KeptKey) in order; their batches are 0.
  template <class F>
  void for_each(F&& f) const {
    for (std::size_t at = 0; at < prints_.size(); at++)
      if (prints_[at] != Fingerprint{}) f(key_at(at));
  }
  /// The first place from `at` on that holds a key, or places().
  std::size_t next_place(std::size_t at) const {
    while (at < prints_.size() && prints_[at] == Fingerprint{}) at++;
    return at;
  }
  std::size_t places() const { return prints_.size(); }
  KeptKey key_at(std::size_t at) const;

 private:
  static constexpr double kMostLoad = 0.86, kLoadAfterGrowth = 0.75;
  static constexpr std::size_t kLeastCapacity = 16;
  /// Places behind the last home, so that most runs there need no growth.
  static constexpr std::size_t kTail = 16;

  std::size_t home(const Fingerprint& print) const {
    __extension__ using uint128 = unsigned __int128;
    return static_cast<std::size_t>(static_cast<uint128>(print.hi << shared_bits_) * capacity_ >> 64);
  }
  std::size_t first_not_less(const Fingerprint& print) const;
  void put(std::size_t at, const KeptKey& key);
  void make_room(std::size_t places);
  void grow(int64_t horizon);

  KeyShape shape_;
  unsigned shared_bits_;
  std::size_t capacity_ = 0;  // homes; there are more places
  std::size_t size_ = 0;
  PodVector<Fingerprint> prints_;
  PodVector<int64_t> times_;     // as many, with KeyShape::times
  PodVector<uint64_t> offsets_;  // as many, with KeyShape::bytes: where the key stands in bytes_
  Buffer bytes_;                 // u32 length, key
};

}  // namespace ev
