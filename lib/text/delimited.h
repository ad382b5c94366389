// CSV and TSV by RFC 4180: fields between separators, quoted where they hold separators, quotes or newlines. And TSV as
// databases write it, with backslashes instead of quotes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/text_parser.h"

namespace ev {

/// Reads the first record of `text` as the names of the columns into `format`, if it names none yet. Columns without a
/// name are called column_N; a name that stands twice gets _2. Throws Error(corrupt) about `place` where it cannot be
/// one.
void read_header(std::string_view text, TextFormat& format, std::string_view place);

/// - A quote opens a quoted field at its first byte only; inside, two quotes are one. Lines end with LF or CR LF.
/// - A bare empty field is null, "" the empty string. Values have the types of typed(), quoted or not.
/// - In escaped text a backslash and what follows it stand for one byte (\t, \n, \\, \x09; what has no meaning of its own
///   stands for itself, a newline, too), and a field \N is null. Quotes mean nothing and an empty field is the empty string.
/// - A record with more or fewer fields than columns is a reject, as is one whose quote never closes.
/// - Blank lines are nothing, but for a single column, where they are null.
std::unique_ptr<TextParser> make_delimited_parser(const TextFormat& format, const FieldChoice& fields);

}  // namespace ev
