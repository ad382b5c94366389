// Aggregate functions: a small mergeable contract (init, update, merge, finish, serialise), a file each.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/batch.h"

namespace ev {

/// `count`, `count(f)`, `sum(f)`, `min(f)`, `max(f)`, `mean(f)`, `median(f)`, `p50(f)` ... `p99.9(f)`, `distinct(f)`,
/// `distinct_exact(f)`, `var(f)`, `stddev(f)`, `first(f)`, `last(f)`, `rate`, `share(count)`, `top(f, k)`, each with an optional `as NAME`. An expression may stand in place of f, and
/// `where EXPR` before `as`: the command makes a field of them, and names it in `field`.
/// `EXPR as NAME` is a formula over other results of the list: `errors / count as error_rate`. Aggregates within it become
/// results of their own, under their usual names, at the end of the list.
struct AggregateCall {
  std::string function;  // its one name: p50 for median, top10 for top(f)
  std::string field;  // empty for count
  std::string name;   // result column: `as`, or "count", "sum_value"; characters outside [A-Za-z0-9_] become _
  std::string argument = {};  // an expression in place of a field
  std::string where = {};     // an expression: only events for which it is true
  std::string formula = {};   // in place of all that: an expression over other results; the function is "formula"
};
/// "count, sum(value), p99(latency) as slow". Throws Error(usage), with near names of functions.
std::vector<AggregateCall> parse_aggregates(std::string_view text);

}  // namespace ev
