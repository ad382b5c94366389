// Zone maps: the smallest and largest value of a chunk, by which readers skip blocks.
#pragma once

#include "codec/choose.h"
#include "codec/chunk.h"

namespace ev {

/// Of a bool, int, uint, float or time column with values. `stats` of its words.
Zone word_zone(const Column& column, const WordStats& stats);
/// Of a string or bytes column with values, all texts of which are used.
Zone text_zone(const Column& column);
/// Whether columns of that type have zones.
bool has_zone(Type type);

}  // namespace ev
