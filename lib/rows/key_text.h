// Keys as people write them: names of fields, or expressions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "expr/expression.h"

namespace ev {

/// Calls f(at) for each byte outside quotes and parentheses, from the first to the last.
template <class F>
void for_each_outer(std::string_view text, F&& f) {
  char quote = 0;
  int depth = 0;
  for (std::size_t at = 0; at < text.size(); at++) {
    const char c = text[at];
    if (quote) {
      if (c == '\\' && quote != '`')
        at++;
      else if (c == quote)
        quote = 0;
      continue;
    }
    if (c == '"' || c == '\'' || c == '`') quote = c;
    if (depth == 0) f(at);
    depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
  }
}

/// The field of that name as an expression has it, whatever characters are in it.
std::string field_call(std::string_view name);
/// Whether the text is more than a name, which may have dots, dashes and colons.
bool has_operators(std::string_view text);
/// Whether it is an expression: what cannot be read as one may still be the name of a field, as strange as it looks.
bool is_key_expression(const std::string& text, const ExpressionOptions& options);

}  // namespace ev
