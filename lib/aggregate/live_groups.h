// Groups that come out while events still come: those of buckets of time, or of sessions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aggregate/aggregator.h"
#include "event/batch.h"

namespace ev {

/// Per row: the largest event time among the rows up to it; INT64_MIN where none has one.
PodVector<int64_t> running_maximum(const Batch& batch);

/// The watermark is the largest event time that came, less the lateness; it says what is closed. Each row is judged by
/// itself, in the order of the rows: the result does not depend on how they are cut into batches. One thread.
class LiveGroups {
 public:
  virtual ~LiveGroups() = default;

  struct Outcome {
    std::vector<Batch> closed;  // states, as of Aggregator::finish()
    Selection late;             // rows that came too late, in order
    uint64_t untimed = 0;       // rows without an event time, which are in no group
    uint64_t absorbed = 0;      // rows that are in a group
  };
  /// `seen`, per row: the largest event time up to it, of rows that were left out as well; `seen_at_end` that behind
  /// the last row, which also holds what a watermark of the batch said. INT64_MIN: none. Not below their values before.
  virtual Outcome add(const Batch& batch, std::span<const int64_t> seen, int64_t seen_at_end) = 0;
  /// At the end of the input, or where it has been idle: all that is open.
  virtual std::vector<Batch> close_all() = 0;
  /// No row of the result that is still to come is earlier, unless late rows revise it. nullopt: not known.
  virtual std::optional<int64_t> watermark() const = 0;
  virtual uint64_t memory() const = 0;
  virtual uint64_t groups() const = 0;
  virtual bool any_open() const = 0;
  virtual const AggregateQuery& query() const = 0;
  /// As of one Aggregator over all rows.
  virtual std::vector<std::string> warnings() const = 0;
};

}  // namespace ev
