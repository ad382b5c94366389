// Groups of the buckets in which nothing happened.
#include <algorithm>
#include <limits>

#include "aggregate/aggregator_state.h"
#include "base/error.h"
#include "base/text.h"

namespace ev {
namespace {

/// Begins of buckets, in order.
std::vector<int64_t> buckets_between(const Buckets& every, int64_t first, int64_t last, uint64_t combinations) {
  std::vector<int64_t> begins;
  for (int64_t at = first;; at = every.next(at)) {
    begins.push_back(at);
    if (begins.size() > Aggregator::kMaxFilledGroups / combinations)
      throw Error(ErrorKind::usage, "",
                  concat("would make more than ", grouped(Aggregator::kMaxFilledGroups), " groups, of ",
                         grouped(combinations), " in each bucket"),
                  "take wider buckets, fewer keys, or a shorter time by --since and --until");
    if (at >= last || every.next(at) <= at) return begins;
  }
}

/// The different combinations of the keys behind the first, one after the other.
std::vector<std::vector<uint32_t>> combinations_of(const GroupTable& table) {
  std::vector<std::vector<uint32_t>> all;
  std::vector<uint32_t> values(table.key_count());
  for (uint32_t group = 0; group < table.size(); group++) {
    table.split(group, values.data());
    all.emplace_back(values.begin() + 1, values.end());
  }
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace

void Aggregator::State::fill(int64_t since, int64_t until) {
  const Buckets& every = *query.every;
  int64_t first = std::numeric_limits<int64_t>::max(), last = std::numeric_limits<int64_t>::min();
  for (uint32_t i = 0; i < table.key(0).size(); i++) {
    const Value bucket = table.key(0).value(i);
    if (bucket.type != Type::time) continue;  // of events without a time
    first = std::min(first, static_cast<int64_t>(bucket.word));
    last = std::max(last, static_cast<int64_t>(bucket.word));
  }
  if (since != std::numeric_limits<int64_t>::min()) first = every.floor(since);
  if (until != std::numeric_limits<int64_t>::max()) last = every.floor(until - 1);
  std::vector<std::vector<uint32_t>> combinations = combinations_of(table);
  if (query.by.empty()) combinations.assign(1, {});
  if (first > last || combinations.empty()) return;
  std::vector<uint32_t> values(table.key_count());
  for (int64_t begin : buckets_between(every, first, last, combinations.size())) {
    Value bucket;
    bucket.type = Type::time;
    bucket.word = static_cast<uint64_t>(begin);
    bucket.form = every.form(begin);
    values[0] = table.number_value(0, bucket);
    for (const std::vector<uint32_t>& keys : combinations) {
      std::copy(keys.begin(), keys.end(), values.begin() + 1);
      table.number_group(values);
    }
  }
  resize();
}

void Aggregator::fill(int64_t since, int64_t until) {
  state_->fill(since, until);
}

}  // namespace ev
