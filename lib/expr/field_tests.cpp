#include "expr/field_tests.h"

#include "expr/program.h"

namespace ev {
namespace {

std::optional<FieldTest> test_of(const Program& program, const Node& node, const ExpressionOptions& options) {
  auto is_field = [&](uint32_t number) { return program.nodes[number].kind == NodeKind::field; };
  auto is_literal = [&](uint32_t number) { return program.nodes[number].kind == NodeKind::literal; };
  auto field_name = [&](uint32_t number) { return program.fields[program.nodes[number].field].name; };
  FieldTest test;
  if (node.kind == NodeKind::field) {
    test.field = program.fields[node.field].name;
    Value yes;
    yes.type = Type::boolean;
    yes.word = 1;
    test.values.push_back(yes);
  } else if (node.kind != NodeKind::call || !is_field(node.arguments[0])) {
    // A constant before the field is the same from the other side.
    if (node.kind != NodeKind::call || node.arguments.size() != 2 || !is_field(node.arguments[1])) return std::nullopt;
    const auto comparison = comparison_of(node.function->name);
    if (!comparison || !is_literal(node.arguments[0])) return std::nullopt;
    test.field = field_name(node.arguments[1]);
    test.comparison = mirrored(*comparison);
    test.values.push_back(program.nodes[node.arguments[0]].value);
  } else if (node.function->name == "in") {
    test.field = field_name(node.arguments[0]);
    test.values = node.members;
  } else {
    const auto comparison = comparison_of(node.function->name);
    test.begins = node.function->name == "starts_with";
    if ((!comparison && !test.begins) || !is_literal(node.arguments[1])) return std::nullopt;
    test.field = field_name(node.arguments[0]);
    if (comparison) test.comparison = *comparison;
    test.values.push_back(program.nodes[node.arguments[1]].value);
  }
  for (const Value& value : test.values) test.times.push_back(time_meant(value, options));
  return test;
}

/// What `and` joins, or the whole.
std::vector<uint32_t> conditions_of(const Program& program) {
  const Node& root = program.nodes[program.root];
  return root.kind == NodeKind::conjunction ? root.arguments : std::vector<uint32_t>{program.root};
}

}  // namespace

bool are_all_tests(const Expression& condition, std::size_t tests) {
  return conditions_of(condition.program()).size() == tests;
}

std::vector<FieldTest> leading_tests(const Expression& condition, const ExpressionOptions& options) {
  const Program& program = condition.program();
  std::vector<FieldTest> tests;
  for (uint32_t number : conditions_of(program)) {
    std::optional<FieldTest> test = test_of(program, program.nodes[number], options);
    if (!test) break;
    tests.push_back(std::move(*test));
  }
  return tests;
}

}  // namespace ev
