// What becomes of the groups before they are written: --having, --sort, --top.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/aggregator.h"
#include "event/batch.h"
#include "expr/expression.h"

namespace ev {

struct SortKey {
  std::string field;
  bool descending = false;
};
/// "count desc, country". Throws Error(usage).
std::vector<SortKey> parse_sort(std::string_view text);

struct Arrangement {
  std::optional<Expression> having;  // groups for which it is true stay
  std::vector<SortKey> sort;         // by final values, in the order of value_order.h; empty: as they are
  std::optional<uint64_t> top;       // the first so many of those
  bool per_time = false;             // of each bucket of time, and the buckets in their order

  bool changes() const { return having || !sort.empty() || top; }
};

/// Throws Error(usage) where it sorts by none of the result's fields, so that this is not found out at the end only.
void check_sort(const Arrangement& arrangement, const AggregateQuery& query);

struct ArrangedRows {
  std::vector<Batch> batches;  // at most `rows` rows each; states stay states
  std::vector<std::string> warnings;
};
/// Throws Error(usage) where a field of the arrangement is none of the result's.
ArrangedRows arrange(std::vector<Batch>&& result, const Arrangement& arrangement, uint32_t rows);

}  // namespace ev
