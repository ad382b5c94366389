// Aggregations of rows that a test has written down, whole and in many parts: whatever these are, the states must be
// those of the whole.
#pragma once

#include <algorithm>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aggregate/aggregator.h"
#include "rows.h"

namespace ev::test {

using Random = std::mt19937_64;

/// `every`: nanoseconds of a bucket in the zone; 0: there are none.
inline AggregateQuery query_of(std::vector<std::string> by, std::string_view calls, int64_t every = 0,
                               std::string zone = "") {
  AggregateQuery query;
  query.by = std::move(by);
  query.calls = parse_aggregates(calls);
  if (every) query.every.emplace(every, std::move(zone));
  return query;
}

/// The result with its states of the rows, whose event time is `ts`.
inline std::vector<Batch> states_of(const AggregateQuery& query, const std::vector<Row>& rows,
                                    uint32_t batch_rows = 1000) {
  Aggregator aggregator(query);
  aggregator.add(batch_of(rows, "ts"));
  return aggregator.finish(batch_rows);
}

/// The result with its states after the rows, whose event time is `ts`, were cut into batches, spread over aggregators
/// and merged, all at random.
inline std::vector<Row> in_parts(Random& random, const AggregateQuery& query, std::vector<Row> rows) {
  std::shuffle(rows.begin(), rows.end(), random);
  std::vector<Aggregator> parts;
  for (std::size_t n = 1 + random() % 5; n > 0; n--) parts.emplace_back(query);
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t n = std::min<std::size_t>(1 + random() % 700, rows.size() - begin);
    auto first = rows.begin() + static_cast<std::ptrdiff_t>(begin);
    parts[random() % parts.size()].add(batch_of({first, first + static_cast<std::ptrdiff_t>(n)}, "ts"));
    begin += n;
  }
  std::shuffle(parts.begin(), parts.end(), random);
  while (parts.size() > 1) {
    Aggregator last = std::move(parts.back());
    parts.pop_back();
    parts[random() % parts.size()].merge(std::move(last));
  }
  // Once more through the bytes of the states.
  AggregateQuery again = query;
  again.merge = true;
  Aggregator merged(again);
  for (const Batch& batch : parts[0].finish(97)) merged.add(batch);
  return rows_of(merged.finish(64));
}

}  // namespace ev::test
