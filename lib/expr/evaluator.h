// Evaluation of an expression over batches.
#pragma once

#include <memory>
#include <vector>

#include "event/batch.h"
#include "expr/arena.h"
#include "expr/expression.h"
#include "expr/field_columns.h"
#include "expr/findings.h"
#include "expr/vector.h"

namespace ev {

struct Node;

/// One per thread. What it gives depends on the rows alone.
class Evaluator {
 public:
  explicit Evaluator(Expression expression);
  Evaluator(Evaluator&&) noexcept = default;

  /// The rows for which the expression is true. Good until the next call. Throws Error(usage) where a name of the
  /// expression means two fields of the batch.
  const Selection& select(const Batch& batch);
  /// The value of each row: a column for each type that comes up, in order of type; a row without a value in any is
  /// null. Their `path` is 0.
  std::vector<Column> evaluate(const Batch& batch);

  const Expression& expression() const { return expression_; }
  const Findings& findings() const { return findings_; }
  Findings& findings() { return findings_; }

 private:
  using Pooled = std::unique_ptr<Vector>;

  void begin(const Batch& batch);
  Pooled take_vector(uint32_t positions);
  void give_back(Pooled&& vector) { pool_.push_back(std::move(vector)); }

  Pooled run(uint32_t number, const RowSet& rows);
  Pooled call(uint32_t number, const RowSet& rows);
  Pooled is_null(const Node& node, const RowSet& rows);
  Pooled has(const Node& node, const RowSet& rows);
  Pooled logic(uint32_t number, const RowSet& rows);
  Pooled condition(uint32_t number, const RowSet& rows);
  Pooled coalesce(const Node& node, const RowSet& rows);
  /// The truth of each row; what is no truth value is counted at `by` and unknown.
  void truth(uint32_t number, uint32_t by, const RowSet& rows, PodVector<uint8_t>& out);
  void count_issues(uint32_t number, const Vector& result, const IssueMarks& issues,
                    std::span<const Vector* const> arguments);
  void narrow(const Vector& condition, PodVector<uint32_t>& rows, bool& all);

  Expression expression_;
  const Program& program_;
  Findings findings_;
  FieldColumns fields_;
  const Batch* batch_ = nullptr;
  Arena arena_;
  IssueMarks issues_;
  std::vector<Pooled> pool_;
  Selection selection_;
};

}  // namespace ev
