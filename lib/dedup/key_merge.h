// Kept keys of several tables and segments in one order.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "dedup/key_segment.h"
#include "dedup/seen_table.h"

namespace ev {

/// Goes through sorted keys.
class KeyCursor {
 public:
  explicit KeyCursor(const KeySegment& segment);
  /// All keys of a table, as those of a batch.
  KeyCursor(const SeenTable& table, uint32_t batch);
  KeyCursor(KeyCursor&&) = default;  // a copy would refer to the keys of the first
  KeyCursor& operator=(KeyCursor&&) = default;

  bool done() const { return done_; }
  /// Good until the next advance().
  const KeptKey& key() const { return key_; }
  void advance();

 private:
  void settle();

  const KeySegment* segment_ = nullptr;
  KeyBucket bucket_;
  uint64_t next_bucket_ = 0;
  std::size_t at_ = 0;
  const SeenTable* table_ = nullptr;
  uint32_t batch_ = 0;
  KeptKey key_;
  bool done_ = false;
};

/// Gives all their keys, in order. Few cursors are expected.
void merge_keys(std::vector<KeyCursor>& cursors, const std::function<void(const KeptKey&)>& take);

}  // namespace ev
