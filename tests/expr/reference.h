// A slow evaluator of expressions, one row at a time, written from ev-expr(7) and nothing of lib/expr: what the quick
// one is compared with. And random expressions and events for both.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace ev::reference {

__extension__ using Wide = __int128;

struct Datum {
  enum Kind : uint8_t { null, boolean, integer, real, text, instant } kind = null;
  bool truth = false;
  Wide whole = 0;  // integer, instant (ns)
  double fraction = 0;
  std::string string;
  unsigned digits = 0;  // behind the second, of an instant as it prints
};

using Row = std::map<std::string, Datum>;

/// How many rows had an issue, summed over the parts of the expression.
struct Issues {
  uint64_t across_types = 0, operand = 0, overflow = 0, zero_division = 0, rounded = 0, unreadable = 0;
};

/// An expression as a tree: `op` is "literal", "field" (text: its name), an operator or a function.
struct Tree {
  std::string op;
  std::string text;  // of a literal as it is to be written, of a field its name
  Datum literal;
  std::vector<std::unique_ptr<Tree>> children;

  std::string written() const;
  /// Whether no field can change the value, which is found without an issue.
  bool constant() const;
  Datum value(const Row& row, Issues& issues) const;
};

std::unique_ptr<Tree> random_tree(std::mt19937_64& random, int depth);
Row random_row(std::mt19937_64& random);

/// "int 5", "null" and so on, as test::shown() writes values.
std::string shown(const Datum& datum);

}  // namespace ev::reference
