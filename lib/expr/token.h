// The words of an expression, each with its place in the text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ev {

enum class TokenKind : uint8_t {
  end,
  number,    // "5", "1.5e3"
  duration,  // "5m", "1h30m"
  text,      // a quoted string, its escapes resolved
  name,      // a field, a function or a word such as `and`
  symbol,    // "<=", "("
};

struct Token {
  TokenKind kind = TokenKind::end;
  uint32_t begin = 0, end = 0;  // bytes of the expression
  std::string text;             // of strings without quotes; of all others as it stands
};

inline constexpr std::size_t kMaxExpressionBytes = 65536;

/// The tokens of an expression, TokenKind::end last. Throws Error(usage) that names the column.
std::vector<Token> tokenize(std::string_view expression);

/// An error at a byte of the expression; columns are counted in characters from 1.
[[noreturn]] void fail_at(std::string_view expression, std::size_t byte, std::string what, std::string remedy = {});

/// What to say where something is missing: the shell replaces `...` and $name within double quotes.
inline constexpr std::string_view kShellRemedy =
    "if $NAME or something in backquotes stood there, the shell took it: put the expression into single quotes";

}  // namespace ev
