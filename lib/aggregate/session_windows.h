// Sessions: runs of events with the same keys and no long gaps between them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/aggregator.h"
#include "aggregate/group_table.h"
#include "event/batch.h"

namespace ev {

/// A session is a maximal run of events of the same keys, in the order of event time, with no gap longer than `gap`
/// between two of them. Events may come in any order and in parts that are merged: each part of a session is held as
/// the interval that it covers with its states, and intervals no further apart than the gap become one, which is exact.
/// One thread; one per worker, then merge().
class SessionWindows {
 public:
  static constexpr std::string_view kStart = "start", kEnd = "end", kLength = "length";

  /// Takes keys and calls of the query. Throws Error(usage) as Aggregator does, and where a name is one of the above.
  SessionWindows(const AggregateQuery& query, int64_t gap);

  /// Returns how many rows have no event time: they are in no session.
  uint64_t add(Batch&& batch);
  void merge(SessionWindows&& other);
  /// Parts of sessions held, at least one for each.
  uint64_t parts() const { return intervals_.size(); }
  uint64_t memory() const;
  std::vector<std::string> warnings() const;
  /// Rows in the order of start, then keys: the keys, start (the event time of the result), end, length in seconds (a
  /// float), states. In batches of at most `rows` rows.
  std::vector<Batch> finish(uint32_t rows);
  /// Sessions to which no event from `watermark` on could belong (nullopt: all), as of finish() but in the order of
  /// end, start and keys. They are forgotten.
  std::vector<Batch> take_closed(std::optional<int64_t> watermark, uint32_t rows);
  /// Not above the start of any session that is held; INT64_MAX where there is none.
  int64_t earliest_start() const { return earliest_start_; }

 private:
  struct Interval {
    uint32_t keys;  // group in keys_
    int64_t start, end;
    uint32_t start_form, end_form;
  };
  /// An event, for sorting.
  struct Event {
    uint32_t keys, row, form;
    int64_t time;
  };
  void bind(const Batch& batch);
  bool far(int64_t end, int64_t start) const;
  static void extend(Interval& interval, const Interval& by);
  void number_keys(const Batch& batch);
  PodVector<uint64_t> number_intervals(const Batch& batch);
  void join();
  void renumber(const std::vector<uint32_t>& numbers);
  std::vector<uint32_t> key_ranks() const;
  Batch rows_of(const Batch& numbered, const std::vector<Interval>& intervals) const;
  void part_states(const std::vector<uint32_t>& numbers, std::size_t closed, Aggregator& gone,
                   Aggregator& staying) const;
  void forget_keys();

  AggregateQuery query_;
  int64_t gap_;
  GroupTable keys_;
  std::vector<std::optional<Path>> key_paths_;  // per key, once it was found
  std::vector<Interval> intervals_;
  int64_t earliest_start_ = INT64_MAX, earliest_end_ = INT64_MAX;  // not above those of any interval
  uint64_t joined_ = 0;  // so many were left when they were joined the last time
  // States by the number of the interval: of events since they were joined, and of what was joined then.
  Aggregator fresh_, joined_states_;
  std::vector<int> key_path_;      // scratch
  PodVector<uint32_t> groups_;
  std::vector<Event> events_;
};

}  // namespace ev
