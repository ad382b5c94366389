// The event time among the values of a JSON line.
#pragma once

#include <optional>
#include <string_view>

#include "base/time.h"
#include "text/json_number.h"

namespace ev {

/// The value as an instant, or nullopt where it is none (or, with `plausible_only`, none from 1990 to 2100).
/// `raw` is the value as it stands in the line: decimals are read from it, digit by digit.
std::optional<TimeValue> read_time(const Scalar& value, std::string_view raw, bool plausible_only);

}  // namespace ev
