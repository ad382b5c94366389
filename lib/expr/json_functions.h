// Steps into json values, as the binder finds them in an expression.
#pragma once

#include <memory>
#include <vector>

#include "expr/compare.h"
#include "expr/function.h"
#include "expr/json_text.h"

namespace ev {

/// Of the function "[]": f[0].x.
struct JsonSteps : Bound {
  std::vector<JsonStep> steps;
};

/// Of the function "any": its arguments are the fields that may hold the array, the longest name first, and the value
/// to compare with. `steps[i]` lead from field i to what is compared; arrays on the way are gone through.
struct AnyElement : Bound {
  std::vector<std::vector<JsonStep>> steps;
  Comparison comparison = Comparison::equal;
};

}  // namespace ev
