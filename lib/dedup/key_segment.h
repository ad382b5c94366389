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

/// A segment that stands in a file from `offset` on. Any number of threads may look up keys, once what they need was
/// loaded. Checksums are verified before anything is believed: Error(corrupt).
class KeySegment {
 public:
  /// Reads the footer alone. `place` names it in messages.
  KeySegment(std::shared_ptr<const Input> input, uint64_t offset, uint64_t bytes, std::string place);

  const KeySegmentFooter& footer() const { return footer_; }
  const std::string& place() const { return place_; }
  /// Reads where the buckets stand (1/16 byte a key), if that was not done yet. Comes before find() and read_bucket().
  void load_index();
  /// Reads the filter (1.25 bytes a key), if that was not done yet; from then on may_hold() spares most reads. One
  /// thread, but others may look up keys.
  void load_filter();
  /// While nobody looks up keys.
  void drop_filter() {
    filter_in_use_ = nullptr;
    filter_ = {};
  }
  bool has_filter() const { return filter_in_use_.load(std::memory_order_acquire) != nullptr; }
  void prefetch(const Fingerprint& print) const {
    if (const KeyFilter* filter = filter_in_use_.load(std::memory_order_acquire)) filter->prefetch(print);
  }
  bool may_hold(const Fingerprint& print) const {
    const KeyFilter* filter = filter_in_use_.load(std::memory_order_acquire);
    return !filter || filter->may_hold(print);
  }
  /// Whether a key is there that the query means, and `wanted(batch)` is true of its batch.
  template <class Wanted>
  bool find(const KeyQuery& query, KeyBucket& scratch, Wanted&& wanted) const;
  /// Bytes in memory.
  uint64_t memory() const { return (index_.capacity() + filter_.words().capacity()) * sizeof(uint64_t); }

  /// The keys of a bucket, in order.
  void read_bucket(uint64_t bucket, KeyBucket& into) const;

 private:
  PodVector<uint64_t> read_words(uint64_t at, uint64_t words, uint64_t checksum, std::string_view what) const;
  void read(std::span<uint8_t> into, uint64_t at) const;
  [[noreturn]] void damaged(std::string_view what) const;

  std::shared_ptr<const Input> input_;
  uint64_t offset_, bytes_;
  std::string place_;
  KeySegmentFooter footer_;
  PodVector<uint64_t> index_;
  KeyFilter filter_;
  std::atomic<const KeyFilter*> filter_in_use_{nullptr};
};

/// Where in a segment a key stands.
inline uint64_t bucket_of(const Fingerprint& print, const KeySegmentFooter& segment) {
  __extension__ using uint128 = unsigned __int128;
  return static_cast<uint64_t>(static_cast<uint128>(print.hi << segment.shared_bits) * segment.buckets >> 64);
}

template <class Wanted>
bool KeySegment::find(const KeyQuery& query, KeyBucket& scratch, Wanted&& wanted) const {
  read_bucket(bucket_of(query.print, footer_), scratch);
  const std::vector<KeptKey>& keys = scratch.keys;
  KeptKey first;
  first.print = query.print;
  first.time = INT64_MIN;
  for (auto at = std::lower_bound(keys.begin(), keys.end(), first); at != keys.end() && at->print == query.print; ++at) {
    if (footer_.shape.times && (at->time < query.from || at->time > query.to)) continue;
    if (footer_.shape.bytes && at->bytes != query.bytes) continue;
    if (wanted(at->batch)) return true;
  }
  return false;
}

}  // namespace ev
