// What stands in the list of `x in (...)`.
#pragma once

#include <memory>
#include <span>

#include "expr/function.h"

namespace ev {

/// For the function "in", whose one argument is x. The texts of `values` must outlive it.
std::shared_ptr<const Bound> bind_members(std::span<const Value> values, const ExpressionOptions& options);

}  // namespace ev
