// Rows of a source that a tool passes on as they are.
#pragma once

#include <cstdint>
#include <optional>

#include "cli/stream_output.h"
#include "source/source.h"

namespace ev {

/// A unit, and what was skipped up to it: what --head N counts in does not depend on how far was read ahead.
struct CountedUnit {
  SourceUnit unit;
  Ledger skipped;
  uint64_t segment = 0;  // of standard input; of files always 0
};
std::optional<CountedUnit> next_counted(Source& source);

/// Segments of standard input go on as such: a program before may give some once more, which a program behind knows again
/// by their digests.
class SegmentBorders {
 public:
  /// Before what came of a unit of that segment is written.
  void pass(uint64_t segment, StreamOutput& out) {
    if (segment_ != segment) out.begin_segment();
    segment_ = segment;
  }

 private:
  uint64_t segment_ = 0;
};

uint32_t rows_of(const SourceItem& item);

/// Leaves rows [begin, end) in the item; the others count as filtered.
void keep_rows(SourceItem& item, uint32_t begin, uint32_t end);

/// The rows of the item, all passed. Thread-safe. A block that was not opened goes on as it is.
OutgoingBlock outgoing(const StreamOutput& out, SourceItem&& item);

}  // namespace ev
