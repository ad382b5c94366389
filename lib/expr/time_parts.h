// Seconds and instants in expressions.
#pragma once

#include <cstdint>
#include <optional>

#include "event/batch.h"

namespace ev {

/// A number of seconds as ns, to the nearest; nullopt where they are too many.
std::optional<int64_t> ns_of_seconds(const Value& seconds);
/// The form of a time that came about by moving one of form `form` by `ns` to `result`: the same where it shows the
/// result as exactly, else the usual one.
uint32_t form_after(uint32_t form, int64_t ns, int64_t result);

}  // namespace ev
