// The extended log format of the W3C, as IIS, CloudFront and Exchange write it: #Fields names the columns.
#pragma once

#include <string_view>

#include "text/text_parser.h"

namespace ev {

/// - Values stand between spaces; between tabs in lines that have one; between commas where those of #Fields do. A
/// value
///   in quotes may hold them, and quotes twice. - is null.
/// - date and time become one field time, in the place of the first: ISO 8601 in UTC, which the format prescribes.
/// Where
///   there is no date, that of the last #Date counts.
/// - A record with more or fewer values than #Fields has names is a reject, as is one without #Fields before it.
std::unique_ptr<TextParser> make_w3c_parser(const TextFormat& format, const FieldChoice& fields);

/// Takes over a line that is #Fields or #Date.
void read_w3c_directive(std::string_view line, TextFormat& format, std::string_view place);

}  // namespace ev
