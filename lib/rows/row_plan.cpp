#include "rows/row_plan.h"

#include "base/error.h"
#include "base/text.h"
#include "event/path.h"

namespace ev {

Setting parse_setting(std::string_view text, const ExpressionOptions& options) {
  // The first = outside of backquotes.
  std::size_t at = 0;
  for (bool quoted = false; at < text.size() && (quoted || text[at] != '='); at++) quoted ^= text[at] == '`';
  auto trimmed = [](std::string_view part) {
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    return part;
  };
  const std::string_view name = trimmed(text.substr(0, at));
  if (at == text.size() || name.empty())
    throw Error(ErrorKind::usage, std::string(text), "is no NAME=EXPRESSION", "for example total=price * amount");
  parse_path(name);  // refuses what no field can be called
  return {std::string(name), Expression::parse(text.substr(at + 1), options)};
}

}  // namespace ev
