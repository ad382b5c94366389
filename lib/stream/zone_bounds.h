// Whether the zone map of a chunk bounds its values.
#pragma once

#include "codec/chunk.h"

namespace ev {

/// False if a value of the column lies outside of the zone, or an end that is called exact is none of its values.
bool zone_holds(const Zone& zone, const Column& column);

}  // namespace ev
