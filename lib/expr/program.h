// An expression that was bound: names resolved to functions, constants folded, types checked as far as they are known.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "expr/expression.h"
#include "expr/function.h"

namespace ev {

enum class NodeKind : uint8_t {
  literal,
  field,
  has,      // whether the row has `field`
  is_null,  // arguments[0]
  call,
  conjunction,  // of all arguments, from left to right; what is false ends it
  disjunction,  // of all arguments; what is true ends it
  condition,    // if(arguments[0], arguments[1], arguments[2])
  coalesce,     // the first argument that is not null
};

struct Node {
  NodeKind kind = NodeKind::literal;
  uint32_t at = 0;              // byte of the expression that errors point at
  uint32_t begin = 0, end = 0;  // bytes of the whole part
  TypeMask gives = kNoType;     // types that it may have, null aside
  std::vector<uint32_t> arguments;
  uint32_t field = 0;
  Value value;  // of a literal; its text belongs to the program
  const Function* function = nullptr;
  std::shared_ptr<const Bound> bound;
  std::vector<Value> members;  // of a call of "in": the constants of its list
};

/// A field that the expression names.
struct NamedField {
  std::string name;    // as find_path() takes it
  uint32_t group = 0;  // fields of a group stand for one name: one of them is enough
};

struct Program {
  std::string text;
  std::vector<Node> nodes;  // arguments before those that use them
  uint32_t root = 0;
  std::vector<NamedField> fields;
  uint32_t groups = 0;
  bool needs_layouts = false;
  std::deque<std::string> texts;  // of literals
};

/// Throws Error(usage) that names the column.
std::shared_ptr<const Program> bind_expression(std::string_view text, const ExpressionOptions& options);

}  // namespace ev
