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

/// Gives the field `from`, or an object with all fields in it, the name `to`. Rows without it stay as they are. Where the
/// object that it lies in stays the same, so does its place; else it comes last, as of set_path(). False, with nothing
/// changed, where a row has another field that is `to`, lies below it or that it would lie below. Requires layouts.
bool rename_path(Batch& batch, const Path& from, const Path& to);

/// Whether the steps of `path` begin with all steps of `object`, and there are more.
bool lies_below(const Path& path, const Path& object);

}  // namespace ev
