// What counts as a time in the field of the event time.
#pragma once

#include <memory>
#include <vector>

#include "base/time_format.h"
#include "base/time_zone.h"

namespace ev {

/// Immutable once made; any number of threads may use it.
struct TimeRules {
  bool plausible_only = false;              // the field was found, not named: only 1990 to 2100 counts as a time,
  bool any_past = false;                    // unless a bound of the user's own judges what is before
  bool any_future = false;                  // or after that
  std::shared_ptr<const TimeZone> assumed;  // zone of texts that name none; null: UTC
  std::vector<TimeFormat> formats;          // tried before the forms that are known, in their order
};

}  // namespace ev
