// What a store's definition asks of events.
#pragma once

#include <cstdint>

#include "aggregate/aggregator.h"
#include "rollup/rollup_definition.h"
#include "rows/row_plan.h"

namespace ev {

struct StoreQuery {
  AggregateQuery events;  // into buckets of the finest level
  RowPlan plan;           // makes the fields that it speaks of
};

/// Throws Error(usage) where the definition makes no sense.
StoreQuery query_of(const RollupDefinition& definition, const std::vector<RollupLevel>& levels, int64_t now_ns);

}  // namespace ev
