// Batches with fields left out, added or replaced.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "event/batch.h"

namespace ev {

/// Leaves out the paths for which `keep` (one entry for each path) is 0, with their values. The order of those kept
/// stays.
void keep_paths(Batch& batch, std::span<const uint8_t> keep);

/// Gives each row a field `path`: null, or the value of the one of `columns` that has one there (at most one for each
/// type, over all rows; their own path does not matter).
/// - Where the row has the path, the new value takes the old one's place.
/// - What cannot stand beside it goes: the fields below the path, and a field that the path leads through. The first of
///   them gives up its place.
/// - Else it comes last in the innermost object that the row has of those it lies in, or last of all.
void set_path(Batch& batch, const Path& path, std::vector<Column>&& columns);

/// Whether the steps of `path` begin with all steps of `object`, and there are more.
bool lies_below(const Path& path, const Path& object);

}  // namespace ev
