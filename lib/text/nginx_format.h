// Logs of web servers by the very log_format that wrote them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "text/text_parser.h"

namespace ev {

/// A log_format: text and variables by turns.
struct NginxFormat {
  struct Variable {
    std::string name;
    std::string literal;     // that follows; empty: to the end of the line
    bool quoted = false;     // stands in double quotes: one with a backslash before it does not end it
    bool upstream = false;   // a list with ", " or " : " between the servers that were asked
    bool free_text = false;  // what a client sends, a string even if it looks like a number
  };
  std::string begin;
  std::vector<Variable> variables;
};

/// Takes the format itself ($name and ${name} are variables), or the whole directive: `log_format NAME 'part' 'part';`.
/// Throws Error(usage) where there is no variable, or nothing between two.
NginxFormat parse_nginx_format(std::string_view text);

/// Fields are the variables, under their names. A variable ends where the text after it begins. `-` is null; what
/// clients send (headers, cookies, the request, the user) are strings, all else has the types of typed(). Escapes
/// (\xHH) stay as they are. A line that the format did not write is refused. Throws as parse_nginx_format() does.
std::unique_ptr<TextParser> make_nginx_parser(std::string_view format, const FieldChoice& fields);

}  // namespace ev
