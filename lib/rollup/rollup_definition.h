// What a rollup store keeps: widths of buckets, keys, results.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aggregate/aggregator.h"
#include "base/time.h"

namespace ev {

/// As the command line gave it: it is read anew by each run.
struct RollupDefinition {
  std::vector<std::string> every;  // widths of the levels, the finest first
  std::vector<std::string> by;     // keys
  std::string calls;
  std::string timezone;  // of the buckets; empty: UTC
  std::string where;     // of the events; empty: all
};

struct RollupLevel {
  std::string name;  // "1h", as it was given
  Buckets buckets;
};

/// Puts the widths in order, the finest first. Throws Error(usage) where one is named twice, and where one is not made
/// up of whole buckets of the one before: it could not be merged from them.
void order_widths(std::vector<std::string>& every);
/// Throws Error(usage) for widths that are none.
std::vector<RollupLevel> levels_of(const RollupDefinition& definition);

/// In what a definition differs from the one that a store was made with: "-a is 'count', not 'sum(x)'". nullopt: in
/// nothing but the way it is written. Throws Error(usage).
std::optional<std::string> difference(const RollupDefinition& made, const RollupDefinition& wanted);

/// The query that merges results of a query over events, in these buckets.
AggregateQuery merging_query(const AggregateQuery& of_events, const Buckets& buckets);

}  // namespace ev
