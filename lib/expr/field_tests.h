// Conditions simple enough to be checked against the bounds of a column.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "expr/compare.h"
#include "expr/expression.h"

namespace ev {

/// A field compared with constants: it holds where it holds for one of them. Texts belong to the expression.
struct FieldTest {
  std::string field;
  Comparison comparison = Comparison::equal;
  bool begins = false;  // the field is a text that begins with values[0]
  std::vector<Value> values;
  std::vector<std::optional<int64_t>> times;  // what each value means to times
};

/// What rows for which the condition is true must meet: of the conditions that `and` joins, those that stand before the
/// first one that is not that simple.
std::vector<FieldTest> leading_tests(const Expression& condition, const ExpressionOptions& options);
/// Whether so many tests are the whole condition: it is true for the rows that meet them.
bool are_all_tests(const Expression& condition, std::size_t tests);

}  // namespace ev
