// Events written down as JSON lines, and what expressions make of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event/batch.h"
#include "expr/evaluator.h"
#include "expr/expression.h"

namespace ev::test {

/// `time_field`, where it is given, becomes the event time.
Batch events(std::string_view json_lines, std::string_view time_field = {});
/// A value and its type: int 5, float 5.0, string "x", time 2024-06-01T00:00:00Z, json [1], true, null.
std::string shown(const Value& value);
/// The values of the rows, joined by ", ".
std::string shown(const std::vector<Column>& columns, uint32_t rows);

/// What the expression gives for each row, and what select() picks agrees with it (else the text says so).
std::string evaluated(std::string_view expression, const Batch& batch, const ExpressionOptions& options = {});
/// Of one event without fields.
std::string computed(std::string_view expression, const ExpressionOptions& options = {});
/// Numbers of the rows for which the expression is true, joined by spaces.
std::string selected(std::string_view expression, const Batch& batch, const ExpressionOptions& options = {});
/// The message of the Error(usage) that parsing throws.
std::string parse_failure(std::string_view expression, const ExpressionOptions& options = {});
/// What is to be warned of, joined by newlines.
std::string warned(std::string_view expression, const Batch& batch, const ExpressionOptions& options = {});

}  // namespace ev::test
