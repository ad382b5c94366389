// What a decoded batch must hold beyond the shape of each of its columns, for all that is done with it later.
#pragma once

#include <string_view>

#include "event/batch.h"

namespace ev {

/// Throws Error(corrupt) where two columns of a path have a value in the same row. Free where no path has two columns.
/// Requires columns in ascending order of path.
void check_one_value_per_path(const Batch& batch, std::string_view place);
/// Throws Error(corrupt) where a layout number is out of range or a row has a value that its layout does not name.
/// Costs a pass over the rows only where there are several layouts.
void check_layouts(const Batch& batch, std::string_view place);

}  // namespace ev
