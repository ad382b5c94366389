// Bounds of the event time: what is absurdly early or in the future is refused.
#pragma once

#include <limits>
#include <string>

#include "text/row_check.h"

namespace ev {

/// Event times from `earliest` to `latest` are taken, both included; untimed events are not judged. The words are what
/// the user wrote, for the reasons.
struct ClockBounds {
  int64_t earliest = std::numeric_limits<int64_t>::min();
  int64_t latest = std::numeric_limits<int64_t>::max();
  std::string earliest_words, latest_words;
};

class ClockCheck final : public RowCheck {
 public:
  explicit ClockCheck(ClockBounds bounds) : bounds_(std::move(bounds)) {}
  void check(const Batch& batch, RefusedRows& refused) const override;

 private:
  ClockBounds bounds_;
};

}  // namespace ev
