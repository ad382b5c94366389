#include "dedup/event_clock.h"

#include <algorithm>
#include <functional>

namespace ev {

EventClock::EventClock(std::span<const int64_t> latest) {
  for (int64_t time : latest) see(time);
}

void EventClock::see(int64_t time) {
  const bool full = latest_.size() == kQuorum;
  if ((full && time <= latest_.front()) || std::find(latest_.begin(), latest_.end(), time) != latest_.end()) return;
  if (full) {
    std::pop_heap(latest_.begin(), latest_.end(), std::greater<>());
    latest_.pop_back();
  }
  latest_.push_back(time);
  std::push_heap(latest_.begin(), latest_.end(), std::greater<>());
}

void EventClock::merge(const EventClock& other) {
  for (int64_t time : other.latest_) see(time);
}

int64_t before(int64_t time, int64_t span) {
  int64_t result = 0;
  return __builtin_sub_overflow(time, span, &result) ? INT64_MIN : result;
}

int64_t after(int64_t time, int64_t span) {
  int64_t result = 0;
  return __builtin_add_overflow(time, span, &result) ? INT64_MAX : result;
}

}  // namespace ev
