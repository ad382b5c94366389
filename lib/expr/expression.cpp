#include "expr/expression.h"

#include "expr/program.h"
#include "expr/token.h"

namespace ev {

Expression Expression::parse(std::string_view text, const ExpressionOptions& options) {
  return Expression(bind_expression(text, options));
}

Expression Expression::parse_condition(std::string_view text, const ExpressionOptions& options) {
  Expression expression = parse(text, options);
  const Node& root = expression.program().nodes[expression.program().root];
  if (root.gives != kNoType && !(root.gives & kBoolean))
    fail_at(text, root.at, "this is no condition", "compare it with something");
  return expression;
}

const std::string& Expression::text() const {
  return program_->text;
}

std::vector<std::string> Expression::fields() const {
  std::vector<std::string> names;
  for (const NamedField& field : program_->fields) names.push_back(field.name);
  return names;
}

bool Expression::needs_layouts() const {
  return program_->needs_layouts;
}

}  // namespace ev
