#include "rows/key_text.h"

#include "base/error.h"

namespace ev {

std::string field_call(std::string_view name) {
  std::string text = "field(\"";
  for (char c : name) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\")";
}

bool has_operators(std::string_view text) {
  bool found = false;
  for_each_outer(text,
                 [&](std::size_t at) { found |= std::string_view("+*/%()[]<>=!\"'").find(text[at]) != text.npos; });
  return found;
}

bool is_key_expression(const std::string& text, const ExpressionOptions& options) {
  if (!has_operators(text)) return false;
  try {
    Expression::parse(text, options);
    return true;
  } catch (const Error&) {
    return false;
  }
}

}  // namespace ev
