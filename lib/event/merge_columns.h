// Two columns of one field and type that share no row, as one.
#pragma once

#include <cstdint>

#include "event/column.h"

namespace ev {

/// The values of both in row order, as if they had been appended row by row. Requires: the same path and type; no row
/// has a value in both, so each has a validity bitmap over `rows` rows unless the other is empty.
Column merge_columns(const Column& a, const Column& b, uint32_t rows);

}  // namespace ev
