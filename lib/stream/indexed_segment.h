// Reading a segment by its INDEX: which blocks a time range needs, and what the others count.
#pragma once

#include <memory>
#include <optional>

#include "stream/reader.h"

namespace ev {

/// A segment whose blocks outside a time range are passed over by the INDEX alone.
class IndexedSegment {
 public:
  /// nullopt where the INDEX is absent, lacks the event times or would save little: then the headers are read.
  /// Throws Error(corrupt) for a damaged INDEX.
  static std::optional<IndexedSegment> plan(const Input& input, const SegmentInfo& segment, int64_t since,
                                            int64_t until);

  struct Skipped {
    uint64_t blocks = 0, rows = 0, untimed = 0;  // `rows` are all of them
  };
  /// Moves on to the next block that is needed, adding those passed over; nullptr after the last.
  const IndexedBlock* next(Skipped& skipped);
  /// Offset in the input of the block that next() gave.
  uint64_t offset() const { return segment_.offset + index_.blocks[at_ - 1].offset; }
  /// Throws Error(corrupt) unless the header is that of the block that next() gave.
  void verify(const BlockHeader& header, std::string_view place) const;
  const SegmentInfo& segment() const { return segment_; }

 private:
  bool needed(const IndexedBlock& block) const;

  SegmentInfo segment_;
  Index index_;
  int64_t since_ = 0, until_ = 0;
  std::vector<uint32_t> timed_;  // rows with an event time, per block
  std::size_t at_ = 0;
};

}  // namespace ev
