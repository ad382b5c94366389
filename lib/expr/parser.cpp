// Recursive descent over the tokens, one function for each level of precedence.
#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>

#include "base/error.h"
#include "base/text.h"
#include "expr/syntax.h"
#include "expr/token.h"

namespace ev {
namespace {

using Tree = std::unique_ptr<Syntax>;

std::string lower_case(std::string_view word) {
  std::string lower(word);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  return lower;
}

/// What other languages have, and what to write here.
struct Foreign {
  std::string_view word, remedy;
};
constexpr std::array<Foreign, 6> kForeign = {
    {{"like", "match a regular expression: f =~ \"^abc\", or call contains(f, \"abc\")"},
     {"ilike", "match a regular expression: f =~ \"(?i)abc\""},
     {"rlike", "match a regular expression: f =~ \"^abc\""},
     {"between", "write f >= A and f <= B"},
     {"case", "write if(CONDITION, A, B)"},
     {"matches", "match a regular expression: f =~ \"^abc\""}}};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text), tokens_(tokenize(text)) {}

  Tree parse() {
    if (peek().kind == TokenKind::end) fail(peek(), "the expression is empty", std::string(kShellRemedy));
    Tree tree = disjunction();
    if (peek().kind != TokenKind::end) fail_extra();
    return tree;
  }

 private:
  [[noreturn]] void fail(const Token& token, std::string what, std::string remedy = {}) const {
    fail_at(text_, token.begin, std::move(what), std::move(remedy));
  }
  [[noreturn]] void fail_extra() const {
    const Token& token = peek();
    std::string remedy;
    for (const Foreign& foreign : kForeign)
      if (lower_case(token.text) == foreign.word) remedy = foreign.remedy;
    if (is_comparison()) remedy = "comparisons do not chain: write a < b and b < c";
    if (remedy.empty() && token.kind == TokenKind::name && token.text.starts_with('`'))
      remedy = "an operator is missing before it";
    fail(token, concat("expected an operator, not ", shown(token)), std::move(remedy));
  }
  std::string shown(const Token& token) const {
    if (token.kind == TokenKind::end) return "the end";
    return std::string(text_.substr(token.begin, token.end - token.begin));
  }

  const Token& peek(std::size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
  const Token& take() {
    const Token& token = tokens_[at_];
    if (token.kind != TokenKind::end) at_++;
    return token;
  }
  bool is_symbol(std::string_view symbol) const { return peek().kind == TokenKind::symbol && peek().text == symbol; }
  bool is_word(std::string_view word, std::size_t ahead = 0) const {
    return peek(ahead).kind == TokenKind::name && lower_case(peek(ahead).text) == word;
  }
  bool take_symbol(std::string_view symbol) {
    bool there = is_symbol(symbol);
    if (there) at_++;
    return there;
  }
  void expect(std::string_view symbol, std::string_view why) {
    if (!take_symbol(symbol)) fail(peek(), concat("expected ", symbol, " ", why, ", not ", shown(peek())));
  }
  /// The symbol at hand where it is one of these.
  std::string_view one_of(std::initializer_list<std::string_view> symbols) const {
    for (std::string_view symbol : symbols)
      if (is_symbol(symbol)) return symbol;
    return {};
  }

  Tree node(SyntaxKind kind, const Token& token, std::string text = {}, std::vector<Tree> children = {}) const {
    Tree tree = std::make_unique<Syntax>();
    tree->kind = kind;
    tree->at = tree->begin = token.begin;
    tree->end = tokens_[at_ - 1].end;
    tree->text = std::move(text);
    for (const Tree& child : children) {
      tree->begin = std::min(tree->begin, child->begin);
      tree->depth = std::max(tree->depth, child->depth + 1);
    }
    if (tree->depth > kMaxExpressionDepth) fail(token, concat("nested deeper than ", kMaxExpressionDepth, " levels"));
    tree->children = std::move(children);
    return tree;
  }
  Tree operation(const Token& token, std::string_view name, Tree a, Tree b = nullptr) const {
    std::vector<Tree> operands;
    operands.push_back(std::move(a));
    if (b) operands.push_back(std::move(b));
    return node(SyntaxKind::operation, token, std::string(name), std::move(operands));
  }

  /// Recursion that has no node of its own yet is counted here.
  class Nesting {
   public:
    explicit Nesting(Parser& parser) : parser_(parser) {
      if (++parser_.nesting_ > kMaxExpressionDepth)
        parser_.fail(parser_.peek(), concat("nested deeper than ", kMaxExpressionDepth, " levels"));
    }
    ~Nesting() { parser_.nesting_--; }
    Nesting(const Nesting&) = delete;
    Nesting& operator=(const Nesting&) = delete;

   private:
    Parser& parser_;
  };

  /// One flat list however many operands: chains of hundreds are usual in generated filters.
  template <class Operand>
  Tree chain(std::string_view name, std::string_view symbol, Operand operand) {
    Tree first = operand();
    if (!is_word(name) && !is_symbol(symbol)) return first;
    const Token& token = peek();
    std::vector<Tree> operands;
    operands.push_back(std::move(first));
    while (is_word(name) || is_symbol(symbol)) {
      take();
      operands.push_back(operand());
    }
    return node(SyntaxKind::operation, token, std::string(name), std::move(operands));
  }
  Tree disjunction() {
    return chain("or", "||", [this] { return conjunction(); });
  }
  Tree conjunction() {
    return chain("and", "&&", [this] { return negation(); });
  }
  Tree negation() {
    if (!is_word("not")) return comparison();
    Nesting nesting(*this);
    const Token& token = take();
    return operation(token, "not", negation());
  }

  bool is_comparison() const { return !one_of({"==", "=", "!=", "<>", "<=", ">=", "<", ">", "=~", "!~"}).empty(); }
  Tree comparison() {
    Tree left = sum();
    if (is_comparison()) {
      const Token& token = take();
      std::string_view name = token.text == "=" ? "==" : token.text == "<>" ? "!=" : std::string_view(token.text);
      if (name == "!~") return operation(token, "not", operation(token, "=~", std::move(left), sum()));
      return operation(token, name, std::move(left), sum());
    }
    if (is_word("is")) return is_null(std::move(left));
    if (is_word("in")) return in_list(take(), std::move(left));
    if (is_word("not") && is_word("in", 1)) {
      const Token& token = take();
      return operation(token, "not", in_list(take(), std::move(left)));
    }
    return left;
  }
  Tree is_null(Tree left) {
    const Token& token = take();
    bool negated = is_word("not");
    if (negated) take();
    if (!is_word("null"))
      fail(peek(), concat("expected null, not ", shown(peek())), "values are compared by == and !=");
    take();
    Tree test = operation(token, "is null", std::move(left));
    return negated ? operation(token, "not", std::move(test)) : std::move(test);
  }
  Tree in_list(const Token& token, Tree left) {
    expect("(", "behind in");
    std::vector<Tree> operands;
    operands.push_back(std::move(left));
    if (!is_symbol(")")) {
      do operands.push_back(disjunction());
      while (take_symbol(","));
    }
    expect(")", "or a comma behind a value");
    return node(SyntaxKind::operation, token, "in", std::move(operands));
  }

  Tree sum() {
    Tree left = product();
    while (!one_of({"+", "-"}).empty()) {
      const Token& token = take();
      left = operation(token, token.text, std::move(left), product());
    }
    return left;
  }
  Tree product() {
    Tree left = unary();
    while (!one_of({"*", "/", "//", "%"}).empty()) {
      const Token& token = take();
      left = operation(token, token.text, std::move(left), unary());
    }
    return left;
  }
  Tree unary() {
    if (one_of({"-", "!"}).empty()) return postfix();
    Nesting nesting(*this);
    const Token& token = take();
    return operation(token, token.text == "!" ? "not" : "negate", unary());
  }

  Tree postfix() {
    Tree tree = primary();
    bool inside = false;  // of an array: dots and names are steps from there on
    for (;;) {
      const Token& token = peek();
      if (take_symbol("[")) {
        tree = element(token, std::move(tree));
        inside = true;
      } else if (inside && take_symbol(".")) {
        if (peek().kind != TokenKind::name) fail(peek(), "a name is missing behind the dot", std::string(kShellRemedy));
        tree = steps(take(), std::move(tree));
      } else {
        return tree;
      }
    }
  }
  Tree element(const Token& token, Tree array) {
    bool minus = take_symbol("-");
    const Token& number = take();
    int64_t index = 0;
    auto [end, error] = std::from_chars(number.text.data(), number.text.data() + number.text.size(), index);
    if (number.kind != TokenKind::number || error != std::errc() || end != number.text.data() + number.text.size())
      fail(number, concat("expected the number of an element, from 0, not ", shown(number)));
    expect("]", "behind the number of an element");
    std::vector<Tree> children;
    children.push_back(std::move(array));
    Tree tree = node(SyntaxKind::element, token, {}, std::move(children));
    tree->index = minus ? -index : index;
    return tree;
  }
  /// The token may hold several steps: a.b.`c`.
  Tree steps(const Token& token, Tree tree) {
    std::string step;
    bool quoted = false;
    for (std::size_t i = 0; i <= token.text.size(); i++) {
      const char c = i < token.text.size() ? token.text[i] : '.';
      if (c == '`') {
        // A doubled backquote within quotes is one of the name.
        if (quoted && i + 1 < token.text.size() && token.text[i + 1] == '`')
          step += token.text[i++];
        else
          quoted = !quoted;
      } else if (c == '.' && !quoted) {
        std::vector<Tree> children;
        children.push_back(std::move(tree));
        tree = node(SyntaxKind::step, token, std::move(step), std::move(children));
        step.clear();
      } else {
        step += c;
      }
    }
    return tree;
  }

  Tree primary() {
    Nesting nesting(*this);
    const Token& token = take();
    switch (token.kind) {
      case TokenKind::number:
        return node(SyntaxKind::number, token, token.text);
      case TokenKind::duration:
        return node(SyntaxKind::duration, token, token.text);
      case TokenKind::text:
        return node(SyntaxKind::text, token, token.text);
      case TokenKind::name:
        return name(token);
      case TokenKind::symbol:
        if (token.text == "(") {
          Tree inner = disjunction();
          expect(")", "to close the parenthesis");
          inner->begin = token.begin;
          inner->end = tokens_[at_ - 1].end;
          return inner;
        }
        break;
      case TokenKind::end:
        break;
    }
    if (token.kind == TokenKind::end) fail(token, concat("a value is missing at the end"), std::string(kShellRemedy));
    const bool named = token.text == "." && peek().kind == TokenKind::name;
    fail(token, concat("expected a value, not ", shown(token)),
         named ? concat("fields are named without a dot in front: ", peek().text) : std::string(kShellRemedy));
  }
  Tree name(const Token& token) {
    std::string lower = lower_case(token.text);
    if (take_symbol("(")) return call(token, std::move(lower));
    if (lower == "true" || lower == "false" || lower == "null") return node(SyntaxKind::word, token, std::move(lower));
    static constexpr std::array<std::string_view, 5> kWords = {"and", "or", "not", "in", "is"};
    if (std::find(kWords.begin(), kWords.end(), lower) != kWords.end())
      fail(token, concat("expected a value, not ", token.text),
           concat("a field of that name stands in backquotes: `", token.text, "`"));
    return node(SyntaxKind::name, token, token.text);
  }
  Tree call(const Token& token, std::string function) {
    std::vector<Tree> arguments;
    if (!is_symbol(")")) {
      do arguments.push_back(disjunction());
      while (take_symbol(","));
    }
    expect(")", "or a comma behind an argument");
    return node(SyntaxKind::call, token, std::move(function), std::move(arguments));
  }

  std::string_view text_;
  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  uint32_t nesting_ = 0;
};

}  // namespace

std::unique_ptr<Syntax> parse_expression(std::string_view expression) {
  return Parser(expression).parse();
}

}  // namespace ev
