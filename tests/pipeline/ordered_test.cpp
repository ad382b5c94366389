#include "pipeline/ordered.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

constexpr unsigned kThreads[] = {1, 2, 4, 8};

/// Counts the objects alive, so that a dropped item that leaks (or is deleted twice) shows.
struct Counted {
  static inline std::atomic<int> alive = 0;
  static inline std::atomic<int> most = 0;
  int value = 0;
  explicit Counted(int v) : value(v) { count(); }
  Counted(Counted&& o) noexcept : value(o.value) { alive++; }
  Counted& operator=(Counted&&) = default;
  ~Counted() { alive--; }
  void count() {
    int now = ++alive, before = most;
    while (now > before && !most.compare_exchange_weak(before, now)) {
    }
  }
};

struct Failure : std::runtime_error {
  using std::runtime_error::runtime_error;
};

void run(unsigned threads, unsigned in_flight, const std::function<std::optional<Counted>()>& produce,
         const std::function<Counted(Counted&&, unsigned)>& work, const std::function<void(Counted&&)>& consume) {
  ev::PipelineOptions options;
  options.threads = threads;
  options.in_flight = in_flight;
  ev::run_ordered<Counted, Counted>(options, produce, work, consume);
}

void spin(std::chrono::microseconds how_long) {
  auto end = Clock::now() + how_long;
  while (Clock::now() < end) {
  }
}

}  // namespace

TEST_CASE("items leave in the order they came, whatever each one costs") {
  for (unsigned threads : kThreads) {
    CAPTURE(threads);
    int made = 0;
    std::vector<int> seen;
    run(
        threads, 0,
        [&]() -> std::optional<Counted> { return made < 500 ? std::optional<Counted>(made++) : std::nullopt; },
        [](Counted&& in, unsigned) {
          spin(std::chrono::microseconds(in.value * 7919 % 97));
          return Counted(in.value * 2);
        },
        [&](Counted&& out) { seen.push_back(out.value); });
    REQUIRE(seen.size() == 500);
    for (int i = 0; i < 500; i++) CHECK(seen[static_cast<std::size_t>(i)] == 2 * i);
    CHECK(Counted::alive == 0);
  }
}

TEST_CASE("no item at all") {
  for (unsigned threads : kThreads) {
    bool called = false;
    run(
        threads, 0, []() -> std::optional<Counted> { return std::nullopt; },
        [&](Counted&& in, unsigned) {
          called = true;
          return std::move(in);
        },
        [&](Counted&&) { called = true; });
    CHECK_FALSE(called);
  }
}

TEST_CASE("no more items exist than allowed") {
  for (unsigned threads : kThreads)
    for (unsigned in_flight : {1u, 2u, 5u}) {
      CAPTURE(threads);
      CAPTURE(in_flight);
      std::atomic<int> inside = 0, most = 0;
      int made = 0;
      run(
          threads, in_flight,
          [&]() -> std::optional<Counted> {
            if (made == 100) return std::nullopt;
            int now = ++inside, before = most;
            while (now > before && !most.compare_exchange_weak(before, now)) {
            }
            return Counted(made++);
          },
          [](Counted&& in, unsigned) {
            if (in.value % 10 == 0) std::this_thread::sleep_for(1ms);
            return std::move(in);
          },
          [&](Counted&&) { inside--; });
      CHECK(most <= static_cast<int>(in_flight));
      CHECK(inside == 0);
    }
}

TEST_CASE("a worker number is never used twice at the same time and stays below the number of threads") {
  for (unsigned threads : kThreads) {
    CAPTURE(threads);
    std::vector<std::atomic<int>> busy(threads);
    std::atomic<bool> clash = false, outside = false;
    int made = 0;
    run(
        threads, 0,
        [&]() -> std::optional<Counted> { return made < 300 ? std::optional<Counted>(made++) : std::nullopt; },
        [&](Counted&& in, unsigned worker) {
          if (worker >= threads) {
            outside = true;
          } else {
            if (busy[worker]++ != 0) clash = true;
            spin(20us);
            busy[worker]--;
          }
          return std::move(in);
        },
        [](Counted&&) {});
    CHECK_FALSE(clash);
    CHECK_FALSE(outside);
  }
}

TEST_CASE("several threads really work at the same time, also more than there are cores") {
  for (unsigned threads : {2u, 4u, 8u}) {
    CAPTURE(threads);
    std::mutex mutex;
    std::condition_variable changed;
    unsigned inside = 0;
    bool met = false;
    int made = 0;
    run(
        threads, 0,
        [&]() -> std::optional<Counted> { return made < 8 ? std::optional<Counted>(made++) : std::nullopt; },
        [&](Counted&& in, unsigned) {
          std::unique_lock lock(mutex);
          if (++inside == threads) met = true;
          changed.notify_all();
          changed.wait_for(lock, 5s, [&] { return met; });
          return std::move(in);
        },
        [](Counted&&) {});
    CHECK(met);
  }
}

TEST_CASE("an item is consumed while produce() blocks after it") {
  for (unsigned threads : kThreads)
    for (int block_after : {1, 2, 3, 7}) {
      CAPTURE(threads);
      CAPTURE(block_after);
      int made = 0;
      Clock::time_point blocked_at;
      std::vector<Clock::time_point> left;
      run(
          threads, 0,
          [&]() -> std::optional<Counted> {
            if (made == block_after) {
              blocked_at = Clock::now();
              std::this_thread::sleep_for(300ms);
              return std::nullopt;
            }
            return Counted(made++);
          },
          [](Counted&& in, unsigned) {
            spin(500us);
            return std::move(in);
          },
          [&](Counted&&) { left.push_back(Clock::now()); });
      REQUIRE(static_cast<int>(left.size()) == block_after);
      CHECK(left.back() - blocked_at < 150ms);
    }
}

TEST_CASE("items parked behind a slow one leave when it has left, though produce() blocks") {
  for (unsigned threads : {2u, 4u}) {
    CAPTURE(threads);
    int made = 0;
    Clock::time_point first_left, last_left;
    std::vector<int> seen;
    run(
        threads, 8,
        [&]() -> std::optional<Counted> {
          if (made == 6) {
            std::this_thread::sleep_for(600ms);
            return std::nullopt;
          }
          return Counted(made++);
        },
        [](Counted&& in, unsigned) {
          if (in.value == 0) std::this_thread::sleep_for(100ms);
          return std::move(in);
        },
        [&](Counted&& out) {
          if (seen.empty()) first_left = Clock::now();
          last_left = Clock::now();
          seen.push_back(out.value);
        });
    CHECK(seen == std::vector<int>{0, 1, 2, 3, 4, 5});
    CHECK(last_left - first_left < 150ms);
  }
}

TEST_CASE("what produce() throws comes after every item before it") {
  for (unsigned threads : kThreads)
    for (int at : {0, 1, 2, 17}) {
      CAPTURE(threads);
      CAPTURE(at);
      int made = 0, calls_after = 0;
      std::vector<int> seen;
      CHECK_THROWS_WITH_AS(run(
                               threads, 0,
                               [&]() -> std::optional<Counted> {
                                 if (made == at) {
                                   calls_after++;
                                   throw Failure("read");
                                 }
                                 return Counted(made++);
                               },
                               [](Counted&& in, unsigned) {
                                 spin(std::chrono::microseconds(in.value % 3 * 200));
                                 return std::move(in);
                               },
                               [&](Counted&& out) { seen.push_back(out.value); }),
                           "read", Failure);
      REQUIRE(static_cast<int>(seen.size()) == at);
      CHECK(std::is_sorted(seen.begin(), seen.end()));
      CHECK(calls_after == 1);
      CHECK(Counted::alive == 0);
    }
}

TEST_CASE("what work() throws comes after every item before it, and none after it is consumed") {
  for (unsigned threads : kThreads)
    for (int at : {0, 1, 2, 17, 99}) {
      CAPTURE(threads);
      CAPTURE(at);
      int made = 0;
      std::vector<int> seen;
      CHECK_THROWS_WITH_AS(
          run(
              threads, 0,
              [&]() -> std::optional<Counted> { return made < 100 ? std::optional<Counted>(made++) : std::nullopt; },
              [&](Counted&& in, unsigned) -> Counted {
                if (in.value < at) spin(300us);  // the items before it are still under way
                if (in.value >= at) throw Failure("work " + std::to_string(in.value));
                return std::move(in);
              },
              [&](Counted&& out) { seen.push_back(out.value); }),
          ("work " + std::to_string(at)).c_str(), Failure);
      REQUIRE(static_cast<int>(seen.size()) == at);
      CHECK(made <= at + static_cast<int>(threads) + 3);
      CHECK(Counted::alive == 0);
    }
}

TEST_CASE("what consume() throws stops everything") {
  for (unsigned threads : kThreads)
    for (int at : {0, 1, 17}) {
      CAPTURE(threads);
      CAPTURE(at);
      int made = 0, consumed = 0;
      CHECK_THROWS_WITH_AS(run(
                               threads, 0, [&]() -> std::optional<Counted> { return Counted(made++); },
                               [](Counted&& in, unsigned) { return std::move(in); },
                               [&](Counted&&) {
                                 if (consumed++ == at) throw Failure("write");
                               }),
                           "write", Failure);
      CHECK(consumed == at + 1);
      CHECK(Counted::alive == 0);
    }
}

TEST_CASE("on_cancel wakes a produce() that blocks when consume() fails") {
  std::mutex mutex;
  std::condition_variable changed;
  bool woken = false, reading = false;
  int made = 0, cancels = 0;
  ev::PipelineOptions options;
  options.threads = 2;
  options.on_cancel = [&](std::exception_ptr why) {
    CHECK_THROWS_AS(std::rethrow_exception(why), Failure);
    std::lock_guard lock(mutex);
    woken = true;
    cancels++;
    changed.notify_all();
  };
  auto start = Clock::now();
  CHECK_THROWS_AS((ev::run_ordered<Counted, Counted>(
                      options,
                      [&]() -> std::optional<Counted> {
                        if (made == 1) {
                          std::unique_lock lock(mutex);
                          reading = true;
                          changed.notify_all();
                          changed.wait_for(lock, 10s, [&] { return woken; });
                          throw std::logic_error("the read was cut short");  // must not hide the first failure
                        }
                        return Counted(made++);
                      },
                      [&](Counted&& in, unsigned) {
                        std::unique_lock lock(mutex);
                        changed.wait_for(lock, 10s, [&] { return reading; });
                        return std::move(in);
                      },
                      [](Counted&&) { throw Failure("write"); })),
                  Failure);
  CHECK(Clock::now() - start < 5s);
  CHECK(cancels == 1);
  CHECK(Counted::alive == 0);
}

TEST_CASE("stress: random costs, limits and ends") {
  std::mt19937 random(7);
  for (int round = 0; round < 150; round++) {
    unsigned threads = 1 + static_cast<unsigned>(random() % 8), in_flight = static_cast<unsigned>(random() % 12);
    int items = static_cast<int>(random() % 200);
    int fail_at = random() % 2 ? static_cast<int>(random() % 220) : -1;
    int stage = static_cast<int>(random() % 3);
    unsigned seed = static_cast<unsigned>(random());
    CAPTURE(round);
    int made = 0, expected = 0;
    bool failed = false;
    auto failing = [&](int s, int item) {
      if (s == stage && item == fail_at) throw Failure("at");
    };
    try {
      run(
          threads, in_flight,
          [&]() -> std::optional<Counted> {
            failing(0, made);
            return made < items ? std::optional<Counted>(made++) : std::nullopt;
          },
          [&](Counted&& in, unsigned) {
            spin(std::chrono::microseconds((static_cast<unsigned>(in.value) * 2654435761u ^ seed) % 40));
            failing(1, in.value);
            return Counted(in.value);
          },
          [&](Counted&& out) {
            failing(2, out.value);
            if (out.value == expected) expected++;
          });
    } catch (const Failure&) {
      failed = true;
    }
    bool must_fail = fail_at >= 0 && (stage == 0 ? fail_at <= items : fail_at < items);
    CHECK(failed == must_fail);
    CHECK(expected == (must_fail ? fail_at : items));
    CHECK(Counted::alive == 0);
  }
}
