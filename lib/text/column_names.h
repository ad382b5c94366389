// Names of the columns of a table, from its header.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ev {

/// Names that tell the columns apart: one that is missing becomes column_N, one that stands twice gets _2. Throws
/// Error(corrupt) about the header of `place` where they are too many or one is too long.
std::vector<std::string> column_names(std::vector<std::string> names, std::string_view place);

/// Throws Error(corrupt): "PLACE: the header WHAT".
[[noreturn]] void fail_header(std::string_view place, std::string_view what);

}  // namespace ev
