// JSON that is not one object a line: objects that span lines, several on a line, elements of arrays.
#pragma once

#include "text/text_parser.h"

namespace ev {

/// The records are those that the unit names. Each is taken as a line of JSON lines would be; line ends in it are white
/// space. Reasons say in which line of the input something is wrong where the record has several.
std::unique_ptr<TextParser> make_json_documents_parser(const FieldChoice& fields);

}  // namespace ev
