// Syntax to program: functions are found, fields numbered, constants computed, and types checked where they are known.
#include <algorithm>
#include <array>
#include <charconv>

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "event/value_order.h"
#include "expr/bind_errors.h"
#include "expr/elementwise.h"
#include "expr/json_functions.h"
#include "expr/json_text.h"
#include "expr/membership.h"
#include "expr/program.h"
#include "expr/syntax.h"
#include "expr/token.h"

namespace ev {

void BindContext::fail(std::size_t argument, std::string what, std::string remedy) const {
  fail_at(expression, places[argument], std::move(what), std::move(remedy));
}

namespace {

class Binder {
 public:
  Binder(std::string_view text, const ExpressionOptions& options) : options_(options) { program_.text = text; }

  std::shared_ptr<const Program> bind() {
    const std::unique_ptr<Syntax> syntax = parse_expression(program_.text);
    program_.root = expression(*syntax);
    return std::make_shared<const Program>(std::move(program_));
  }

 private:
  [[noreturn]] void fail(uint32_t at, std::string what, std::string remedy = {}) const {
    fail_at(program_.text, at, std::move(what), std::move(remedy));
  }
  const Node& node(uint32_t number) const { return program_.nodes[number]; }
  bool is_literal(uint32_t number) const { return node(number).kind == NodeKind::literal; }

  uint32_t add(Node&& made) {
    program_.nodes.push_back(std::move(made));
    return static_cast<uint32_t>(program_.nodes.size() - 1);
  }
  static Node node_at(NodeKind kind, const Syntax& syntax, TypeMask gives) {
    Node made;
    made.kind = kind;
    made.at = syntax.at;
    made.begin = syntax.begin;
    made.end = syntax.end;
    made.gives = gives;
    return made;
  }
  uint32_t literal(const Syntax& syntax, Value value) {
    Node made = node_at(NodeKind::literal, syntax, value.type == Type::null ? kNoType : mask_of(value.type));
    if (is_text_type(value.type)) value.text = program_.texts.emplace_back(value.text);
    made.value = value;
    return add(std::move(made));
  }

  uint32_t expression(const Syntax& syntax) {
    switch (syntax.kind) {
      case SyntaxKind::number:
        return number(syntax);
      case SyntaxKind::duration:
        return duration(syntax);
      case SyntaxKind::text: {
        Value value;
        value.type = Type::string;
        value.text = syntax.text;
        return literal(syntax, value);
      }
      case SyntaxKind::word: {
        Value value;
        if (syntax.text != "null") value.type = Type::boolean;
        value.word = syntax.text == "true";
        return literal(syntax, value);
      }
      case SyntaxKind::name:
        return field(syntax, syntax.text);
      case SyntaxKind::element:
      case SyntaxKind::step:
        return steps(syntax);
      case SyntaxKind::call:
        return call(syntax);
      case SyntaxKind::operation:
        return operation(syntax);
    }
    fail(syntax.at, "cannot be read");
  }

  /// A number that no type holds exactly is kept as text: it can be compared, exactly. What a float prints as is that
  /// float, however many digits it has.
  uint32_t number(const Syntax& syntax) {
    const Value exact = json_value(syntax.text, arena_);
    if (exact.type != Type::json) return literal(syntax, exact);
    double nearest_float = 0;
    auto [end, error] = std::from_chars(syntax.text.data(), syntax.text.data() + syntax.text.size(), nearest_float);
    if (error != std::errc() || syntax.text.find_first_of(".eE") == std::string::npos) return literal(syntax, exact);
    const std::string printed = float_text(nearest_float);
    Value as_printed = exact;
    as_printed.text = printed;
    return literal(syntax, compare_numbers(exact, as_printed) == 0 ? float_value(nearest_float) : exact);
  }
  uint32_t duration(const Syntax& syntax) {
    const std::optional<int64_t> ns = read_duration(syntax.text);
    if (!ns) {
      const bool size = read_size(syntax.text).has_value();
      fail(syntax.at, concat("\"", syntax.text, "\" is neither a number nor a duration"),
           size ? concat("write size(\"", syntax.text, "\")")
                : std::string(
                      "durations are written 250ms, 90s, 1h30m; a name that begins with a digit stands in backquotes"));
    }
    Value value;
    value.type = Type::float64;
    value.word = std::bit_cast<uint64_t>(static_cast<double>(static_cast<long double>(*ns) / 1e9L));
    return literal(syntax, value);
  }

  uint32_t new_group() { return program_.groups++; }
  /// The number of the field in the program. Of two mentions, the first stands for both.
  uint32_t named(const std::string& name, std::optional<uint32_t> group) {
    for (uint32_t i = 0; i < program_.fields.size(); i++)
      if (program_.fields[i].name == name && (!group || program_.fields[i].group == *group)) return i;
    program_.fields.push_back({name, group ? *group : new_group()});
    return static_cast<uint32_t>(program_.fields.size() - 1);
  }
  uint32_t field(const Syntax& syntax, const std::string& name, std::optional<uint32_t> group = std::nullopt) {
    Node made = node_at(NodeKind::field, syntax, kAnyType);
    made.field = named(name, group);
    return add(std::move(made));
  }

  uint32_t steps(const Syntax& syntax) {
    auto bound = std::make_shared<JsonSteps>();
    const Syntax* at = &syntax;
    for (; at->kind == SyntaxKind::element || at->kind == SyntaxKind::step; at = at->children[0].get()) {
      JsonStep step;
      step.key = at->text;
      if (at->kind == SyntaxKind::element) step.index = at->index;
      bound->steps.insert(bound->steps.begin(), std::move(step));
    }
    return apply(syntax, "[]", {expression(*at)}, std::move(bound));
  }

  uint32_t operation(const Syntax& syntax) {
    std::vector<uint32_t> arguments;
    for (const auto& child : syntax.children) arguments.push_back(expression(*child));
    if (syntax.text == "and" || syntax.text == "or") {
      for (uint32_t argument : arguments) check_type(argument, kBoolean, syntax.text);
      if (all_literal(arguments)) return logic_of_constants(syntax, arguments);
      Node made = node_at(syntax.text == "and" ? NodeKind::conjunction : NodeKind::disjunction, syntax, kBoolean);
      made.arguments = std::move(arguments);
      return add(std::move(made));
    }
    if (syntax.text == "is null") {
      if (all_literal(arguments)) return literal(syntax, truth_value(node(arguments[0]).value.type == Type::null));
      Node made = node_at(NodeKind::is_null, syntax, kBoolean);
      made.arguments = std::move(arguments);
      return add(std::move(made));
    }
    if (syntax.text == "in") return membership(syntax, arguments);
    return apply(syntax, syntax.text, std::move(arguments), nullptr);
  }
  bool all_literal(const std::vector<uint32_t>& numbers) const {
    return std::all_of(numbers.begin(), numbers.end(), [&](uint32_t n) { return is_literal(n); });
  }
  uint32_t logic_of_constants(const Syntax& syntax, const std::vector<uint32_t>& arguments) {
    const bool decides = syntax.text == "or";
    bool unknown = false;
    for (uint32_t argument : arguments) {
      const Value& value = node(argument).value;
      if (value.type == Type::boolean && (value.word != 0) == decides) return literal(syntax, truth_value(decides));
      unknown |= value.type == Type::null;
    }
    return literal(syntax, unknown ? Value{} : truth_value(!decides));
  }
  uint32_t membership(const Syntax& syntax, const std::vector<uint32_t>& arguments) {
    std::vector<Value> values;
    for (std::size_t i = 1; i < arguments.size(); i++) {
      if (!is_literal(arguments[i]))
        fail(node(arguments[i]).at, "the list behind in takes constants", "write x == a or x == b");
      values.push_back(node(arguments[i]).value);
    }
    const uint32_t number = apply(syntax, "in", {arguments[0]}, bind_members(values, options_));
    program_.nodes[number].members = std::move(values);
    return number;
  }

  uint32_t call(const Syntax& syntax) {
    if (syntax.text == "field") return field(syntax, field_name(syntax));
    if (syntax.text == "has") return has(syntax);
    if (syntax.text == "any") return any(syntax);
    const bool condition = syntax.text == "if", coalesce = syntax.text == "coalesce";
    if (condition || coalesce) return choice(syntax, condition ? NodeKind::condition : NodeKind::coalesce);
    const Function* function = find_expression_function(syntax.text);
    if (!function || function->usage.empty())
      fail(syntax.at, concat("there is no function ", syntax.text), function_instead_of(syntax.text));
    if (syntax.children.size() < function->least || syntax.children.size() > function->most)
      fail(syntax.at, concat(syntax.text, " takes ", count_text(*function), ", not ", syntax.children.size()),
           concat("write ", function->usage));
    std::vector<uint32_t> arguments;
    for (const auto& child : syntax.children) arguments.push_back(expression(*child));
    return apply(syntax, syntax.text, std::move(arguments), nullptr);
  }
  static std::string count_text(const Function& function) {
    auto plural = [](unsigned n) { return concat(n, n == 1 ? " argument" : " arguments"); };
    if (function.least == function.most) return plural(function.least);
    if (function.most == kMaxArguments) return concat(function.least, " to ", kMaxArguments, " arguments");
    return concat(function.least, " or ", plural(function.most));
  }
  std::string field_name(const Syntax& syntax) const {
    const bool good = syntax.children.size() == 1 && syntax.children[0]->kind == SyntaxKind::text;
    if (!good) fail(syntax.at, "field takes a name in quotes", "write field(\"x-request-id\")");
    return syntax.children[0]->text;
  }
  /// The name that an argument is, backquoted, plain or as field("...").
  std::string name_argument(const Syntax& syntax, std::size_t argument, std::string_view usage) const {
    if (argument < syntax.children.size()) {
      const Syntax& child = *syntax.children[argument];
      if (child.kind == SyntaxKind::name) return child.text;
      if (child.kind == SyntaxKind::call && child.text == "field") return field_name(child);
    }
    fail(syntax.at, concat(syntax.text, " takes the name of a field"), concat("write ", usage));
  }
  uint32_t has(const Syntax& syntax) {
    if (syntax.children.size() != 1) fail(syntax.at, "has takes one name", "write has(FIELD)");
    Node made = node_at(NodeKind::has, syntax, kBoolean);
    made.field = named(name_argument(syntax, 0, "has(FIELD)"), std::nullopt);
    program_.needs_layouts = true;
    return add(std::move(made));
  }
  uint32_t choice(const Syntax& syntax, NodeKind kind) {
    const std::size_t count = syntax.children.size();
    if (kind == NodeKind::condition && count != 3)
      fail(syntax.at, concat("if takes 3 arguments, not ", count), "write if(condition, a, b)");
    if (count == 0) fail(syntax.at, "coalesce takes at least 1 argument", "write coalesce(a, b)");
    Node made = node_at(kind, syntax, kNoType);
    for (std::size_t i = 0; i < count; i++) {
      made.arguments.push_back(expression(*syntax.children[i]));
      const bool decides = kind == NodeKind::condition && i == 0;
      if (decides) check_type(made.arguments[0], kBoolean, "if");
      if (!decides) made.gives |= node(made.arguments[i]).gives;
    }
    if (kind == NodeKind::condition && is_literal(made.arguments[0]))
      return made.arguments[node(made.arguments[0]).value.word != 0 ? 1 : 2];
    if (kind == NodeKind::coalesce && all_literal(made.arguments)) {
      const auto found = std::find_if(made.arguments.begin(), made.arguments.end(),
                                      [&](uint32_t n) { return node(n).value.type != Type::null; });
      return found == made.arguments.end() ? literal(syntax, Value{}) : *found;
    }
    return add(std::move(made));
  }

  /// any(f.x, "==", v): the array may be f.x, or f with objects that have an x.
  uint32_t any(const Syntax& syntax) {
    constexpr std::string_view kUsage = "any(FIELD, \"==\", value)";
    if (syntax.children.size() != 3)
      fail(syntax.at, concat("any takes 3 arguments, not ", syntax.children.size()), concat("write ", kUsage));
    auto bound = std::make_shared<AnyElement>();
    const Syntax& op = *syntax.children[1];
    const auto comparison = comparison_of(op.text == "=" ? "==" : op.text);
    if (op.kind != SyntaxKind::text || !comparison)
      fail(op.at, "expected a comparison in quotes", "they are \"==\", \"!=\", \"<\", \"<=\", \">\" and \">=\"");
    bound->comparison = *comparison;
    const std::string name = name_argument(syntax, 0, kUsage);
    const Path path = parse_path(name);
    const std::vector<std::string_view> steps = path.steps();
    const bool quoted = name.find('`') != name.npos;
    if (steps.size() + 1 > kMaxArguments)
      fail(syntax.at, concat("any takes names of at most ", kMaxArguments - 1, " steps"));
    const uint32_t group = new_group();
    std::vector<uint32_t> arguments = {field(*syntax.children[0], name, group)};
    bound->steps.emplace_back();
    for (std::size_t count = steps.size() - 1; count > 0; count--) {
      arguments.push_back(field(*syntax.children[0], beginning(std::span(steps).first(count), quoted), group));
      std::vector<JsonStep>& inner = bound->steps.emplace_back();
      for (std::string_view step : std::span(steps).subspan(count)) inner.push_back({std::string(step), std::nullopt});
    }
    arguments.push_back(expression(*syntax.children[2]));
    return apply(syntax, "any", std::move(arguments), std::move(bound));
  }

  /// The name of the first steps of a name, in backquotes where that had some.
  static std::string beginning(std::span<const std::string_view> steps, bool quoted) {
    const Path path(steps);
    return quoted ? quoted_name(path) : path.name();
  }

  void check_type(uint32_t argument, TypeMask takes, std::string_view by) const {
    const Node& given = node(argument);
    if (given.gives == kNoType || (given.gives & takes)) return;
    if (given.kind == NodeKind::literal && given.gives == kJson)
      fail(given.at, concat("no type holds ", given.value.text, " exactly, so it can only be compared"));
    std::string_view remedy;
    if (takes == kBoolean)
      remedy = "compare it with something";
    else if ((takes & kTime) && (given.gives & kText))
      remedy = "write time(...)";
    else if (takes == kText || takes == kAnyText)
      remedy = "write string(...)";
    fail(given.at, concat(by, " takes ", types_text(takes), ", and this is ", types_text(given.gives)),
         std::string(remedy));
  }

  /// A call of a function whose arguments are bound.
  uint32_t apply(const Syntax& syntax, std::string_view name, std::vector<uint32_t> arguments,
                 std::shared_ptr<const Bound> bound) {
    const Function& function = *find_expression_function(name);
    const std::string_view shown = name == "negate" ? std::string_view("-")
                                   : name == "[]"   ? std::string_view("[...]")
                                                    : name;
    std::vector<Value> constants;
    std::vector<uint32_t> places;
    for (std::size_t i = 0; i < arguments.size(); i++) {
      check_type(arguments[i], function.takes_at(i), shown);
      const Node& argument = node(arguments[i]);
      if ((function.constants >> i & 1) && !bound &&
          (argument.kind != NodeKind::literal || argument.value.type == Type::null))
        fail(argument.at, concat("argument ", i + 1, " of ", shown, " must be a constant"));
      constants.push_back(argument.value);
      places.push_back(argument.at);
    }
    if (!bound && function.bind) bound = function.bind(BindContext{options_, constants, program_.text, places});
    Node made = node_at(NodeKind::call, syntax, function.gives);
    made.function = &function;
    made.bound = std::move(bound);
    if (all_literal(arguments)) {
      if (std::optional<Value> value = compute(function, made.bound.get(), constants)) return literal(syntax, *value);
    }
    made.arguments = std::move(arguments);
    return add(std::move(made));
  }
  /// The value of a call of constants; nullopt where it has an issue, which is counted when rows come.
  std::optional<Value> compute(const Function& function, const Bound* bound, std::span<const Value> constants) {
    std::vector<Vector> vectors(constants.size());
    std::vector<const Vector*> arguments;
    for (std::size_t i = 0; i < constants.size(); i++) {
      fill_constant(vectors[i], constants[i], 1);
      arguments.push_back(&vectors[i]);
    }
    Vector result;
    result.reset(1);
    IssueMarks issues;
    Call call{function, bound, arguments, result, arena_, issues};
    function.evaluate(call);
    if (issues.any()) return std::nullopt;
    return result.value_at(0);
  }

  const ExpressionOptions& options_;
  Program program_;
  Arena arena_;
};

}  // namespace

std::shared_ptr<const Program> bind_expression(std::string_view text, const ExpressionOptions& options) {
  return Binder(text, options).bind();
}

}  // namespace ev
