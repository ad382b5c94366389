// Lines taken apart by a regular expression: its named groups are the fields.
#pragma once

#include <string>
#include <string_view>

#include "text/text_parser.h"

namespace ev {

/// The syntax is RE2's; groups are named (?P<name>...) or (?<name>...). The pattern may match anywhere in a line: ^ and
/// $ hold it to the ends. Values have the types of typed(); a group that took no part is missing, one that matched
/// nothing is the empty string; of groups with one name the last that took part counts. A line that does not match is
/// refused. Throws as check_regex() does.
std::unique_ptr<TextParser> make_regex_parser(const std::string& pattern, const FieldChoice& fields);

/// Throws Error(usage) for a pattern that does not compile, or has no named group.
void check_regex(const std::string& pattern);

/// The pattern with (?P<name> in the place of (?<name>, which older versions of RE2 do not know.
std::string with_python_groups(std::string_view pattern);

}  // namespace ev
