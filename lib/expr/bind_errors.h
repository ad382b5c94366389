// Words for what is wrong with the meaning of an expression.
#pragma once

#include <string>
#include <string_view>

#include "expr/function.h"

namespace ev {

/// "a number", "text or bytes".
std::string types_text(TypeMask types);
/// What to write in place of a function that there is not.
std::string function_instead_of(std::string_view name);

}  // namespace ev
