// The running totals of one segment, to be written into its END or held against it.
#pragma once

#include <span>
#include <string_view>

#include "stream/records.h"

namespace ev {

class SegmentTally {
 public:
  /// Counts a record before END: its header, and the length of its body.
  void add_record(std::span<const uint8_t> header, uint64_t body_bytes);
  /// Counts the rows of a block, besides add_record().
  void add_block(const BlockHeader& header);
  /// Marks the record just counted as the INDEX.
  void mark_index(uint64_t body_bytes) { index_bytes_ = kRecordHeaderBytes + body_bytes; }

  uint64_t blocks() const { return blocks_; }
  uint64_t rows() const { return rows_; }
  /// Bytes of the records so far: the offset of the next one.
  uint64_t bytes() const { return bytes_; }
  uint64_t index_bytes() const { return index_bytes_; }

  /// Fills in the totals of an END that comes next.
  void fill(EndRecord& end) const;
  /// Throws Error(corrupt) where the totals of `end` are not these.
  void verify(const EndRecord& end, std::string_view place) const;

 private:
  Checksum64 headers_;
  uint64_t bytes_ = 0, index_bytes_ = 0, blocks_ = 0, rows_ = 0, raw_bytes_ = 0;
  Hash128 digest_;
};

/// Throws Error(corrupt) unless the ledger of a COMPLETE segment balances and its `out` is the rows.
void verify_ledger(const EndRecord& end, std::string_view place);

}  // namespace ev
