// The groups: distinct combinations of key values, numbered.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "aggregate/key_values.h"
#include "base/time.h"
#include "event/batch.h"

namespace ev {

/// Combinations are numbered key by key: the first two keys' numbers make a pair, which is numbered; the pair's number
/// and the third key's make the next pair. The last pair's number is the group's.
class GroupTable {
 public:
  explicit GroupTable(std::size_t keys) : keys_(keys), pairs_(keys > 1 ? keys - 1 : 0) {}

  /// groups[row] becomes the row's group. `paths` are the keys' in this batch, -1 where it has none; with `buckets`,
  /// the first key is the bucket of the event time and paths[0] is not looked at.
  void number_rows(const Batch& batch, std::span<const int> paths, const Buckets* buckets, PodVector<uint32_t>& groups);
  /// The group here of each group of `other`.
  PodVector<uint32_t> merge(const GroupTable& other);

  /// The number of a value of a key, which becomes part of key(k).
  uint32_t number_value(std::size_t k, const Value& value) { return keys_[k].number(value); }
  /// The group of one value of each key, by their numbers.
  uint32_t number_group(std::span<const uint32_t> values);

  uint32_t size() const;
  std::size_t key_count() const { return keys_.size(); }
  /// The value of each key of a group, as a number into keys().
  void split(uint32_t group, uint32_t* values) const;
  const KeyValues& key(std::size_t k) const { return keys_[k]; }
  KeyValues& key(std::size_t k) { return keys_[k]; }
  /// All groups in the order of their keys.
  PodVector<uint32_t> sorted() const;
  uint64_t memory() const;

 private:
  struct Pairs {
    WordTable table;
    PodVector<uint64_t> pairs;
    void find_or_add(std::span<const uint64_t> wanted, uint32_t* numbers);
  };
  /// The numbers of a batch's rows, renumbered so that they are small.
  struct Local {
    PodVector<uint32_t> of_row;  // per row
    PodVector<uint32_t> global;  // per small number
    PodVector<uint32_t> small;   // per global number, valid where global[small[n]] == n
    void renumber(std::span<const uint32_t> numbers, std::size_t count);
  };
  void combine(Pairs& pairs, std::size_t left_count, std::size_t right_count, PodVector<uint32_t>& left,
               std::span<const uint32_t> right);
  void combine_all(Pairs& pairs, std::size_t right_count, PodVector<uint32_t>& left, std::span<const uint32_t> right);
  void combine_few(Pairs& pairs, PodVector<uint32_t>& left);

  std::vector<KeyValues> keys_;
  std::vector<Pairs> pairs_;  // pairs_[k] joins keys 0 to k with key k + 1
  Local left_, right_;        // scratch
  PodVector<uint32_t> column_, cells_;
  PodVector<uint64_t> wanted_;
};

}  // namespace ev
