// Groups rows and aggregates them; states merge in any order to the same result.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aggregate/functions.h"
#include "aggregate/key_values.h"
#include "base/time.h"
#include "event/batch.h"

namespace ev {

struct AggregateQuery {
  std::vector<std::string> by;  // field names; null and missing are one group
  std::vector<AggregateCall> calls;
  std::optional<Buckets> every;  // a bucket of event time as the first key, column `time`
  bool merge = false;            // input rows are earlier results: their states are merged
  std::vector<std::string> key_names = {};  // of the fields in the result, for each of `by`; empty: as it is found
};

/// What key k of `by` is called in the result.
const std::string& key_name(const AggregateQuery& query, std::size_t k);
/// Names of all fields that the query reads (not the event time): keys and fields; with `merge`, keys and the state
/// columns named as the results.
std::vector<std::string> fields_of(const AggregateQuery& query);
/// Whether it reads the event time: for buckets, or for a function that goes by it.
bool needs_event_time(const AggregateQuery& query);
/// Whether the state of a group says something of all others, so that groups cannot be written one after the other.
bool needs_all_groups(const AggregateCall& call);
/// The query that merges earlier results like this batch: all its states, under their names, by all its other fields.
/// With `every`, the event time is cut to these buckets instead of being a key. Throws Error(usage) where the batch has
/// no states.
AggregateQuery query_from(const Batch& batch, std::optional<Buckets> every = std::nullopt);

class AggregateResult;

/// Not thread-safe: one per worker, then merge().
///
/// Groups: values of different types are different (200, "200", 200.0); null and missing are one group, and so are 0.0
/// and -0.0, all NaNs, and equal instants (of which the smallest form is kept). Fields named in the query are looked up
/// in each batch; without `merge`, states found there stand for their final values. Null and missing are skipped by all
/// functions; `count` counts rows.
class Aggregator {
 public:
  /// Throws Error(usage) where the query names a function that does not exist, a key or a result twice, or a key `time`
  /// beside `every`.
  explicit Aggregator(const AggregateQuery& query);
  ~Aggregator();
  Aggregator(Aggregator&&) noexcept;
  Aggregator& operator=(Aggregator&&) noexcept;

  /// Throws Error(usage) where merge meets a stream without the wanted states, or a name means several fields.
  void add(const Batch& batch);
  /// Throws Error(usage) where the two were made from different queries.
  void merge(Aggregator&& other);
  uint64_t groups() const;
  /// Requires `every`. Adds groups of no rows: for each combination of the other keys that there is, one in each bucket
  /// from the first to the last; where a bound of event time is not at its limit, from or up to that. Throws Error(usage)
  /// where these are more than kMaxFilledGroups.
  void fill(int64_t since, int64_t until);
  static constexpr uint64_t kMaxFilledGroups = 10'000'000;
  /// Rough bytes in use, for --memory.
  uint64_t memory() const;
  /// What the user should hear once, at the end: "sum(name): 12 values are not numbers".
  std::vector<std::string> warnings() const;
  /// The fields of the keys in the result, from `time` on.
  std::vector<Path> key_fields() const;
  /// Becomes one without groups; what it knows of names and has to warn of stays.
  void forget_groups();
  /// How instants are written that are keys, per field of the query's `by`. An instant is written in the same way in
  /// all groups.
  using KeyForms = std::vector<KeyValues::Forms>;
  void add_key_forms(KeyForms& forms) const;
  void lower_key_forms(const KeyForms& forms);
  /// Names keys as `other` does, of the same query but for `merge`.
  void take_names(const Aggregator& other);
  /// Names the keys of `by` like this, whether they are found or not.
  void name_keys(std::span<const Path> paths);
  /// The result, to be taken in parts; as long as the aggregator stays as it is. See AggregateResult.
  AggregateResult result(uint32_t rows) const;
  /// All batches of the result.
  std::vector<Batch> finish(uint32_t rows) const;

 private:
  friend class AggregateResult;
  struct State;
  std::unique_ptr<State> state_;
};

/// Rows in key order: `time` (event time of the result) under --every, then the keys, then the states. In batches of
/// at most `rows` rows, fewer where states are large; none where there are no groups. Without keys there is exactly one
/// row. The order of keys is null < bool < number < time < string < bytes < json, numbers by value, then by type.
/// A key that was the input's event time is the event time of the result.
class AggregateResult {
 public:
  std::size_t batches() const;
  /// Of each batch but the last.
  uint32_t rows() const { return rows_; }
  /// Thread-safe.
  Batch batch(std::size_t at) const;

 private:
  friend class Aggregator;
  AggregateResult(const Aggregator& aggregator, uint32_t rows);

  const Aggregator& aggregator_;
  uint32_t rows_;              // of a batch
  PodVector<uint32_t> order_;  // all groups
};

/// Replaces each state column by its final value under the same path: count and sums of integers as int (as json text
/// where beyond uint64), others as float; unknown state versions throw Error(corrupt). See states.h.
Batch finalize_states(Batch&& batch);
/// The same of a copy that holds these fields alone, with what their formulas need; nullopt where none has states.
std::optional<Batch> final_fields(const Batch& batch, std::span<const std::string> names);
/// "sum, version 1": what a state is, for ev info. Never fails: "unknown function 77, version 1".
std::string describe_state(std::string_view state);

}  // namespace ev
