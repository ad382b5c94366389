// Values as text, and text as values: what casts do.
#pragma once

#include <optional>
#include <string_view>

#include "expr/arena.h"
#include "expr/elementwise.h"

namespace ev {

/// The value as `ev export -f csv` writes it. Requires a value that is not null. Long-lived as the value, or in
/// `arena`.
std::string_view spelled(const Value& value, Arena& arena);

/// "-12", "+3", "007": an integer of any size that int or uint hold; null for anything else, with `overflow` set where
/// it is an integer that neither holds.
Value read_integer(std::string_view text, bool& overflow);
/// "1.5", "-2e3", ".5": a decimal number; nullopt for anything else, "inf" and "nan" among it.
std::optional<double> read_float(std::string_view text);

}  // namespace ev
