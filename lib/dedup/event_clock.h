// How far event time has come, as far as enough events say so.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace ev {

/// The high-water mark is the earliest of the latest kQuorum different times: a few events from the far future do not move
/// it, however often they come again. Depends on the times alone, not on their order.
class EventClock {
 public:
  static constexpr std::size_t kQuorum = 16;

  EventClock() = default;
  /// As latest() was.
  explicit EventClock(std::span<const int64_t> latest);

  void see(int64_t time);
  /// INT64_MIN until kQuorum different times were seen.
  int64_t high_water() const { return latest_.size() < kQuorum ? INT64_MIN : latest_.front(); }
  /// The latest times, at most kQuorum: all that the clock remembers. The first one is the earliest.
  std::span<const int64_t> latest() const { return latest_; }
  /// As if this clock had seen what the other one saw.
  void merge(const EventClock& other);

 private:
  std::vector<int64_t> latest_;  // a heap, the earliest first
};

/// time - span, at the limits of time where it does not fit.
int64_t before(int64_t time, int64_t span);
int64_t after(int64_t time, int64_t span);

}  // namespace ev
