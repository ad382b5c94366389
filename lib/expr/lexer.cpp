#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"
#include "expr/token.h"

namespace ev {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_space(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}
/// Begins a step of a name that needs no backquotes. Letters of all scripts do; so do @ and $, as in @timestamp,
/// t.$date.
bool begins_name(char c) {
  return is_letter(c) || c == '_' || c == '@' || c == '$' || static_cast<unsigned char>(c) >= 0x80;
}
bool continues_name(char c) {
  return begins_name(c) || is_digit(c);
}

// Longest first.
constexpr std::array<std::string_view, 25> kSymbols = {"==", "=~", "!=", "!~", "<=", ">=", "<>", "//", "&&",
                                                       "||", "=",  "<",  ">",  "!",  "+",  "-",  "*",  "/",
                                                       "%",  "(",  ")",  "[",  "]",  ",",  "."};
// What other languages write for ours.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kOtherSymbols = {
    {{"=>", ">="}, {"=<", "<="}, {"===", "=="}, {"!==", "!="}}};
// What editors and chat programs make of quotes.
constexpr std::array<std::string_view, 6> kTypographicQuotes = {"“", "”", "„", "‘", "’", "‚"};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  std::vector<Token> tokens() {
    std::vector<Token> tokens;
    do {
      while (at_ < text_.size() && is_space(text_[at_])) at_++;
      tokens.push_back(next());
    } while (tokens.back().kind != TokenKind::end);
    return tokens;
  }

 private:
  [[noreturn]] void fail(std::size_t at, std::string what, std::string remedy = {}) const {
    fail_at(text_, at, std::move(what), std::move(remedy));
  }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  Token token(TokenKind kind, std::size_t begin) const {
    return {kind, static_cast<uint32_t>(begin), static_cast<uint32_t>(at_),
            std::string(text_.substr(begin, at_ - begin))};
  }

  Token next() {
    if (at_ == text_.size()) return token(TokenKind::end, at_);
    const char c = peek();
    if (is_digit(c)) return number();
    if (c == '"' || c == '\'') return quoted();
    for (std::string_view quote : kTypographicQuotes)
      if (text_.substr(at_).starts_with(quote))
        fail(at_, concat("a typographic quote, ", quote), "strings stand in \" or '");
    if (begins_name(c) || c == '`') return name();
    for (const auto& [other, ours] : kOtherSymbols)
      if (text_.substr(at_).starts_with(other)) fail(at_, concat(other, " means nothing here"), concat("write ", ours));
    for (std::string_view symbol : kSymbols)
      if (text_.substr(at_).starts_with(symbol)) {
        at_ += symbol.size();
        return token(TokenKind::symbol, at_ - symbol.size());
      }
    fail_unknown();
  }

  [[noreturn]] void fail_unknown() const {
    const char c = peek();
    std::string remedy;
    if (c == '&') remedy = "write and, or &&";
    if (c == '|') remedy = "write or, or ||";
    if (c == '~') remedy = "a pattern is matched by =~";
    fail(at_, concat("\"", std::string_view(&text_[at_], 1), "\" means nothing here"), std::move(remedy));
  }

  Token number() {
    const std::size_t begin = at_;
    auto digits = [&] {
      while (is_digit(peek())) at_++;
    };
    digits();
    if (peek() == '.' && is_digit(peek(1))) {
      at_++;
      digits();
    }
    const bool sign = peek(1) == '+' || peek(1) == '-';
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(sign ? 2 : 1))) {
      at_ += sign ? 2 : 1;
      digits();
    }
    if (const std::string_view date = date_at(begin); !date.empty())
      fail(begin, "a date that is not quoted is a difference of numbers", concat("write \"", date, "\""));
    if (!continues_name(peek())) {
      if (text_[begin] == '0' && begin + 1 < at_ && is_digit(text_[begin + 1]))
        fail(begin, "a number with a leading zero", "leave the zero out, or put a text into quotes");
      return token(TokenKind::number, begin);
    }
    // A unit follows: the parser of durations looks at it.
    while (continues_name(peek()) || (peek() == '.' && is_digit(peek(1)))) at_++;
    return token(TokenKind::duration, begin);
  }

  /// 2024-06-01, which nobody means to calculate.
  std::string_view date_at(std::size_t at) const {
    constexpr std::string_view kForm = "0000-00-00";
    const std::string_view text = text_.substr(at, kForm.size());
    const bool formed = std::equal(text.begin(), text.end(), kForm.begin(), kForm.end(),
                                   [](char c, char form) { return form == '0' ? is_digit(c) : c == form; });
    const std::size_t end = at + kForm.size();
    return formed && (end == text_.size() || !is_digit(text_[end])) ? text : std::string_view();
  }

  Token quoted() {
    const std::size_t begin = at_;
    const char quote = text_[at_++];
    std::string value;
    while (at_ < text_.size() && text_[at_] != quote) {
      char c = text_[at_++];
      if (c != '\\' || at_ == text_.size()) {
        value += c;
        continue;
      }
      // Only what would not do in a string otherwise is an escape: the backslashes of regular expressions stay.
      c = text_[at_++];
      if (c == 'n') {
        value += '\n';
      } else if (c == 't') {
        value += '\t';
      } else if (c == 'r') {
        value += '\r';
      } else {
        if (c != '\\' && c != '"' && c != '\'') value += '\\';
        value += c;
      }
    }
    if (at_ == text_.size())
      fail(begin, concat("the string that begins here has no closing ", std::string_view(&quote, 1)));
    at_++;
    Token result = token(TokenKind::text, begin);
    result.text = std::move(value);
    return result;
  }

  /// Steps joined by dots. Backquotes stay in the token: they tell a key with a dot from two steps.
  Token name() {
    const std::size_t begin = at_;
    for (;;) {
      if (peek() == '`') {
        quoted_step();
      } else if (continues_name(peek())) {
        while (continues_name(peek())) at_++;
      } else {
        fail(at_, "a name is missing behind the dot", std::string(kShellRemedy));
      }
      if (peek() != '.') return token(TokenKind::name, begin);
      at_++;
    }
  }
  void quoted_step() {
    const std::size_t begin = at_++;
    for (; at_ < text_.size(); at_++) {
      if (text_[at_] != '`') continue;
      at_++;
      if (peek() != '`') break;
    }
    if (at_ - begin < 2 || text_[at_ - 1] != '`') fail(begin, "the backquote that begins here is not closed");
    if (at_ - begin == 2) fail(begin, "a name is missing between the backquotes");
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

namespace {

constexpr std::size_t kShownBefore = 60, kShownBehind = 40;  // bytes of a long expression around an error

/// The part of the expression around the byte.
std::string surroundings(std::string_view expression, std::size_t byte) {
  std::size_t begin = byte > kShownBefore ? byte - kShownBefore : 0;
  std::size_t end = std::min(expression.size(), byte + kShownBehind);
  while (begin > 0 && continues_character(expression[begin])) begin--;
  while (end < expression.size() && continues_character(expression[end])) end++;
  return concat(begin > 0 ? "..." : "", expression.substr(begin, end - begin), end < expression.size() ? "..." : "");
}

}  // namespace

void fail_at(std::string_view expression, std::size_t byte, std::string what, std::string remedy) {
  std::size_t column = 1;
  for (std::size_t i = 0; i < byte; i++) column += !continues_character(expression[i]);
  throw Error(ErrorKind::usage, concat("column ", column, " of \"", surroundings(expression, byte), "\""),
              std::move(what), std::move(remedy));
}

std::vector<Token> tokenize(std::string_view expression) {
  if (expression.size() > kMaxExpressionBytes)
    throw Error(ErrorKind::usage, "expression", concat("longer than ", kMaxExpressionBytes, " bytes"));
  if (!valid_utf8(expression)) throw Error(ErrorKind::usage, "expression", "is not valid UTF-8");
  return Lexer(expression).tokens();
}

}  // namespace ev
