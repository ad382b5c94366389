// Hashes of the values of a column, by which distinct values are told apart.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
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

/// The different hashes of each group, in one table for all of them; open addressing, at most 5/8 full.
template <class Hash>
class GroupedHashes {
 public:
  struct Entry {
    Hash hash;
    uint32_t group;
  };

  /// Whether it is new.
  bool add(uint32_t group, const Hash& hash) {
    if ((size_ + 1) * 8 > slots_.size() * 5) grow();
    for (std::size_t at = place_of(group, hash) & mask_;; at = (at + 1) & mask_) {
      Entry& slot = slots_[at];
      if (slot.group == kFree) {
        slot = {hash, group};
        size_++;
        sorted_.clear();
        return true;
      }
      if (slot.group == group && slot.hash == hash) return false;
    }
  }
  template <class F>
  void for_each(F&& f) const {
    for (const Entry& slot : slots_)
      if (slot.group != kFree) f(slot);
  }
  /// The entries of a group, by hash. Good until the next add().
  std::span<const Entry> of(uint32_t group) const {
    if (sorted_.empty()) sort();
    const std::size_t begin = group < ends_.size() ? (group == 0 ? 0 : ends_[group - 1]) : sorted_.size();
    const std::size_t end = group < ends_.size() ? ends_[group] : sorted_.size();
    return std::span(sorted_).subspan(begin, end - begin);
  }
  uint64_t memory() const { return slots_.capacity() * sizeof(Entry); }

 private:
  static constexpr uint32_t kFree = UINT32_MAX;
  static bool order(uint64_t a, uint64_t b) { return a < b; }
  static bool order(const Hash128& a, const Hash128& b) { return a.hi != b.hi ? a.hi < b.hi : a.lo < b.lo; }
  static std::size_t place_of(uint32_t group, uint64_t hash) { return hash ^ group * 0x9e3779b97f4a7c15; }
  static std::size_t place_of(uint32_t group, const Hash128& hash) { return place_of(group, hash.lo); }
  void sort() const {
    uint32_t groups = 0;
    for_each([&](const Entry& entry) { groups = std::max(groups, entry.group + 1); });
    ends_.assign(groups + 1, 0);  // first, where each group's part begins
    for_each([&](const Entry& entry) { ends_[entry.group + 1]++; });
    for (std::size_t g = 0; g < groups; g++) ends_[g + 1] += ends_[g];
    sorted_.resize(size_);
    for_each([&](const Entry& entry) { sorted_[ends_[entry.group]++] = entry; });
    for (std::size_t g = 0; g < groups; g++)
      std::sort(sorted_.begin() + static_cast<std::ptrdiff_t>(g == 0 ? 0 : ends_[g - 1]),
                sorted_.begin() + static_cast<std::ptrdiff_t>(ends_[g]),
                [](const Entry& x, const Entry& y) { return order(x.hash, y.hash); });
  }
  void grow() {
    PodVector<Entry> old(slots_.size() * 2, Entry{{}, kFree});
    old.swap(slots_);
    mask_ = slots_.size() - 1;
    for (const Entry& slot : old) {
      if (slot.group == kFree) continue;
      std::size_t at = place_of(slot.group, slot.hash) & mask_;
      while (slots_[at].group != kFree) at = (at + 1) & mask_;
      slots_[at] = slot;
    }
  }

  static constexpr std::size_t kFirstSlots = 64;
  PodVector<Entry> slots_{kFirstSlots, Entry{{}, kFree}};
  std::size_t size_ = 0, mask_ = kFirstSlots - 1;
  // The table while it stays as it is, by group, and where each group's part ends.
  mutable std::vector<Entry> sorted_;
  mutable std::vector<std::size_t> ends_;
};

}  // namespace ev
