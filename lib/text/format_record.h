// A format of text as names and values: what a checkpoint keeps, to go on in the middle of an input.
#pragma once

#include "base/named_values.h"
#include "text/text_format.h"

namespace ev {

void write_format(const TextFormat& format, NamedValues& into);
/// Throws Error(corrupt) where it was not written by write_format().
TextFormat read_format(const NamedValues& from);

}  // namespace ev
