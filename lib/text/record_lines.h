// The lines of a record that has several.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/pod_vector.h"

namespace ev {

/// A record without the blank lines at its beginning and at its end, and without the end of its last line.
struct RecordLines {
  std::string_view text;
  uint64_t skipped = 0;  // blank lines before
};
RecordLines without_blank_lines(std::string_view record);

/// A copy of a record in `into` whose lines end with LF where they ended with CR LF. More of these are behind it.
std::string_view with_plain_line_ends(std::string_view record, PodVector<char>& into);

/// Why a record that begins in this line is refused: "column 57: invalid UTF-8", or "line 8, column 57: invalid UTF-8"
/// where that is a line behind the first one.
std::string why_record_is_not_utf8(std::string_view record, uint64_t line);

}  // namespace ev
