// Which events repeat one that was kept.
#pragma once

#include <cstdint>
#include <vector>

#include "dedup/dedup.h"
#include "dedup/event_clock.h"
#include "dedup/event_keys.h"
#include "dedup/seen_keys.h"
#include "pipeline/turns.h"

namespace ev {

/// The rows of a batch, in order.
struct Judgement {
  Selection kept, repeated;
  Selection left_out;        // without a key, where these are not wanted
  uint64_t unkeyed = 0;      // of all rows
  uint64_t untimed = 0;      // kept, because a window says nothing of them
  uint64_t late = 0;         // too late to be compared with all that was kept
  int64_t min_time = INT64_MAX, max_time = INT64_MIN;
};

/// Several threads work on one batch each; what they find is as if one batch came after the other.
class Judge {
 public:
  /// `memory`: of the keys, about. `clock`: event time before the first event.
  Judge(const DedupSettings& settings, const EventClock& clock, uint64_t memory);

  /// Keys of earlier runs, or segments. While nobody judges.
  void set_earlier(EarlierKeys&& earlier) { earlier_ = std::move(earlier); }
  /// For Turns::Passage: of a batch, from before anything may fail until it was judged.
  Turns& turns() { return turns_; }
  /// Parallel. `times`: the event times, null where no row has one.
  Judgement judge(Turns::Passage& passage, const EventKeys& keys, const Column* times);

  /// After all.
  const EventClock& clock() const { return clock_; }
  SeenKeys& seen() { return seen_; }

  static KeyShape shape_of(const DedupSettings& settings) { return {settings.window.has_value(), settings.verify}; }

 private:
  struct Work;
  void note_times(Work& work, const Column* times) const;
  static void sort_by_part(Work& work);
  void pass_clock(Work& work);
  void pass_part(Work& work, std::size_t part);
  int64_t watermark(const EventClock& clock) const;

  const Unkeyed unkeyed_;
  const std::optional<int64_t> window_;
  const int64_t lateness_;
  const bool verify_;
  Turns turns_;
  EventClock clock_;  // at the first gate
  EarlierKeys earlier_;
  SeenKeys seen_;     // parts at the gates behind it
};

}  // namespace ev
