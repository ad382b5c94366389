// A value within the payload of a state.
#pragma once

#include <string>
#include <string_view>

#include "base/bytes.h"
#include "event/batch.h"

namespace ev {

/// u8 type (0: there is none, and nothing follows); for bool, int, uint, float: u64 word; for time: u64 word, u32 form;
/// for texts: the text, up to the end.
void write_value(const Value& value, std::string& out);
/// Up to the end of the payload, in which a text stays. Throws Error(corrupt).
Value read_value(ByteReader& in);

}  // namespace ev
