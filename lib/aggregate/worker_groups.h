// The groups of all workers, in memory while they fit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "aggregate/aggregator.h"
#include "aggregate/seen_fields.h"
#include "aggregate/spilled_groups.h"

namespace ev {

class WorkerGroups {
 public:
  /// `memory`: what the process may use, in bytes.
  WorkerGroups(const AggregateQuery& query, unsigned threads, uint64_t memory);

  /// One thread at a time for each worker. Throws Error(io) where the state of a single group is too large, and what
  /// SpilledGroups::spill() throws.
  void add(const Batch& batch, unsigned worker);
  const AggregateQuery& query() const { return query_; }
  /// Fields that events had, formulas aside, which are computed.
  SeenFields fields() const;

  /// What the first worker has; nullptr: nothing yet, or not all of it.
  const Aggregator* first_part() const { return parts_[0] && spilled_.empty() ? &*parts_[0] : nullptr; }
  /// After the last add(): Aggregator::fill(). Throws Error(io) where the groups need too much memory.
  void fill(int64_t since, int64_t until);
  /// After the last add(). All groups; or none, but the names and warnings of those that are in spilled().
  const Aggregator& all() { return merged_parts(); }
  /// The same, to be kept.
  Aggregator take_all() { return std::move(merged_parts()); }
  /// Where groups were spilled, all of them are there.
  SpilledGroups* spilled() { return spilled_.empty() ? nullptr : &spilled_; }
  /// The groups of a range of spilled(). Thread-safe, after all(). Throws Error(io) where they need too much memory.
  Aggregator merged(const SpilledGroups::Range& range) const;

 private:
  Aggregator& merged_parts();
  /// Bytes that groups may have which cannot be spilled, or not again.
  uint64_t most_of_range() const;
  [[noreturn]] void fail_for_memory(uint64_t groups) const;

  AggregateQuery query_;
  uint64_t memory_, memory_of_part_;
  bool may_spill_;
  std::vector<std::optional<Aggregator>> parts_;  // per worker, made when it is first used
  std::vector<SeenFields> seen_;                  // per worker
  SpilledGroups spilled_;
};

}  // namespace ev
