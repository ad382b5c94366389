// The version of evkit, as --version tells it.
#pragma once

#include <string_view>

namespace ev {

inline constexpr std::string_view kVersion = "0.1.0";  // the same as in CMakeLists.txt

}  // namespace ev
