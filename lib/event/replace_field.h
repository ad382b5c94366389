// A field whose values turned out to be events themselves gives way to their fields.
#pragma once

#include <cstdint>
#include <span>

#include "event/batch.h"

namespace ev {

struct FieldReplacement {
  Batch batch;
  uint64_t replaced = 0;    // rows whose field gave way
  uint64_t overridden = 0;  // of these: rows in which other fields gave way, too, to parts of the same name
};

/// Row i of `parts` goes into row `rows[i]` of `whole`: its fields stand where that row had the field with path number
/// `field`, one of the top level. Other fields of the row with the name of a part's, by their first steps, are dropped:
/// the part's counts. A row that would get more than kMaxColumns fields, or a batch more than kMaxBatchPaths paths,
/// stays as it was. `rows` ascends; each of these rows has the field in its layout. Time is per column and layout, not
/// per value, but for columns of which values are dropped.
FieldReplacement replace_field(Batch&& whole, uint16_t field, Batch&& parts, std::span<const uint32_t> rows);

}  // namespace ev
