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
};
std::optional<CountedUnit> next_counted(Source& source);

uint32_t rows_of(const SourceItem& item);

/// Leaves rows [begin, end) in the item; the others count as filtered.
void keep_rows(SourceItem& item, uint32_t begin, uint32_t end);

/// The rows of the item, all passed. Thread-safe. A block that was not opened goes on as it is.
OutgoingBlock outgoing(const StreamOutput& out, SourceItem&& item);

}  // namespace ev
