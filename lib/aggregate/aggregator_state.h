// What an Aggregator holds.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "aggregate/aggregator.h"
#include "aggregate/group_table.h"
#include "aggregate/states.h"

namespace ev {

struct Aggregator::State {
  explicit State(const AggregateQuery& q);
  void add(const Batch& batch);
  /// Leaves nothing of use in `other`.
  void merge(State& other);
  void fill(int64_t since, int64_t until);
  uint32_t group_count() const;
  bool has_keys() const { return table.key_count() > 0; }
  bool reads_states(const Batch& batch) const;
  /// Of the groups as they are.
  GroupBuckets buckets() const;
  void forget_groups();
  /// Fields of the result: keys, from `time` on.
  std::vector<Path> key_fields() const;

  AggregateQuery query;
  std::vector<const AggregateFunction*> functions;       // per call
  std::vector<std::unique_ptr<AggregateStates>> states;  // per call
  GroupTable table;
  std::vector<std::optional<Path>> key_paths;  // per field of `by`, once it was found
  int time_key = -1;                           // the field of `by` that was the event time of the input
  std::vector<uint64_t> skipped;               // per call: by states that are gone

 private:
  void resize();
  void bind(const Batch& batch);
  ValueGroups groups_of(const Column& column);
  void note_times(const Batch& batch);
  void update(const Batch& batch);
  void merge_rows(const Batch& batch);
  const Column* wanted_states(const Batch& batch, std::size_t call) const;

  std::optional<std::vector<Path>> bound_paths;  // where the next two hold
  std::vector<int> key_path, field_path;
  bool by_time = false;                   // some function needs the times of its values
  PodVector<uint32_t> groups, of_values;  // scratch
  PodVector<int64_t> times, times_of_values;
  PodVector<uint8_t> timed, timed_of_values;
};

}  // namespace ev
