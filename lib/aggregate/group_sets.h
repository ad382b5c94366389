// A set of hashes for each group.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <utility>

#include "aggregate/chunk_pool.h"
#include "aggregate/states.h"
#include "aggregate/value_hashes.h"
#include "base/hash.h"
#include "base/pod_vector.h"

namespace ev {

/// Each group has a table of its own, so that groups which come together, as those of one bucket of time do, stay in
/// the cache together. Open addressing, at most 3/4 full; a hash stands at the place that its leading bits name, or
/// soon behind, so that a table is almost in order.
class GroupSets {
 public:
  void resize(std::size_t groups) {
    const std::size_t before = sets_.size();
    sets_.resize(groups);
    for (std::size_t g = before; g < groups; g++) sets_[g] = Set{};
  }
  /// Whether it is new.
  bool add(uint32_t group, const Hash128& hash) {
    Set& set = sets_[group];
    if (hash == Hash128{}) [[unlikely]] {
      set.size += !set.has_zero;
      return !std::exchange(set.has_zero, true);
    }
    if (!set.slots) [[unlikely]]
      grow(set);
    std::size_t at = find(set, hash);
    if (set.slots[at] == hash) return false;
    if ((set.size + 1) * std::size_t{4} > (std::size_t{3} << set.bits)) [[unlikely]] {
      grow(set);
      at = find(set, hash);
    }
    set.slots[at] = hash;
    set.size++;
    return true;
  }
  /// Brings what add() will look at first, and then what it will look at next.
  void prefetch(uint32_t group) const { __builtin_prefetch(&sets_[group]); }
  void prefetch(uint32_t group, const Hash128& hash) const {
    const Set& set = sets_[group];
    if (set.slots) __builtin_prefetch(set.slots + place(set, hash));
  }
  uint32_t size(uint32_t group) const { return sets_[group].size; }
  /// In no order.
  template <class F>
  void for_each(uint32_t group, F&& f) const {
    const Set& set = sets_[group];
    if (set.has_zero) f(Hash128{});
    for (std::size_t at = 0; set.slots && at < std::size_t{1} << set.bits; at++)
      if (set.slots[at] != Hash128{}) f(set.slots[at]);
  }
  /// All hashes of the group, ascending.
  void write_sorted(uint32_t group, PodVector<Hash128>& out) const;
  uint64_t memory() const { return pool_.memory() + sets_.capacity() * sizeof(Set); }

 private:
  struct Set {
    Hash128* slots = nullptr;  // 2^bits; a free one is 0
    uint32_t size = 0;
    uint8_t bits = 0;
    bool has_zero = false;
  };
  static constexpr int kHashBits = std::countr_zero(sizeof(Hash128)), kFirstBits = 2;

  static bool before(const Hash128& a, const Hash128& b) { return a.hi != b.hi ? a.hi < b.hi : a.lo < b.lo; }
  static std::size_t place(const Set& set, const Hash128& hash) { return hash.hi >> (64 - set.bits); }
  /// Where it stands, or would.
  static std::size_t find(const Set& set, const Hash128& hash) {
    const std::size_t mask = (std::size_t{1} << set.bits) - 1;
    std::size_t at = place(set, hash);
    while (set.slots[at] != Hash128{} && set.slots[at] != hash) at = (at + 1) & mask;
    return at;
  }
  [[gnu::noinline]] void grow(Set& set) {
    const Set old = set;
    set.bits = static_cast<uint8_t>(old.slots ? old.bits + 1 : kFirstBits);
    set.slots = static_cast<Hash128*>(pool_.take(set.bits + kHashBits));
    std::memset(static_cast<void*>(set.slots), 0, sizeof(Hash128) << set.bits);
    if (!old.slots) return;
    for (std::size_t i = 0; i < std::size_t{1} << old.bits; i++)
      if (old.slots[i] != Hash128{}) set.slots[find(set, old.slots[i])] = old.slots[i];
    pool_.give_back(old.slots, old.bits + kHashBits);
  }

  ChunkPool pool_;
  PodVector<Set> sets_;
};

inline void GroupSets::write_sorted(uint32_t group, PodVector<Hash128>& out) const {
  const Set& set = sets_[group];
  out.resize(set.size);
  Hash128* end = out.data();
  if (set.has_zero) *end++ = Hash128{};
  if (!set.slots) return;
  const std::size_t slots = std::size_t{1} << set.bits;
  const auto insert = [&](const Hash128& hash) {
    Hash128* at = end++;
    for (; at > out.data() && before(hash, at[-1]); at--) *at = at[-1];
    *at = hash;
  };
  // Hashes that ran over the end of the table stand in its beginning, up to a free slot.
  const std::size_t first_free =
      static_cast<std::size_t>(std::find(set.slots, set.slots + slots, Hash128{}) - set.slots);
  const auto ran_over = [&](std::size_t at) { return at < first_free && place(set, set.slots[at]) > at; };
  for (std::size_t at = 0; at < slots; at++)
    if (set.slots[at] != Hash128{} && !ran_over(at)) insert(set.slots[at]);
  for (std::size_t at = 0; at < first_free; at++)
    if (ran_over(at)) insert(set.slots[at]);
}

/// Calls add(group, hash) for each value of the column. They go to `sets`, which are on their way from memory for a
/// whole run of values before the first is looked at.
template <class Add>
void add_hashes(const Column& column, const ValueGroups& groups, const GroupSets& sets, Add&& add) {
  constexpr std::size_t kRun = 32;
  Hash128 run[kRun];
  std::size_t begin = 0, count = 0;
  const auto add_run = [&] {
    const uint32_t* of = groups.ids.data() + begin;
    for (std::size_t i = 0; i < count; i++) sets.prefetch(of[i], run[i]);
    for (std::size_t i = 0; i < count; i++) add(of[i], run[i]);
    begin += count;
    count = 0;
  };
  for_each_hash(column, [&](std::size_t i, const Hash128& hash) {
    sets.prefetch(groups.ids[i]);
    run[count++] = hash;
    if (count == kRun) add_run();
  });
  add_run();
}

}  // namespace ev
