// Text for people: what a terminal would act on made visible, and how wide text stands on a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "emit/value_text.h"

namespace ev {

/// Control characters as \n, \x1b (escape_controls), and characters that turn the direction of text or end a line
/// (U+2028, U+202A to U+202E, U+2066 to U+2069, ...) as \u202e: what is shown is what is there, on one line.
std::string visible_text(std::string_view text);

/// Columns that the text takes on a terminal: wide characters (CJK, emoji) two, combining marks none; what makes one
/// character on the screen (ZWJ sequences, flags) counts once. Requires: visible_text().
std::size_t display_width(std::string_view text);

/// The text, or its beginning and … where it is wider than `width`; never cut within a character of the screen.
std::string cut_to_width(std::string_view text, std::size_t width);

/// Style of the values in table and record.
struct DisplayStyle : PlainNumbers {
  static void text(TextSink& sink, std::string_view text);
  static void json(TextSink& sink, std::string_view json) { text(sink, json); }
};

}  // namespace ev
