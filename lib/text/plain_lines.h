// Lines of any text, each an event with the one field `message`.
#pragma once

#include "text/text_parser.h"

namespace ev {

std::unique_ptr<TextParser> make_plain_lines_parser(const FieldChoice& fields);

}  // namespace ev
