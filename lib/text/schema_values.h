// The values of one column held against one field of a schema.
#pragma once

#include "event/batch.h"
#include "text/row_check.h"
#include "text/schema.h"
#include "text/time_rules.h"

namespace ev {

/// Refuses the rows of the column whose value is not as the field must be.
void check_values(const SchemaField& field, const Column& column, uint32_t rows, const TimeRules& rules,
                  RefusedRows& refused);

}  // namespace ev
