// A list of hashes for each group, in which a hash may stand several times.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <utility>

#include "aggregate/chunk_pool.h"
#include "base/pod_vector.h"

namespace ev {

/// Adding only appends: groups that come together, as those of one bucket of time do, stay in the cache with the ends
/// of their lists. Lists are chains of chunks, so that nothing moves as they grow or are put together.
class HashLists {
 public:
  void resize(std::size_t groups) {
    const std::size_t before = lists_.size();
    lists_.resize(groups);
    std::fill(lists_.begin() + before, lists_.end(), List{});
  }
  /// False, and nothing done, where the last chunk of the list is full: grow() it, or make it shorter.
  bool try_add(uint32_t group, uint64_t hash) {
    List& list = lists_[group];
    if (list.used == list.room) [[unlikely]]
      return false;
    list.last->hashes()[list.used++] = hash;
    return true;
  }
  /// Another chunk.
  void grow(uint32_t group) {
    List& list = lists_[group];
    add_chunk(list, list.last ? std::clamp(list.last->bits + 1, kFirstBits, kMostBits) : kFirstBits);
  }
  /// Whether it is time to look for equal ones: the list has several times as many as differed before.
  bool is_long(uint32_t group) const { return size(group) >= lists_[group].long_at; }
  /// The list becomes these, with room for more; it is long with `most_long` at the latest.
  void assign(uint32_t group, std::span<const uint64_t> hashes, uint32_t most_long) {
    List& list = lists_[group];
    give_back(list.last);
    list = List{};
    list.long_at = std::min(kLongerBy * static_cast<uint32_t>(hashes.size()), most_long);
    add_chunk(list, static_cast<int>(std::bit_width(sizeof(Chunk) + hashes.size_bytes())));
    std::memcpy(list.last->hashes(), hashes.data(), hashes.size_bytes());
    list.used = static_cast<uint16_t>(hashes.size());
  }
  /// Leaves the list empty, with the room of its last chunk. Requires that it has had hashes.
  void clear(uint32_t group) {
    List& list = lists_[group];
    give_back(std::exchange(list.last->before, nullptr));
    list.last->before_it = 0;
    list.used = 0;
  }
  /// Appends list g of `other` to list groups[g], which leaves `other` without any.
  void take_over(HashLists& other, std::span<const uint32_t> groups) {
    pool_.take_over(other.pool_);
    for (std::size_t g = 0; g < groups.size(); g++) {
      List &to = lists_[groups[g]], from = other.lists_[g];
      if (!from.last) continue;
      if (to.last) {
        const uint32_t before = size(to);
        Chunk* first = from.last;
        for (first->before_it += before; first->before; first->before_it += before) first = first->before;
        first->before = to.last;
        to.last->used = to.used;
        from.long_at = std::max(from.long_at, to.long_at);
      }
      to = from;
    }
    other.lists_.clear();
  }
  /// Brings what try_add() will look at first, and then where it will write.
  void prefetch(uint32_t group) const { __builtin_prefetch(&lists_[group]); }
  void prefetch_end(uint32_t group) const {
    const List& list = lists_[group];
    if (list.last) __builtin_prefetch(list.last->hashes() + list.used, 1);
  }
  std::size_t size(uint32_t group) const { return size(lists_[group]); }
  /// In no order.
  template <class F>
  void for_each(uint32_t group, F&& f) const {
    uint32_t used = lists_[group].used;
    for (Chunk* chunk = lists_[group].last; chunk; chunk = chunk->before) {
      for (const uint64_t* at = chunk->hashes(); used > 0; at++, used--) f(*at);
      if (chunk->before) used = chunk->before->used;
    }
  }
  uint64_t memory() const { return pool_.memory() + lists_.capacity() * sizeof(List); }

 private:
  /// The head of 2^bits bytes of hashes.
  struct Chunk {
    Chunk* before;
    uint32_t before_it;  // hashes in the chunks before
    uint16_t used;       // unless it is the last
    uint8_t bits;

    uint64_t* hashes() { return reinterpret_cast<uint64_t*>(this + 1); }
  };
  static constexpr int kFirstBits = 5, kMostBits = 11;
  static constexpr uint32_t kFirstLong = 16, kLongerBy = 8;

  struct List {
    Chunk* last = nullptr;
    uint16_t used = 0, room = 0;  // hashes in the last chunk
    uint32_t long_at = kFirstLong;
  };

  static uint32_t size(const List& list) { return list.last ? list.last->before_it + list.used : 0; }
  void add_chunk(List& list, int bits) {
    auto* chunk = static_cast<Chunk*>(pool_.take(bits));
    *chunk = {list.last, size(list), 0, static_cast<uint8_t>(bits)};
    if (list.last) list.last->used = list.used;
    list.last = chunk;
    list.used = 0;
    list.room = static_cast<uint16_t>(((std::size_t{1} << bits) - sizeof(Chunk)) / sizeof(uint64_t));
  }
  void give_back(Chunk* last) {
    while (last) {
      Chunk* before = last->before;
      pool_.give_back(last, last->bits);
      last = before;
    }
  }

  ChunkPool pool_;
  PodVector<List> lists_;
};

}  // namespace ev
