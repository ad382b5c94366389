// Evaluator::evaluate(): values to columns.
#include <array>
#include <optional>

#include "event/column_builder.h"
#include "expr/evaluator.h"
#include "expr/program.h"

namespace ev {

std::vector<Column> Evaluator::evaluate(const Batch& batch) {
  begin(batch);
  Pooled result = run(program_.root, RowSet{nullptr, batch.rows});
  std::array<std::optional<ColumnBuilder>, kLastType + 1> builders;
  for (uint32_t row = 0; row < batch.rows; row++) {
    const Value value = result->value_at(row);
    if (value.type == Type::null) continue;
    std::optional<ColumnBuilder>& builder = builders[static_cast<std::size_t>(value.type)];
    if (!builder) builder.emplace(0, value.type);
    builder->mark(row, [] {});
    if (is_text_type(value.type))
      builder->push(reinterpret_cast<uint64_t>(value.text.data()), static_cast<uint32_t>(value.text.size()));
    else
      builder->push(value.word, value.form);
  }
  std::vector<Column> columns;
  for (std::optional<ColumnBuilder>& builder : builders)
    if (builder) columns.push_back(builder->finish(batch.rows, 0));
  give_back(std::move(result));
  return columns;
}

}  // namespace ev
