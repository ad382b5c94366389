#include "dedup/event_clock.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

using namespace ev;

TEST_CASE("the high-water mark is the earliest of the latest sixteen times, in whatever order they come") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; round++) {
    std::vector<int64_t> times(random() % 60);
    for (int64_t& time : times) time = static_cast<int64_t>(random() % 40);
    const std::set<int64_t> different(times.begin(), times.end());
    EventClock clock, first, second;
    for (std::size_t i = 0; i < times.size(); i++) {
      clock.see(times[i]);
      (i % 3 ? first : second).see(times[i]);
    }
    int64_t expected = INT64_MIN;
    if (different.size() >= EventClock::kQuorum) expected = *std::prev(different.end(), EventClock::kQuorum);
    CHECK(clock.high_water() == expected);
    first.merge(second);
    CHECK(first.high_water() == expected);
    CHECK(EventClock(clock.latest()).high_water() == expected);
  }
}

TEST_CASE("one event from the far future does not move the clock, however often it comes") {
  EventClock clock;
  for (int64_t time = 0; time < 100; time++) clock.see(time);
  const int64_t before = clock.high_water();
  for (int i = 0; i < 1000; i++) clock.see(INT64_MAX);
  CHECK(clock.high_water() <= before + 1);
}

TEST_CASE("spans end at the limits of time") {
  CHECK(before(INT64_MIN, 1) == INT64_MIN);
  CHECK(after(INT64_MAX, 1) == INT64_MAX);
  CHECK(before(10, 3) == 7);
  CHECK(after(10, 3) == 13);
}
