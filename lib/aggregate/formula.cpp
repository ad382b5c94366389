#include "aggregate/formula.h"

#include <algorithm>

#include "aggregate/group_states.h"
#include "aggregate/states.h"
#include "base/error.h"
#include "base/text.h"
#include "expr/evaluator.h"
#include "expr/syntax.h"
#include "expr/token.h"

namespace ev {
namespace {

constexpr uint8_t kCode = 13, kVersion = 1;

/// A formula has no values of its own: it is the same for all groups.
class FormulaStates : public GroupStates<FormulaStates> {
 public:
  explicit FormulaStates(std::string formula) : GroupStates(kCode, kVersion), formula_(std::move(formula)) {}

  void resize(std::size_t) override {}
  void update(const Column&, const ValueGroups&) override {}
  void merge(AggregateStates&, std::span<const uint32_t>) override {}
  void merge_payload(uint32_t, std::string_view) {}
  void write_payload(uint32_t, std::string& out) const { out += formula_; }
  uint64_t memory() const override { return formula_.capacity(); }

 private:
  std::string formula_;
};

std::unique_ptr<AggregateStates> make(const AggregateCall& call) {
  return std::make_unique<FormulaStates>(call.formula);
}

/// finalize_states() asks evaluate_formula() instead, for all rows at once.
Value finalize(std::string_view, std::string&) {
  return {};
}

bool is_word(const Token& token) {
  return token.kind == TokenKind::name && token.text != "and" && token.text != "or" && token.text != "not" &&
         token.text != "in";
}
bool is_symbol(const Token& token, std::string_view symbol) {
  return token.kind == TokenKind::symbol && token.text == symbol;
}
bool stand_close(const Token& a, const Token& b) {
  if (is_symbol(a, ".") || is_symbol(b, ".")) return true;
  if (is_symbol(a, "(") || is_symbol(a, "[") || is_symbol(b, ")") || is_symbol(b, "]") || is_symbol(b, ","))
    return true;
  return is_symbol(b, "[") || (is_symbol(b, "(") && is_word(a));
}

/// Expands the formulas of a list, each once.
class Resolver {
 public:
  explicit Resolver(std::vector<AggregateCall>& calls) : calls_(calls), states_(calls.size(), State::open) {}

  void resolve_all() {
    const std::size_t count = calls_.size();  // what is added has no formula
    for (std::size_t c = 0; c < count; c++)
      if (!calls_[c].formula.empty()) resolve(c);
  }

 private:
  enum class State : uint8_t { open, begun, done };

  [[noreturn]] void fail(std::size_t c, std::string what, std::string remedy = {}) const {
    throw Error(ErrorKind::usage, concat("formula ", calls_[c].formula), std::move(what), std::move(remedy));
  }
  void resolve(std::size_t c) {
    if (states_[c] == State::done) return;
    if (states_[c] == State::begun)
      fail(c, concat(calls_[c].name, " would be made of itself"), "name other results in it");
    states_[c] = State::begun;
    const std::string text = calls_[c].formula;
    std::string resolved;
    std::size_t copied = 0, results = 0;
    visit(*parse_expression(text), c, [&](const Syntax& name) {
      const std::string value = value_of(name.text, c);
      resolved.append(text, copied, name.begin - copied);
      resolved += value.empty() ? text.substr(name.begin, name.end - name.begin) : concat("(", value, ")");
      copied = name.end;
      results++;
      if (resolved.size() > kMaxExpressionBytes) fail(c, "it becomes too long with the formulas that it names");
    });
    resolved.append(text, copied);
    if (results == 0)
      fail(c, "it names no result of the list", "write for example 'count, errors / count as error_rate'");
    calls_[c].formula = canonical_formula(resolved);
    if (Expression::parse(calls_[c].formula, {}).needs_layouts())
      fail(c, "has() asks for fields of events, not for results");
    states_[c] = State::done;
  }
  /// Calls f for each name, in the order in which they stand.
  template <class F>
  void visit(const Syntax& syntax, std::size_t c, F&& f) {
    if (syntax.kind == SyntaxKind::name) f(syntax);
    for (const auto& child : syntax.children) visit(*child, c, f);
  }
  /// The formula that the name stands for; empty where it is another result.
  std::string value_of(const std::string& name, std::size_t c) {
    for (std::size_t other = 0; other < calls_.size(); other++) {
      if (!may_mean(name, Path::key(calls_[other].name))) continue;
      if (calls_[other].formula.empty()) return {};
      resolve(other);
      return calls_[other].formula;
    }
    const AggregateFunction* function = find_function(name);
    using Field = AggregateFunction::Field;
    if (function && (function->field == Field::optional || function->field == Field::none)) {
      calls_.push_back({name, {}, name});
      states_.push_back(State::done);
      return {};
    }
    std::vector<std::string> names;
    for (const AggregateCall& call : calls_)
      if (call.name != calls_[c].name) names.push_back(call.name);
    const std::optional<std::string> near = nearest(name, names);
    fail(c, concat(name, " is no result of the list"),
         near       ? concat("did you mean ", *near, "?")
         : function ? concat("write ", name, "(FIELD)")
                    : std::string("a formula is made of results: add the one that is missing, ... as NAME"));
  }

  std::vector<AggregateCall>& calls_;
  std::vector<State> states_;
};

}  // namespace

std::string canonical_formula(std::string_view text) {
  std::string result;
  const std::vector<Token> tokens = tokenize(text);
  for (std::size_t i = 0; tokens[i].kind != TokenKind::end; i++) {
    if (i > 0 && !stand_close(tokens[i - 1], tokens[i])) result += ' ';
    result += text.substr(tokens[i].begin, tokens[i].end - tokens[i].begin);
  }
  return result;
}

void resolve_formulas(std::vector<AggregateCall>& calls) {
  Resolver(calls).resolve_all();
}

std::vector<Column> evaluate_formula(const Batch& batch, std::string_view formula, const std::string& name) {
  std::optional<Expression> expression;
  try {
    expression = Expression::parse(formula, {});
  } catch (const Error& error) {
    throw Error(ErrorKind::corrupt, concat("state of formula \"", formula, "\""), error.reason(),
                "a newer evkit may read it");
  }
  for (const std::string& field : expression->fields())
    if (find_path(batch.paths, field) < 0)
      throw Error(ErrorKind::usage, concat("field ", name),
                  concat("its formula, ", formula, ", needs the field ", field, ", which is not there"),
                  concat("keep ", field, " beside it"));
  return Evaluator(*expression).evaluate(batch);
}

AggregateFunction formula_function() {
  return {"formula", kCode, kVersion, AggregateFunction::Field::formula, {}, {}, make, finalize};
}

}  // namespace ev
