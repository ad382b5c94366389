// --session: groups by runs of events without long gaps, in place of buckets.
#pragma once

#include <cstdint>

#include "aggregate/aggregator.h"
#include "aggregate/arrangement.h"
#include "cli/tool.h"
#include "rows/row_plan.h"

namespace ev {

/// Requires a query without `every` and `merge`. `gap` in ns.
void run_sessions(Session& session, const AggregateQuery& query, int64_t gap, RowPlan&& plan, Arrangement arrangement);

}  // namespace ev
