// Groups rows and aggregates them; states merge in any order to the same result.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "aggregate/functions.h"
#include "base/time.h"
#include "event/batch.h"

namespace ev {

struct AggregateQuery {
  std::vector<std::string> by;         // field names; null and missing are one group
  std::vector<AggregateCall> calls;
  std::optional<Buckets> every;        // a bucket of event time as the first key, column `time`
  bool merge = false;                  // input rows are earlier results: their states are merged
};

/// Names of all fields that the query reads (not the event time).
std::vector<std::string> fields_of(const AggregateQuery& query);

/// Not thread-safe: one per worker, then merge().
class Aggregator {
 public:
  explicit Aggregator(const AggregateQuery& query);
  ~Aggregator();
  Aggregator(Aggregator&&) noexcept;
  Aggregator& operator=(Aggregator&&) noexcept;

  /// Throws Error(usage) where merge meets a stream without the wanted states.
  void add(const Batch& batch);
  void merge(Aggregator&& other);
  uint64_t groups() const;
  /// Rough bytes in use, for --memory.
  uint64_t memory() const;
  /// Rows in key order: `time` (event time of the result) under --every, then the keys, then the states. In batches of
  /// at most `rows` rows. Without keys there is exactly one row.
  std::vector<Batch> finish(uint32_t rows) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Replaces each state column by its final value under the same path: count and sums of integers as int (as json text
/// where beyond uint64), others as float; unknown state versions throw Error(corrupt).
Batch finalize_states(Batch&& batch);
/// "sum", version 1: what a state is, for ev info.
std::string describe_state(std::string_view state);

}  // namespace ev
