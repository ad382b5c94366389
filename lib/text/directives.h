// Logs that describe their columns in lines that begin with #, at their beginning and wherever they were opened again.
#pragma once

#include <string_view>

#include "text/text_format.h"
#include "text/text_unit.h"

namespace ev {

/// Whether texts of that kind have such lines. They are no records.
inline bool has_directives(TextKind kind) {
  return kind == TextKind::w3c || kind == TextKind::zeek;
}

/// Whether the line changes how the lines behind it are read.
bool changes_columns(TextKind kind, std::string_view line);

/// Takes over what the lines say with which the unit begins; true where that changes the format. Units are cut before
/// lines that changes_columns(). Throws Error(corrupt) about `place` where they contradict each other.
bool read_directives(const TextUnit& unit, TextFormat& format, std::string_view place);

}  // namespace ev
