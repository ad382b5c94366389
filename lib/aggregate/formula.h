// Formulas: expressions over the other results of a list of aggregates, such as errors / count.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/functions.h"
#include "event/batch.h"

namespace ev {

/// The one spelling of all that differ by white space alone. Throws Error(usage).
std::string canonical_formula(std::string_view text);

/// Makes formulas speak of results alone, which are no formulas themselves: a name of another formula becomes that
/// formula. `count`, which needs no field, is added to the list where a formula names it and the list has no result of
/// the name. Throws Error(usage) for other names, and for formulas that mean themselves.
void resolve_formulas(std::vector<AggregateCall>& calls);

/// How many different formulas one field of a batch may have.
inline constexpr std::size_t kMaxFormulas = 64;

/// The values of a formula, a column for each type, as Evaluator::evaluate() gives them. `name` is the field's. Throws
/// Error(corrupt) for what is no formula, and Error(usage) where the batch lacks a field that it needs.
std::vector<Column> evaluate_formula(const Batch& batch, std::string_view formula, const std::string& name);

}  // namespace ev
