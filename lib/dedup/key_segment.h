// Kept keys in a file, sorted, written once: of spilled tables and of dedup states (ev-state(5)).
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dedup/kept_key.h"
#include "dedup/key_filter.h"
#include "io/input.h"
#include "io/output.h"

namespace ev {

/// What a segment holds, from its last bytes.
struct KeySegmentFooter {
  KeyShape shape;
  uint64_t keys = 0;
  int64_t min_time = INT64_MAX, max_time = INT64_MIN;  // with KeyShape::times
  uint64_t shared_bits = 0;  // that all fingerprints begin with
  uint64_t buckets = 0;      // of equal ranges of the fingerprints that do
  uint64_t filter_at = 0, filter_words = 0, index_at = 0;  // from the first byte of the segment
  uint64_t filter_checksum = 0, index_checksum = 0;
};
inline constexpr std::size_t kKeySegmentFooterBytes = 128;

class KeySegmentWriter {
 public:
  /// At most `keys` will come, whose fingerprints have their first `shared_bits` in common. `out` is appended to and not
  /// finished.
  KeySegmentWriter(Output& out, KeyShape shape, uint64_t keys, unsigned shared_bits = 0);
  /// In ascending order (operator<).
  void add(const KeptKey& key);
  /// Returns the bytes of the segment.
  uint64_t finish();
  const KeySegmentFooter& footer() const { return footer_; }

 private:
  void end_bucket();
  void write(const Buffer& bytes);

  Output& out_;
  KeySegmentFooter footer_;
  KeyFilter filter_;
  std::vector<KeptKey> bucket_;
  Buffer bucket_bytes_;  // of these keys, one after the other
  uint64_t bucket_number_ = 0;
  PodVector<uint64_t> index_;  // offset and checksum of each bucket, and where the last one ends
  uint64_t written_ = 0;
  Buffer encoded_;
};

/// Keys that were read, and the bytes that they refer to.
struct KeyBucket {
  Buffer bytes;
  std::vector<KeptKey> keys;
};

/// Which batches a search is about.
struct BatchChoice {
  std::span<const uint32_t> left_out;  // sorted
  uint32_t without = 0, only = 0;      // numbers of batches, 0: none, all
  bool wants(uint32_t batch) const {
    return (only == 0 || batch == only) && (without == 0 || batch != without) &&
           !std::binary_search(left_out.begin(), left_out.end(), batch);
  }
};

/// A segment that stands in a file from `offset` on. Any number of threads may look up keys. Checksums are verified before
/// anything is believed: Error(corrupt).
class KeySegment {
 public:
  /// Reads the footer alone. `place` names it in messages.
  KeySegment(std::shared_ptr<const Input> input, uint64_t offset, uint64_t bytes, std::string place);

  const KeySegmentFooter& footer() const { return footer_; }
  const std::string& place() const { return place_; }
  /// For many searches: reads where the buckets stand, and the filter (together 1.5 bytes a key), if that was not done yet;
  /// from then on may_hold() spares most reads, and each bucket is verified only once. One thread, but others may look up
  /// keys.
  void load();
  bool loaded() const { return in_use() != nullptr; }
  /// While nobody looks up keys: from now on each search reads.
  void drop_filter() { loaded_->filter = {}; }
  bool has_filter() const { return loaded() && !in_use()->filter.empty(); }
  void prefetch(const Fingerprint& print) const {
    if (has_filter()) in_use()->filter.prefetch(print);
  }
  bool may_hold(const Fingerprint& print) const { return !has_filter() || in_use()->filter.may_hold(print); }
  /// Whether a key of these batches is there that the query means.
  bool find(const KeyQuery& query, const BatchChoice& batches, Buffer& scratch) const;
  /// Bytes in memory.
  uint64_t memory() const { return loaded_ ? loaded_->memory() : 0; }

  /// The keys of a bucket, in order.
  void read_bucket(uint64_t bucket, KeyBucket& into) const;

 private:
  struct Loaded {
    PodVector<uint64_t> index;  // as in the file
    KeyFilter filter;
    PodVector<uint64_t> verified;  // a bit for each bucket
    uint64_t memory() const {
      return (index.capacity() + filter.words().capacity() + verified.capacity()) * sizeof(uint64_t);
    }
  };
  const Loaded* in_use() const { return in_use_.load(std::memory_order_acquire); }
  void read_bytes(uint64_t bucket, Buffer& bytes) const;
  PodVector<uint64_t> read_words(uint64_t at, uint64_t words, uint64_t checksum, std::string_view what) const;
  void read(std::span<uint8_t> into, uint64_t at) const;
  [[noreturn]] void damaged(std::string_view what) const;

  std::shared_ptr<const Input> input_;
  uint64_t offset_, bytes_;
  std::string place_;
  KeySegmentFooter footer_;
  std::unique_ptr<Loaded> loaded_;
  std::atomic<Loaded*> in_use_{nullptr};  // loaded_, once it is whole
};

/// Where in a segment a key stands.
inline uint64_t bucket_of(const Fingerprint& print, const KeySegmentFooter& segment) {
  __extension__ using uint128 = unsigned __int128;
  return static_cast<uint64_t>(static_cast<uint128>(print.hi << segment.shared_bits) * segment.buckets >> 64);
}

}  // namespace ev
