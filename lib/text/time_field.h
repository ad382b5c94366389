// The event time among the values of a JSON line.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"
#include "text/json_number.h"
#include "text/time_rules.h"

namespace ev {

/// The value as an instant, or nullopt where it is none by the rules. `raw` is the value as it stands in the text:
/// decimals are read from it, digit by digit.
std::optional<TimeValue> read_time(const Scalar& value, std::string_view raw, const TimeRules& rules);

}  // namespace ev
