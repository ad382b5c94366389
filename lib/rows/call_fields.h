// Fields for what aggregates compute: expressions in place of a field, and conditions of their own.
#pragma once

#include <vector>

#include "aggregate/functions.h"
#include "rows/row_plan.h"

namespace ev {

/// Gives each call that has an expression a field of its own, null in the rows that its condition leaves out; the
/// settings make these fields. Throws Error(usage) about -a.
std::vector<Setting> make_call_fields(std::vector<AggregateCall>& calls, const ExpressionOptions& options);

}  // namespace ev
