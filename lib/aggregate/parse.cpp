// The list of aggregates on a command line: "count, sum(value), mean(latency) as slow".
#include <algorithm>
#include <array>

#include "aggregate/formula.h"
#include "aggregate/functions.h"
#include "aggregate/states.h"
#include "base/error.h"
#include "base/text.h"
#include "expr/expression.h"
#include "expr/function.h"

namespace ev {

namespace {

bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool is_name_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

/// "sum" and "metadata.value" as "sum_metadata_value"; one _ for each other character, backquotes left out.
std::string result_name(std::string_view function, std::string_view field) {
  std::string name;
  for (char c : function) name += is_name_character(c) ? c : '_';
  if (!field.empty()) name += '_';
  for (char c : field) {
    bool continues = (static_cast<unsigned char>(c) & 0xc0) == 0x80;
    if (c != '`' && !continues) name += is_name_character(c) ? c : '_';
  }
  return name;
}

/// Where what is quoted from `at` on ends: at the next quote of its kind. In texts, not in names, a backslash takes the
/// byte behind it along, as in expressions.
std::size_t closing_quote(std::string_view text, std::size_t at) {
  const char quote = text[at];
  for (at++; at < text.size(); at++) {
    if (text[at] == quote) return at;
    if (text[at] == '\\' && quote != '`') at++;
  }
  return text.npos;
}

/// The function that other languages call so, in small letters.
std::string_view function_instead_of(std::string_view name) {
  struct Foreign {
    std::string_view name, remedy;
  };
  static constexpr std::array<Foreign, 14> kForeign = {{{"avg", "write mean(FIELD)"},
                                                        {"average", "write mean(FIELD)"},
                                                        {"total", "write sum(FIELD)"},
                                                        {"std", "write stddev(FIELD)"},
                                                        {"stdev", "write stddev(FIELD)"},
                                                        {"variance", "write var(FIELD)"},
                                                        {"uniq", "write distinct(FIELD)"},
                                                        {"nunique", "write distinct(FIELD)"},
                                                        {"count_distinct", "write distinct(FIELD)"},
                                                        {"approx_count_distinct", "write distinct(FIELD)"},
                                                        {"quantile", "write for example p99(FIELD)"},
                                                        {"percentile", "write for example p99(FIELD)"},
                                                        {"mode", "write top(FIELD, 1)"},
                                                        {"countif", "write count where EXPR as NAME"}}};
  for (const Foreign& foreign : kForeign)
    if (foreign.name == name) return foreign.remedy;
  const bool ranked = name.size() > 1 && name[0] == 'p' && name.find_first_not_of("0123456789.", 1) == name.npos;
  return ranked ? "quantiles go from p0 to p100, with up to four decimals" : "";
}

/// Whether what stands in parentheses is more than the name of a field.
bool is_expression(std::string_view argument) {
  bool quoted = false;
  for (char c : argument) {
    quoted ^= c == '`';
    if (!quoted && std::string_view("+*/%()[]<>=!?,\"' ").find(c) != std::string_view::npos) return true;
  }
  return false;
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::vector<AggregateCall> parse() {
    std::vector<AggregateCall> calls;
    do {
      calls.push_back(item());
    } while (take(','));
    if (at_ < text_.size()) fail(concat("expected a comma at \"", text_.substr(at_), "\""));
    for (AggregateCall& part : parts_)
      if (std::none_of(calls.begin(), calls.end(), [&](const AggregateCall& call) { return is_same(call, part); }))
        calls.push_back(std::move(part));
    return calls;
  }

 private:
  [[noreturn]] void fail(std::string what,
                         std::string remedy = "write for example 'count, sum(value), max(latency) as slowest'") const {
    throw Error(ErrorKind::usage, concat("aggregates \"", text_, "\""), std::move(what), std::move(remedy));
  }
  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) at_++;
  }
  bool take(char c) {
    skip_spaces();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    at_++;
    return true;
  }
  std::string_view word() {
    skip_spaces();
    std::size_t begin = at_;
    while (at_ < text_.size() && is_name_character(text_[at_])) at_++;
    return text_.substr(begin, at_ - begin);
  }

  /// The name of a function: p99.9 is one, too.
  std::string_view function_word() {
    std::string_view name = word();
    const std::size_t begin = at_ - name.size();
    const bool has_fraction =
        !name.empty() && at_ + 1 < text_.size() && text_[at_] == '.' && is_name_character(text_[at_ + 1]);
    if (has_fraction) at_++, word();
    return text_.substr(begin, at_ - begin);
  }

  static bool is_same(const AggregateCall& a, const AggregateCall& b) {
    return a.name == b.name && a.function == b.function && a.field == b.field && a.argument == b.argument &&
           a.where == b.where && a.formula == b.formula;
  }

  AggregateCall item() {
    skip_spaces();
    const std::size_t begin = at_;
    const std::string_view word = function_word();
    const AggregateFunction* function = callable(word);
    bool is_formula = !function && begin < text_.size() && text_[begin] != ',';
    if (is_formula && !word.empty()) {
      // A function that there is not, unless it is one of expressions or a name with something behind it.
      skip_spaces();
      const bool called = at_ < text_.size() && text_[at_] == '(';
      is_formula = called ? is_expression_function(word) : begins_operator(at_);
    }
    at_ = begin;
    if (is_formula) return formula();
    AggregateCall result = call();
    skip_spaces();
    if (!begins_operator(at_)) return result;
    at_ = begin;
    return formula();
  }
  /// The function that a word in front of a parenthesis means, or alone.
  static const AggregateFunction* callable(std::string_view word) {
    const AggregateFunction* function = find_function(word);
    return function && function->field != AggregateFunction::Field::formula ? function : nullptr;
  }
  static bool is_expression_function(std::string_view word) {
    const std::span<const std::string> names = expression_function_names();
    return std::find(names.begin(), names.end(), word) != names.end();
  }
  bool begins_operator(std::size_t at) const {
    if (at >= text_.size()) return false;
    if (std::string_view("+-*/%<>=!&|").find(text_[at]) != std::string_view::npos) return true;
    return begins_word(at, "and") || begins_word(at, "or") || begins_word(at, "in") || begins_word(at, "is");
  }
  /// An expression over results up to a comma, and its name. Aggregates within it are parts of their own.
  AggregateCall formula() {
    const std::size_t begin = at_;
    const std::size_t end = std::min(
        find_end(begin, [&](std::size_t at) { return text_[at] == ',' || begins_word(at, "as"); }), text_.size());
    AggregateCall formula;
    formula.function = "formula";
    while (at_ < end) formula.formula += next_of_formula();
    const std::string written(trim(text_.substr(begin, end - begin)));
    if (!take_word("as")) fail(concat(written, " has no name"), "add a name: ... as error_rate");
    formula.name = name();
    try {
      formula.formula = canonical_formula(formula.formula);
      Expression::parse(formula.formula, {});
    } catch (const Error& error) {
      fail(concat("in ", written, ", ", error.place(), error.place().empty() ? "" : ": ", error.reason()),
           error.remedy());
    }
    return formula;
  }
  /// A name, a quoted text or one character of a formula, with the name of its result in place of an aggregate.
  std::string next_of_formula() {
    const std::size_t begin = at_;
    const char c = text_[at_];
    if (c == '"' || c == '\'' || c == '`') {
      at_ = closing_quote(text_, at_) + 1;  // find_end() found it
    } else if (!is_name_character(c)) {
      at_++;
    } else {
      const std::string_view word = function_word();
      const bool is_step = begin > 0 && text_[begin - 1] == '.';
      std::size_t next = at_;
      while (next < text_.size() && is_space(text_[next])) next++;
      if (!is_step && callable(word) && next < text_.size() && text_[next] == '(') {
        at_ = begin;
        parts_.push_back(plain_call());
        return parts_.back().name;
      }
    }
    return std::string(text_.substr(begin, at_ - begin));
  }
  /// A function with its field, under the usual name.
  AggregateCall plain_call() {
    AggregateCall call;
    const std::string word(function_word());
    if (word.empty())
      fail(at_ < text_.size() && text_[at_] != ',' ? concat("expected a function at \"", text_.substr(at_), "\"")
                                                   : std::string("a function is missing"));
    const AggregateFunction* function = callable(word);
    if (!function) unknown(word);
    call.function = function->canonical ? function->canonical(word) : word;
    const bool in_brackets = take('(');
    if (in_brackets && call.function == "count" && takes_distinct())
      fail("count takes no distinct", "write distinct_exact(FIELD), or distinct(FIELD) for an estimate");
    std::string argument = in_brackets ? in_parentheses() : std::string();
    using Field = AggregateFunction::Field;
    if (function->field == Field::none && !argument.empty())
      fail(concat(word, " takes no field"), concat("write ", word, " alone"));
    if (function->field == Field::count && argument != "count")
      fail(concat(word, " takes count"), concat("write ", word, "(count)"));
    if (function->field == Field::ranked) take_rank(argument, call.function);
    (is_expression(argument) ? call.argument : call.field) = argument;
    if (argument.empty() && (function->field == Field::required || function->field == Field::ranked))
      fail(concat(word, " needs a field"), concat("write ", word, "(FIELD)"));
    call.name = result_name(word, argument);
    if (function->field == Field::count) call.field.clear();
    return call;
  }
  /// Takes ", 5" from the end of an argument: top(url, 5).
  void take_rank(std::string& argument, std::string& function) const {
    std::size_t comma = std::string::npos;
    int depth = 0;
    for (std::size_t at = 0; at < argument.size(); at++) {
      const char c = argument[at];
      if (c == '"' || c == '\'' || c == '`') {
        at = closing_quote(argument, at);  // find_end() found it
        continue;
      }
      depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
      if (c == ',' && depth == 0) comma = at;
    }
    if (comma == std::string::npos) return;
    const std::string number(trim(std::string_view(argument).substr(comma + 1)));
    std::string ranked = number.empty() ? number : find_function("top")->canonical(concat("top", number));
    if (ranked.empty())
      fail(concat("top takes a number from 1 to ", kMaxTop, ", not \"", number, "\""), "write for example top(url, 5)");
    function = std::move(ranked);
    argument = trim(std::string_view(argument).substr(0, comma));
  }
  AggregateCall call() {
    AggregateCall call = plain_call();
    if (take_word("where")) call.where = condition();
    if (take_word("as"))
      call.name = name();
    else if (!call.where.empty())
      fail(concat(call.function, " where ", call.where, " has no name"), "add a name: ... as errors");
    return call;
  }
  /// "distinct" with a name behind it, as in SQL; alone it may be a field.
  bool takes_distinct() const {
    std::size_t at = text_.find_first_not_of(" \t\n\r", at_);
    if (at == text_.npos || !begins_word(at, "distinct")) return false;
    at = text_.find_first_not_of(" \t\n\r", at + std::string_view("distinct").size());
    return at != text_.npos && (is_name_character(text_[at]) || text_[at] == '`');
  }
  [[noreturn]] void unknown(const std::string& wanted) const {
    std::string lower = wanted;
    for (char& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    if (const std::string_view remedy = function_instead_of(lower); !remedy.empty())
      fail(concat("there is no function ", wanted), std::string(remedy));
    std::vector<std::string> names;
    for (const AggregateFunction& f : aggregate_functions())
      if (f.field != AggregateFunction::Field::formula) names.emplace_back(f.name);
    std::optional<std::string> near = nearest(lower, names);
    fail(concat("there is no function ", wanted),
         near ? concat("did you mean ", *near, "?") : concat("the functions are ", join(names, ", ")));
  }
  /// The end of the text from `begin` on where `ends(at)` is true first, outside parentheses, brackets and quotes.
  template <class Ends>
  std::size_t find_end(std::size_t begin, Ends&& ends) const {
    int depth = 0;
    for (std::size_t at = begin; at < text_.size(); at++) {
      const char c = text_[at];
      if (depth == 0 && ends(at)) return at;
      if (c == '"' || c == '\'' || c == '`') {
        at = closing_quote(text_, at);
        if (at == text_.npos) fail(concat("a quote ", std::string_view(&c, 1), " is not closed"), "close it");
      } else {
        depth += c == '(' || c == '[' ? 1 : c == ')' || c == ']' ? -1 : 0;
      }
    }
    return text_.npos;
  }
  /// Up to the closing parenthesis. "*" alone is nothing: all rows.
  std::string in_parentheses() {
    const std::size_t end = find_end(at_, [&](std::size_t at) { return text_[at] == ')'; });
    if (end == text_.npos) fail("a parenthesis is not closed", "close it with )");
    const std::string_view argument = trim(text_.substr(at_, end - at_));
    at_ = end + 1;
    return argument == "*" ? std::string() : std::string(argument);
  }
  /// What stands behind `where`: up to a comma, or to `as`.
  std::string condition() {
    const std::size_t end = std::min(
        find_end(at_, [&](std::size_t at) { return text_[at] == ',' || begins_word(at, "as"); }), text_.size());
    const std::string_view condition = trim(text_.substr(at_, end - at_));
    if (condition.empty()) fail("a condition is missing behind where");
    at_ = end;
    return std::string(condition);
  }
  /// Whether the word stands there in its own right, in small or capital letters.
  bool begins_word(std::size_t at, std::string_view word) const {
    if (at > 0 && is_name_character(text_[at - 1])) return false;
    if (at + word.size() < text_.size() && is_name_character(text_[at + word.size()])) return false;
    const std::string_view found = text_.substr(at, word.size());
    return found.size() == word.size() &&
           std::equal(found.begin(), found.end(), word.begin(), [](char a, char b) { return (a | 0x20) == b; });
  }
  bool take_word(std::string_view word) {
    skip_spaces();
    if (!begins_word(at_, word)) return false;
    at_ += word.size();
    return true;
  }
  std::string name() {
    skip_spaces();
    if (take('`')) {
      std::size_t end = text_.find('`', at_);
      if (end == text_.npos) fail("a backquote is not closed", "close it");
      std::string name(text_.substr(at_, end - at_));
      at_ = end + 1;
      if (name.empty()) fail("a name is missing behind as");
      return name;
    }
    std::size_t begin = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) &&
           std::string_view(",()`\"'").find(text_[at_]) == std::string_view::npos)
      at_++;
    if (at_ == begin) fail("a name is missing behind as");
    return std::string(text_.substr(begin, at_ - begin));
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<AggregateCall> parts_;  // of formulas
};

}  // namespace

std::vector<AggregateCall> parse_aggregates(std::string_view text) {
  if (!valid_utf8(text)) throw Error(ErrorKind::usage, "aggregates", "the text is not valid UTF-8");
  std::vector<AggregateCall> calls = Parser(text).parse();
  resolve_formulas(calls);
  for (auto call = calls.begin(); call != calls.end(); call++)
    if (std::any_of(calls.begin(), call, [&](const AggregateCall& other) { return other.name == call->name; }))
      throw Error(ErrorKind::usage, concat("aggregates \"", text, "\""), concat("two results are named ", call->name),
                  "give one another name: ... as NAME");
  return calls;
}

}  // namespace ev
