#include "aggregate/live_buckets.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <tuple>

#include "base/error.h"
#include "base/time.h"
#include "rows.h"

using namespace ev;
using namespace ev::test;

namespace {

AggregateQuery per_ten_seconds() {
  AggregateQuery query;
  query.by = {"k"};
  query.calls = parse_aggregates("count, sum(v)");
  query.every.emplace(10 * kSecond, "");
  return query;
}

/// An event: second (-1: none), key, value.
struct Event {
  int64_t second, key, value;
};

Batch events_batch(const std::vector<Event>& events) {
  std::vector<Row> rows;
  for (const Event& event : events) {
    Row row;
    if (event.second >= 0) row.push_back({"ts", instant(event.second * kSecond)});
    row.push_back({"k", integer(event.key)});
    row.push_back({"v", integer(event.value)});
    rows.push_back(row);
  }
  return test::batch_of(rows, "ts");
}

/// A group that came out: second its bucket begins at, key, count, sum.
using Group = std::tuple<int64_t, int64_t, int64_t, int64_t>;

struct Result {
  std::vector<Group> groups;
  std::vector<std::size_t> late;  // numbers of events
  uint64_t untimed = 0, absorbed = 0;
};

void take_groups(std::vector<Batch>&& batches, Result& result) {
  for (Batch& batch : batches) {
    batch = finalize_states(std::move(batch));
    check_shape(batch, ErrorKind::bug, "result");
    for (const Row& row : rows_of({batch})) {
      auto number = [&](std::size_t field) { return static_cast<int64_t>(row.at(field).second.word); };
      result.groups.emplace_back(number(0) / kSecond, number(1), number(2), number(3));
    }
  }
}

Result live(const std::vector<Event>& events, LiveBuckets::Options options, const std::vector<std::size_t>& cuts) {
  LiveBuckets buckets(per_ten_seconds(), options);
  Result result;
  for (std::size_t c = 0; c + 1 < cuts.size(); c++) {
    const auto at = events.begin();
    const Batch batch =
        events_batch({at + static_cast<std::ptrdiff_t>(cuts[c]), at + static_cast<std::ptrdiff_t>(cuts[c + 1])});
    const PodVector<int64_t> seen = running_maximum(batch);
    LiveBuckets::Outcome outcome = buckets.add(batch, seen.span(), seen.empty() ? INT64_MIN : seen.back());
    take_groups(std::move(outcome.closed), result);
    for (uint32_t row : outcome.late) result.late.push_back(cuts[c] + row);
    result.untimed += outcome.untimed;
    result.absorbed += outcome.absorbed;
  }
  take_groups(buckets.close_all(), result);
  return result;
}

/// One event after the other, with nothing put off.
Result plain(const std::vector<Event>& events, int64_t lateness, bool revise) {
  using Sums = std::map<std::pair<int64_t, int64_t>, std::pair<int64_t, int64_t>>;  // by bucket and key: count, sum
  Sums open, revisions;
  Result result;
  int64_t latest = -1'000'000'000;
  auto close = [&](int64_t watermark) {
    Sums closing;
    while (!open.empty() && open.begin()->first.first + 10 <= watermark) {
      closing.insert(*open.begin());
      open.erase(open.begin());
    }
    if (closing.empty()) return;
    closing.merge(revisions);
    for (const auto& [key, sums] : closing) result.groups.emplace_back(key.first, key.second, sums.first, sums.second);
  };
  for (std::size_t i = 0; i < events.size(); i++) {
    const auto [second, key, value] = events[i];
    if (second < 0) {
      result.untimed++;
      continue;
    }
    latest = std::max(latest, second);
    close(latest - lateness);
    const int64_t bucket = second / 10 * 10;
    const bool late = bucket + 10 <= latest - lateness;
    if (late) result.late.push_back(i);
    if (late && !revise) continue;
    auto& [count, sum] = (late ? revisions : open)[{bucket, key}];
    count++;
    sum += value;
    result.absorbed++;
  }
  open.merge(revisions);
  for (const auto& [key, sums] : open) result.groups.emplace_back(key.first, key.second, sums.first, sums.second);
  return result;
}

}  // namespace

TEST_CASE("a bucket closes when the watermark reaches its end, not before") {
  LiveBuckets buckets(per_ten_seconds(), {5 * kSecond, false, 100});
  auto closed = [&](int64_t second) {
    const Batch batch = events_batch({{second, 1, 1}});
    Result result;
    take_groups(buckets.add(batch, running_maximum(batch).span(), second * kSecond).closed, result);
    return result.groups;
  };
  CHECK(closed(3).empty());
  CHECK(closed(14).empty());
  CHECK(closed(9).empty());  // not late: the watermark is at 9
  CHECK(closed(15) == std::vector<Group>{{0, 1, 2, 2}});
  CHECK(buckets.watermark() == 10 * kSecond);
  CHECK(closed(9).empty());  // late
  CHECK(buckets.any_open());
  CHECK(closed(40) == std::vector<Group>{{10, 1, 2, 2}});
  CHECK(buckets.watermark() == 30 * kSecond);
}

TEST_CASE("rows that were left out and watermarks close buckets, too") {
  LiveBuckets buckets(per_ten_seconds(), {0, false, 100});
  const Batch batch = events_batch({{1, 1, 1}, {2, 1, 1}, {11, 1, 1}});
  // Between the second and the third row stood one of second 25, and the watermark of the block is at 31.
  const std::vector<int64_t> seen = {1 * kSecond, 2 * kSecond, 25 * kSecond};
  LiveBuckets::Outcome outcome = buckets.add(batch, seen, 31 * kSecond);
  Result result;
  take_groups(std::move(outcome.closed), result);
  CHECK(result.groups == std::vector<Group>{{0, 1, 2, 2}});
  REQUIRE(outcome.late.size() == 1);
  CHECK(outcome.late[0] == 2);
  CHECK(outcome.absorbed == 2);
  CHECK(buckets.watermark() == 30 * kSecond);
  // A batch without rows.
  const Batch more = events_batch({{35, 1, 1}});
  CHECK(buckets.add(more, running_maximum(more).span(), 35 * kSecond).closed.empty());
  take_groups(buckets.add(Batch(), {}, 40 * kSecond).closed, result);
  CHECK(result.groups.back() == Group{30, 1, 1, 1});
}

TEST_CASE("what was closed without the watermark stays closed") {
  LiveBuckets buckets(per_ten_seconds(), {0, false, 100});
  const Batch first = events_batch({{12, 1, 1}});
  CHECK(buckets.add(first, running_maximum(first).span(), 12 * kSecond).closed.empty());
  CHECK(buckets.close_all().size() == 1);
  CHECK_FALSE(buckets.any_open());
  const Batch more = events_batch({{13, 1, 1}, {20, 1, 1}});
  const LiveBuckets::Outcome outcome = buckets.add(more, running_maximum(more).span(), 20 * kSecond);
  CHECK(outcome.late.size() == 1);
  CHECK(outcome.absorbed == 1);
}

TEST_CASE("memory is freed when buckets close") {
  LiveBuckets buckets(per_ten_seconds(), {0, false, 100'000});
  std::vector<Event> events;
  for (int64_t i = 0; i < 50'000; i++) events.push_back({1, i, 1});
  const Batch batch = events_batch(events);
  buckets.add(batch, running_maximum(batch).span(), kSecond);
  CHECK(buckets.memory() > 1'000'000);
  CHECK(buckets.groups() == 50'000);
  buckets.add(Batch(), {}, 10 * kSecond);
  CHECK(buckets.memory() == 0);
}

TEST_CASE("values that a function cannot take are counted over all buckets") {
  LiveBuckets buckets(per_ten_seconds(), {0, false, 100});
  for (int64_t second : {1, 11, 21}) {
    const Batch batch =
        test::batch_of({Row{{"ts", instant(second * kSecond)}, {"k", integer(1)}, {"v", text("no number")}}}, "ts");
    buckets.add(batch, running_maximum(batch).span(), second * kSecond);
  }
  buckets.close_all();
  CHECK(buckets.warnings() == std::vector<std::string>{"sum(v): 3 values are not numbers"});
}

TEST_CASE("random events, cut at random, as one after the other") {
  std::mt19937_64 random(17);
  auto below = [&](int64_t n) { return static_cast<int64_t>(random() % static_cast<uint64_t>(n)); };
  uint64_t late = 0, revised = 0;
  for (int round = 0; round < 400; round++) {
    const int64_t span = 1 + below(60), lateness = below(3) ? below(40) : 0;
    const bool revise = below(2);
    std::vector<Event> events;
    for (int64_t i = 0, now = 100; i < below(80); i++) {
      now += below(6);
      events.push_back({below(12) ? std::max<int64_t>(0, now - below(span)) : -1, below(3), below(100)});
    }
    std::vector<std::size_t> cuts = {0, events.size()};
    for (int64_t i = below(10); i > 0; i--)
      cuts.push_back(static_cast<std::size_t>(below(static_cast<int64_t>(events.size()) + 1)));
    std::sort(cuts.begin(), cuts.end());
    const LiveBuckets::Options options{lateness * kSecond, revise, 1 + static_cast<uint32_t>(below(5))};
    const Result got = live(events, options, cuts), wanted = plain(events, lateness, revise);
    CHECK(got.groups == wanted.groups);
    CHECK(got.late == wanted.late);
    CHECK(got.untimed == wanted.untimed);
    CHECK(got.absorbed == wanted.absorbed);
    CHECK(got.absorbed + got.untimed + (revise ? 0 : got.late.size()) == events.size());
    late += revise ? 0 : got.late.size();
    revised += revise ? got.late.size() : 0;
  }
  CHECK(late > 100);
  CHECK(revised > 100);
}
