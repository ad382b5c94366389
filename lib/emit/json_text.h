// Strings of JSON.
#pragma once

#include <string_view>

#include "emit/text_sink.h"

namespace ev {

/// Appends `text` as a JSON string with its quotes. Escapes only what JSON requires: quote, backslash, control
/// characters. Requires: valid UTF-8.
void append_json_string(TextSink& sink, std::string_view text);

}  // namespace ev
