// The syntax tree of an expression: what was written, each part with its place in the text.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ev {

enum class SyntaxKind : uint8_t {
  number,     // text: as written
  duration,   // text: as written
  text,       // text: the string
  word,       // text: "true", "false" or "null"
  name,       // text: a field name, as find_path() takes it
  element,    // child [index]; `index` counts from 0, below zero from the end
  step,       // child .text, behind an element
  call,       // text: the function's name in small letters; children: arguments
  operation,  // text: "+", "==", "and", "not", "in", "is null", ...; children: operands
};

struct Syntax {
  SyntaxKind kind;
  uint32_t at = 0;              // byte of the expression that errors point at; of an operation, its operator
  uint32_t begin = 0, end = 0;  // bytes of the whole part
  uint32_t depth = 1;
  std::string text;
  int64_t index = 0;
  std::vector<std::unique_ptr<Syntax>> children;
};

inline constexpr uint32_t kMaxExpressionDepth = 200;

/// Throws Error(usage) that names the column.
std::unique_ptr<Syntax> parse_expression(std::string_view expression);

}  // namespace ev
