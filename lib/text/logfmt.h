// logfmt: key=value pairs, as in `level=info msg="two words" took=1.5`.
#pragma once

#include "text/text_parser.h"

namespace ev {

/// - `key=` is null, `key=""` the empty string, `key` alone is true. Values without quotes have the types of
///   typed(), those in quotes are strings.
/// - In quotes, \" \\ \/ \n \r \t \b \f are escapes; other backslashes stand for themselves.
/// - Repeated keys: the last value, in the place of the first.
/// - A line is refused where a value has no key, a quote is not closed, or text follows a closing quote.
std::unique_ptr<TextParser> make_logfmt_parser(const FieldChoice& fields);

}  // namespace ev
