// The event time among the values of a JSON line.
#pragma once

#include <string_view>

#include "base/time.h"
#include "text/json_number.h"
#include "text/time_rules.h"

namespace ev {

/// Whether the value is a time by the rules; then `time` is set. `raw` is the value as it stands in the text: decimals
/// are read from it, digit by digit. (No optional: as each event has its time, handing one on shows.)
bool read_time(const Scalar& value, std::string_view raw, const TimeRules& rules, TimeValue& time);

}  // namespace ev
