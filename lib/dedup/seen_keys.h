// All keys that were kept: those of this run in memory or spilled, those of earlier runs in segments.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "dedup/key_segment.h"
#include "dedup/seen_table.h"
#include "io/temporary_file.h"

namespace ev {

/// Segments of tables that were too large for memory. Any thread.
class KeySpill {
 public:
  /// Calls write(Output&), which returns the bytes of a segment. Throws Error(cannot_create), Error(io).
  template <class Write>
  std::unique_ptr<KeySegment> append(Write&& write);
  uint64_t bytes() const;

 private:
  mutable std::mutex mutex_;
  std::unique_ptr<Output> output_;
  std::shared_ptr<const Input> input_;
};

/// Keys of earlier runs, whichever thread asks.
class EarlierKeys {
 public:
  /// Filters may take `memory` bytes. `left_out`: batches whose keys do not count. `again`: the batch that is given once
  /// more, 0 if none is: what it kept then, it keeps now.
  EarlierKeys(std::vector<std::shared_ptr<KeySegment>> segments, std::vector<uint32_t> left_out, uint32_t again,
              uint64_t memory);
  EarlierKeys() = default;
  bool empty() const { return segments_.empty(); }

  /// So many keys will be asked for: loads what pays off for them. Serial, while nobody else asks.
  void expect(uint64_t keys);
  void prefetch(const Fingerprint& print) const {
    for (const auto& segment : segments_) segment->prefetch(print);
  }
  /// Whether one of them is what the query means, and `key` was not kept by the batch that is given again.
  bool find(const KeyQuery& query, const KeptKey& key, Buffer& scratch) const;

 private:
  bool find_in(const KeyQuery& query, const BatchChoice& batches, Buffer& scratch) const;

  std::vector<std::shared_ptr<KeySegment>> segments_;
  std::vector<uint32_t> left_out_;  // sorted
  uint32_t again_ = 0;
  uint64_t memory_ = 0;
  uint64_t expected_ = 0;
};

/// The keys whose fingerprints begin with the same bits. One thread at a time.
class SeenPart {
 public:
  SeenPart(KeyShape shape, unsigned shared_bits, uint64_t memory, KeySpill& spill)
      : shape_(shape), shared_bits_(shared_bits), memory_(memory), spill_(spill), table_(shape, shared_bits, memory / 4) {}

  [[gnu::always_inline]] void prefetch(const Fingerprint& print) const {
    table_.prefetch(print);
    for (const auto& run : runs_) run->prefetch(print);
  }
  /// Whether no key was kept that the query means; then `key` is kept. Keys before `horizon` are not needed any more.
  bool keep(const KeyQuery& query, const KeptKey& key, const EarlierKeys& earlier, int64_t horizon) {
    std::size_t at = 0;
    if (table_.find(query, at) || in_runs(query)) return false;
    if (!earlier.empty() && earlier.find(query, key, scratch_)) return false;
    if (table_.insert(at, key, horizon)) keep_to_memory(horizon);
    return true;
  }

  uint64_t keys() const;
  uint64_t memory() const;
  const SeenTable& table() const { return table_; }
  const std::vector<std::unique_ptr<KeySegment>>& runs() const { return runs_; }
  void clear();

 private:
  static constexpr std::size_t kMaxRuns = 8;

  bool in_runs(const KeyQuery& query) { return !runs_.empty() && find_in_runs(query); }
  bool find_in_runs(const KeyQuery& query);
  void keep_to_memory(int64_t horizon);
  void spill_table();
  void merge_runs(int64_t horizon);
  void fit_filters();

  KeyShape shape_;
  unsigned shared_bits_;
  uint64_t memory_;
  KeySpill& spill_;
  SeenTable table_;
  std::vector<std::unique_ptr<KeySegment>> runs_;
  Buffer scratch_;
};

/// Parts are independent: several threads may work on one each.
class SeenKeys {
 public:
  static constexpr unsigned kPartBits = 4;
  static constexpr std::size_t kParts = std::size_t{1} << kPartBits;
  static std::size_t part_of(const Fingerprint& print) { return print.hi >> (64 - kPartBits); }

  /// Together they keep to about `memory` bytes.
  SeenKeys(KeyShape shape, uint64_t memory);

  SeenPart& part(std::size_t number) { return parts_[number]; }
  uint64_t keys() const;
  uint64_t memory() const;
  uint64_t spilled() const { return spill_.bytes(); }
  /// Writes all as a segment of keys of that batch.
  KeySegmentFooter write(Output& out, uint32_t batch) const;
  void clear();

 private:
  KeyShape shape_;
  KeySpill spill_;
  std::vector<SeenPart> parts_;
};

}  // namespace ev
