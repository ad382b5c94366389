// Rows of parsed text as lines to compare, and units to parse.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/json_lines.h"

namespace ev::test {

TextUnit make_unit(std::string_view text);
/// One text a row: "a.b=i:1|c=s:x" in the order of the layout. Letters: n null, b bool, i int, u uint, d double (its
/// bits in hex), s string, t time (ns and form), j json.
std::vector<std::string> rows_of(const Batch& batch);
/// One value in these words.
std::string value_words(const Value& value);
/// The only row of a parser's answer to `line`, or "reject: REASON", or "nothing".
std::string parse_one(std::string_view line);
/// What differs between the two, to the last offset; empty when nothing does.
std::string difference(const ParsedText& a, const ParsedText& b);

}  // namespace ev::test
