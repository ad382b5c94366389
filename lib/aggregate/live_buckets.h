// Buckets of event time that close while events still come.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "aggregate/live_groups.h"
#include "event/batch.h"

namespace ev {

/// A bucket closes when the watermark reaches its end; its groups come out in the order of time and keys, and their
/// memory is freed. A row whose bucket has closed by then is late.
class LiveBuckets final : public LiveGroups {
 public:
  struct Options {
    int64_t lateness = 0;   // ns
    bool revise = false;    // late rows come out as further rows of their buckets, with the bucket that closes next
    uint32_t rows = 65536;  // of a batch of the result
  };
  /// Requires query.every. Throws Error(usage) as Aggregator does.
  LiveBuckets(AggregateQuery query, const Options& options);

  /// With `revise` late rows are absorbed, too.
  Outcome add(const Batch& batch, std::span<const int64_t> seen, int64_t seen_at_end) override;
  /// Later rows in the buckets that are closed are late.
  std::vector<Batch> close_all() override;
  std::optional<int64_t> watermark() const override;
  uint64_t memory() const override;
  uint64_t groups() const override;
  bool any_open() const override { return !open_.empty() || revisions_; }
  const AggregateQuery& query() const override { return query_; }
  std::vector<std::string> warnings() const override;

 private:
  struct Open {
    int64_t end;
    Aggregator groups;
  };
  /// A bucket that rows of the batch at hand are in.
  struct Slot {
    int64_t start, end;
  };
  int64_t watermark_at(int64_t seen) const;
  bool closed_by(int64_t end, int64_t watermark) const { return end <= watermark && end != INT64_MAX; }
  uint32_t slot_of(int64_t time);
  void settle(const Batch& batch, int64_t watermark, std::optional<Aggregator>& closing);
  void close(const Batch& batch, int64_t watermark, std::vector<Batch>& out);
  void finish(std::optional<Aggregator>& closing, std::vector<Batch>& out);
  void add_rows(std::optional<Aggregator>& to, const Batch& batch, const Selection& rows) const;
  static void merge(std::optional<Aggregator>& to, Aggregator&& part);

  AggregateQuery query_;
  Options options_;
  std::map<int64_t, Open> open_;  // by start
  std::optional<Aggregator> revisions_;
  int64_t closed_until_ = INT64_MIN;  // the watermark, or the end of what was closed without it
  int64_t next_end_ = INT64_MAX;      // of all that is open, rows of the batch at hand among it
  Aggregator gone_;                   // without groups: what those that have closed had to warn of

  // Of the batch at hand, what is not in an aggregator yet.
  std::vector<Slot> slots_;
  std::unordered_map<int64_t, uint32_t> slot_numbers_;  // by start
  uint32_t last_slot_ = UINT32_MAX;
  Selection rows_;                // that are in a slot,
  PodVector<uint32_t> row_slot_;  // this one
  Selection late_rows_;           // to be revised
};

}  // namespace ev
