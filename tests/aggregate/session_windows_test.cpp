#include "aggregate/session_windows.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <tuple>

#include "aggregate/live_sessions.h"
#include "base/error.h"
#include "base/time.h"
#include "rows.h"

using namespace ev;
using namespace ev::test;

namespace {

AggregateQuery by_k(std::vector<std::string> by = {"k"}) {
  AggregateQuery query;
  query.by = std::move(by);
  query.calls = parse_aggregates("count, sum(v)");
  return query;
}

/// An event: second, key, value.
struct Event {
  int64_t second, key, value;
};

Batch events_batch(const std::vector<Event>& events) {
  std::vector<Row> rows;
  for (const Event& event : events)
    rows.push_back({{"k", integer(event.key)}, {"ts", instant(event.second * kSecond)}, {"v", integer(event.value)}});
  return batch_of(rows, "ts");
}

/// start, key, end, count, sum
using Found = std::tuple<int64_t, int64_t, int64_t, int64_t, int64_t>;

std::vector<Found> found(SessionWindows& windows, uint32_t rows = 65536) {
  std::vector<Found> all;
  for (Batch& batch : windows.finish(rows)) {
    CHECK(batch.rows <= rows);
    batch = finalize_states(std::move(batch));
    check_shape(batch, ErrorKind::bug, "result");
    REQUIRE(batch.time_path >= 0);
    CHECK(batch.paths[static_cast<std::size_t>(batch.time_path)].name() == "start");
    for (const Row& row : test::rows_of({batch})) {
      auto number = [&](std::size_t field) { return static_cast<int64_t>(row.at(field).second.word); };
      const int64_t start = number(1) / kSecond, end = number(2) / kSecond;
      CHECK(row.at(3).second == real(static_cast<double>(end - start)));
      all.emplace_back(start, number(0), end, number(4), number(5));
    }
  }
  return all;
}

/// By sorting all events.
std::vector<Found> plain(std::vector<Event> events, int64_t gap) {
  std::stable_sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.second < b.second; });
  std::map<int64_t, Found> open;
  std::vector<Found> all;
  for (const Event& event : events) {
    const auto at = open.find(event.key);
    if (at == open.end() || event.second - std::get<2>(at->second) > gap) {
      if (at != open.end()) all.push_back(at->second);
      open[event.key] = {event.second, event.key, event.second, 1, event.value};
    } else {
      auto& [start, key, end, count, sum] = at->second;
      end = event.second;
      count++;
      sum += event.value;
    }
  }
  for (const auto& [key, session] : open) all.push_back(session);
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

TEST_CASE("a gap as long as allowed joins, a longer one parts") {
  SessionWindows windows(by_k(), 10 * kSecond);
  CHECK(windows.add(events_batch({{100, 1, 1}, {110, 1, 2}, {121, 1, 4}, {115, 2, 8}})) == 0);
  CHECK(found(windows) == std::vector<Found>{{100, 1, 110, 2, 3}, {115, 2, 115, 1, 8}, {121, 1, 121, 1, 4}});
}

TEST_CASE("an event between two sessions makes them one") {
  SessionWindows windows(by_k(), 10 * kSecond);
  windows.add(events_batch({{100, 1, 1}, {120, 1, 2}}));
  CHECK(found(windows).size() == 2);
  windows.add(events_batch({{110, 1, 4}}));
  CHECK(found(windows) == std::vector<Found>{{100, 1, 120, 3, 7}});
}

TEST_CASE("random events in random parts and batches, as by sorting all of them") {
  std::mt19937_64 random(23);
  auto below = [&](int64_t n) { return static_cast<int64_t>(random() % static_cast<uint64_t>(n)); };
  for (int round = 0; round < 200; round++) {
    const int64_t gap = below(12), span = 1 + below(400);
    std::vector<SessionWindows> parts;
    for (int64_t p = below(3); p >= 0; p--) parts.emplace_back(by_k(), gap * kSecond);
    std::vector<Event> all;
    for (int64_t b = below(8); b >= 0; b--) {
      std::vector<Event> events;
      for (int64_t i = below(20); i >= 0; i--) events.push_back({1000 + below(span), below(3), below(100)});
      all.insert(all.end(), events.begin(), events.end());
      parts[static_cast<std::size_t>(below(static_cast<int64_t>(parts.size())))].add(events_batch(events));
      if (below(4) == 0) found(parts[0]);  // joins what there is
    }
    for (std::size_t p = 1; p < parts.size(); p++) parts[0].merge(std::move(parts[p]));
    CHECK(found(parts[0], 1 + static_cast<uint32_t>(below(9))) == plain(all, gap));
  }
}

TEST_CASE("many parts of sessions are joined on the way") {
  SessionWindows windows(by_k(), 10 * kSecond);
  std::vector<Event> all;
  for (int64_t round = 0; round < 40; round++) {
    std::vector<Event> events;
    for (int64_t k = 0; k < 5000; k++) events.push_back({1000 + round, k, 1});
    windows.add(events_batch(events));
    all.insert(all.end(), events.begin(), events.end());
    CHECK(windows.parts() <= 65536 + 5000);
  }
  CHECK(found(windows) == plain(all, 10));
}

TEST_CASE("untimed rows are in no session, and values that no function takes are counted once") {
  SessionWindows windows(by_k(), kSecond), more(by_k(), kSecond);
  auto rows = [] {
    return batch_of(
        {Row{{"k", integer(1)}, {"ts", instant(5)}, {"v", text("x")}}, Row{{"k", integer(1)}, {"v", integer(1)}}},
        "ts");
  };
  CHECK(windows.add(rows()) == 1);
  CHECK(more.add(rows()) == 1);
  CHECK(more.add(batch_of({Row{{"k", integer(1)}}})) == 1);
  windows.merge(std::move(more));
  CHECK(windows.finish(10).size() == 1);
  CHECK(windows.warnings() == std::vector<std::string>{"sum(v): 2 values are not numbers"});
}

TEST_CASE("without keys all events are of one") {
  AggregateQuery query = by_k({});
  query.calls = parse_aggregates("count");
  SessionWindows windows(query, 10 * kSecond), more(query, 10 * kSecond);
  windows.add(events_batch({{100, 1, 1}}));
  more.add(events_batch({{109, 2, 1}, {130, 2, 1}}));
  windows.merge(std::move(more));
  const std::vector<Batch> batches = windows.finish(10);
  REQUIRE(batches.size() == 1);
  CHECK(batches[0].rows == 2);
  SessionWindows nothing(query, 1);
  CHECK(nothing.finish(10).empty());
}

TEST_CASE("names that sessions have themselves are refused") {
  CHECK_THROWS_AS(SessionWindows(by_k({"start"}), 1), Error);
  AggregateQuery query = by_k();
  query.calls = parse_aggregates("count as length");
  CHECK_THROWS_AS(SessionWindows(query, 1), Error);
  query.calls = parse_aggregates("count as k");
  CHECK_THROWS_AS(SessionWindows(query, 1), Error);
}

TEST_CASE("live sessions close when no event that is not late can belong to them") {
  LiveSessions sessions(by_k(), 10 * kSecond, {5 * kSecond, 100});
  auto add = [&](const std::vector<Event>& events) {
    const Batch batch = events_batch(events);
    const PodVector<int64_t> seen = running_maximum(batch);
    return sessions.add(batch, seen.span(), seen.back());
  };
  CHECK(add({{100, 1, 1}, {104, 2, 1}, {112, 3, 1}}).closed.empty());
  CHECK(sessions.watermark() == 100 * kSecond);
  CHECK(add({{115, 4, 1}}).closed.empty());  // the watermark is at 110, and an event of then would still belong to 1
  LiveGroups::Outcome outcome = add({{108, 1, 1}, {116, 4, 1}});
  CHECK(outcome.late.size() == 1);
  CHECK(outcome.absorbed == 1);
  REQUIRE(outcome.closed.size() == 1);
  CHECK(outcome.closed[0].rows == 1);
  CHECK(sessions.watermark() == 104 * kSecond);
  CHECK(sessions.close_all().size() == 1);
  CHECK_FALSE(sessions.any_open());
  CHECK(sessions.watermark() == 111 * kSecond);
}

TEST_CASE("live sessions do not depend on how rows are cut, and where nothing is late are all sessions") {
  std::mt19937_64 random(29);
  auto below = [&](int64_t n) { return static_cast<int64_t>(random() % static_cast<uint64_t>(n)); };
  uint64_t late = 0;
  for (int round = 0; round < 150; round++) {
    const int64_t gap = below(12), spread = 1 + below(20), lateness = below(2) ? spread : below(spread);
    std::vector<Event> events;
    for (int64_t i = 0, now = 1000; i < 60; i++)
      events.push_back({(now += below(8)) - below(spread), below(4), below(100)});
    auto run = [&](std::size_t most, std::vector<Event>& in_time) {
      LiveSessions sessions(by_k(), gap * kSecond, {lateness * kSecond, 1 + static_cast<uint32_t>(below(5))});
      std::vector<Found> all;
      auto take_rows = [&](std::vector<Batch>&& batches) {
        for (Batch& batch : batches)
          for (const Row& row : test::rows_of({finalize_states(std::move(batch))})) {
            auto number = [&](std::size_t field) { return static_cast<int64_t>(row.at(field).second.word); };
            all.emplace_back(number(1) / kSecond, number(0), number(2) / kSecond, number(4), number(5));
          }
      };
      for (std::size_t begin = 0; begin < events.size();) {
        const std::size_t end = std::min(events.size(), begin + 1 + static_cast<std::size_t>(random()) % most);
        const std::vector<Event> part(events.begin() + static_cast<std::ptrdiff_t>(begin),
                                      events.begin() + static_cast<std::ptrdiff_t>(end));
        const Batch batch = events_batch(part);
        const PodVector<int64_t> seen = running_maximum(batch);
        LiveGroups::Outcome outcome = sessions.add(batch, seen.span(), seen.back());
        for (std::size_t i = 0, l = 0; i < part.size(); i++) {
          const bool is_late = l < outcome.late.size() && outcome.late[l] == i;
          l += is_late;
          if (!is_late) in_time.push_back(part[i]);
        }
        take_rows(std::move(outcome.closed));
        begin = end;
      }
      take_rows(sessions.close_all());
      return all;
    };
    std::vector<Event> in_time, in_time_alone;
    std::vector<Found> cut = run(20, in_time), alone = run(1, in_time_alone);
    CHECK(cut == alone);
    CHECK(in_time.size() == in_time_alone.size());
    late += events.size() - in_time.size();
    if (lateness == spread) CHECK(in_time.size() == events.size());
    std::sort(cut.begin(), cut.end());
    CHECK(cut == plain(in_time, gap));
  }
  CHECK(late > 100);
}

TEST_CASE("keys of sessions that are gone are forgotten") {
  LiveSessions sessions(by_k(), kSecond, {0, 100'000});
  uint64_t most = 0;
  std::size_t rows = 0;
  for (int64_t round = 0; round < 30; round++) {
    std::vector<Event> events;
    for (int64_t i = 0; i < 3000; i++) events.push_back({1000 + 10 * round, round * 3000 + i, 1});
    const Batch batch = events_batch(events);
    for (const Batch& closed : sessions.add(batch, running_maximum(batch).span(), (1000 + 10 * round) * kSecond).closed)
      rows += closed.rows;
    if (round == 9) most = sessions.memory();
  }
  CHECK(rows == 29 * 3000);
  CHECK(sessions.groups() == 3000);
  CHECK(sessions.memory() <= 2 * most);
}
