// Keys of groups as the command line names them: fields, or expressions with a name.
#pragma once

#include <string>
#include <vector>

#include "aggregate/aggregator.h"
#include "rows/row_plan.h"

namespace ev {

/// Adds the keys "country", "path as p", "lower(path) as p" to the query. Expressions become fields of their own, which
/// the settings make; what is merged has them already, by their names. Throws Error(usage) about -b.
std::vector<Setting> add_keys(const std::vector<std::string>& keys, const ExpressionOptions& options,
                              AggregateQuery& query);

}  // namespace ev
