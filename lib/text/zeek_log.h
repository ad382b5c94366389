// Logs of Zeek: tables whose header names the columns, their types, and what stands between and in place of values.
#pragma once

#include <string_view>

#include "text/text_parser.h"

namespace ev {

/// Values have the types of #types: time (a decimal epoch, kept to its last digit), interval and double (float), count,
/// int and port (int), bool (T and F), sets and vectors (a JSON array); all else is a string. A value that its type
/// does not allow is a string. Escapes (\x09, \\) are what they stand for, where that is UTF-8. A record with more or
/// fewer values than columns is a reject, as is one without #fields before it, or with another number of #types.
std::unique_ptr<TextParser> make_zeek_parser(const TextFormat& format, const FieldChoice& fields);

/// Takes over a line of the header.
void read_zeek_directive(std::string_view line, TextFormat& format, std::string_view place);

}  // namespace ev
