// Groups that had to leave memory: sorted runs on disk, merged into the result.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "aggregate/aggregator.h"
#include "event/batch.h"
#include "io/temporary_file.h"

namespace ev {

/// Each run holds states in the order of their keys, as a result does. Runs of about the same size are merged into one
/// when there are many, so that only so many are ever open at a time.
class SpilledGroups {
 public:
  explicit SpilledGroups(const AggregateQuery& query);
  ~SpilledGroups();

  /// Writes all groups to a run; the aggregator has none afterwards. Thread-safe. Throws Error(cannot_create, io).
  void spill(Aggregator& aggregator);
  bool empty() const { return levels_.empty(); }
  /// Bytes written.
  uint64_t bytes() const { return bytes_; }

  /// After the last spill(): rows of all runs whose groups are in no later range, ranges being in the order of their
  /// keys; nullopt after the last one.
  using Range = std::vector<Batch>;
  std::optional<Range> next_range();
  /// The groups of a range, to be named as `names` would name them. Thread-safe.
  Aggregator merged(const Range& range, const Aggregator& names) const;

 private:
  static constexpr std::size_t kMostRuns = 32;  // of a level

  struct Run {
    TemporaryFile file;
    std::vector<Path> keys;  // fields
  };
  class Readers;

  Run write(const Aggregator& groups) const;
  Run merge(std::vector<Run>&& runs, Aggregator::KeyForms* forms = nullptr) const;
  void add(Run&& run, std::size_t level);
  void note_forms(const Aggregator& groups);

  AggregateQuery query_;  // merges states
  std::mutex mutex_;      // of all below
  std::vector<std::vector<Run>> levels_;
  uint64_t bytes_ = 0;
  std::vector<std::set<uint32_t>> forms_;  // per key: in which instants are written
  Aggregator::KeyForms key_forms_;         // of each instant, where there are several
  std::unique_ptr<Readers> readers_;       // of all runs
};

}  // namespace ev
