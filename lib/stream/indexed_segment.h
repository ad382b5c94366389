// Reading a segment by its INDEX: which blocks are needed, and what the others count.
#pragma once

#include <memory>
#include <optional>

#include "stream/reader.h"

namespace ev {

/// Which blocks are needed: those that may hold a time in [since, until) and that the filter, if there is one, wants.
struct BlockWish {
  int64_t since, until;
  BlockFilter* filter;
};

/// A segment whose other blocks are passed over by the INDEX alone.
class IndexedSegment {
 public:
  /// nullopt where the INDEX is absent, lacks the event times or would save little: then the headers are read.
  /// Throws Error(corrupt) for a damaged INDEX.
  static std::optional<IndexedSegment> plan(const Input& input, const SegmentInfo& segment, const BlockWish& wish);

  struct Skipped {
    uint64_t blocks = 0, rows = 0, timed = 0;  // `rows` are all of them
  };
  /// Moves on to the next block that is needed, adding those passed over; nullptr after the last.
  const IndexedBlock* next(Skipped& skipped);
  /// Offset in the input of the block that next() gave.
  uint64_t offset() const { return segment_.offset + index_.blocks[at_ - 1].offset; }
  /// Throws Error(corrupt) unless the header is that of the block that next() gave.
  void verify(const BlockHeader& header, std::string_view place) const;
  const SegmentInfo& segment() const { return segment_; }

 private:
  bool needed(std::size_t block, const BlockWish& wish) const;

  SegmentInfo segment_;
  Index index_;
  std::vector<uint32_t> timed_;  // rows with an event time, per block
  std::vector<bool> needed_;     // per block
  std::size_t at_ = 0;
};

}  // namespace ev
