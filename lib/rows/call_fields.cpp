#include "rows/call_fields.h"

#include <string>

#include "base/error.h"
#include "base/of_option.h"
#include "base/text.h"
#include "event/path.h"

namespace ev {
namespace {

/// Whether the name means the same field where it stands in an expression: a - would be a minus there.
bool is_name_in_expressions(const std::string& field, const ExpressionOptions& options) {
  if (field.find('`') != field.npos) return true;
  try {
    return Expression::parse(field, options).fields() == std::vector<std::string>{field};
  } catch (const Error&) {
    return false;
  }
}

/// The field as expressions name it.
std::string as_expression(const std::string& field, const ExpressionOptions& options) {
  if (is_name_in_expressions(field, options)) return field;
  std::string quoted;
  for (std::size_t at = 0; at <= field.size();) {
    const std::size_t end = std::min(field.find('.', at), field.size());
    quoted += concat(quoted.empty() ? "`" : ".`", std::string_view(field).substr(at, end - at), "`");
    at = end + 1;
  }
  return quoted;
}

std::string value_of(const AggregateCall& call, const ExpressionOptions& options) {
  if (!call.argument.empty()) return concat("(", call.argument, ")");
  return call.field.empty() ? "true" : as_expression(call.field, options);
}

}  // namespace

std::vector<Setting> make_call_fields(std::vector<AggregateCall>& calls, const ExpressionOptions& options) {
  std::vector<Setting> settings;
  for (AggregateCall& call : calls) {
    if (call.argument.empty() && call.where.empty()) continue;
    // Each by itself first: what is wrong is then named as it was written.
    of_option("-a", [&] {
      if (!call.argument.empty()) Expression::parse(call.argument, options);
      if (!call.where.empty()) Expression::parse_condition(call.where, options);
    });
    const std::string value = value_of(call, options);
    const std::string text = call.where.empty() ? value : concat("if(", call.where, ", ", value, ", null)");
    std::string shown = call.argument.empty() ? call.field : call.argument;
    shown = concat(call.function, shown.empty() ? "" : concat("(", shown, ")"));
    if (!call.where.empty()) shown += concat(" where ", call.where);
    std::string key = shown;
    std::erase(key, '`');
    call.field = quoted_name(Path::key(key));
    settings.push_back({call.field, Expression::parse(text, options), concat("-a ", shown)});
  }
  return settings;
}

}  // namespace ev
