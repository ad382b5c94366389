// Tells blocks in which no row can meet a condition, or every row does, by the bounds of their columns.
#pragma once

#include <vector>

#include "expr/field_tests.h"
#include "expr/findings.h"
#include "stream/block_filter.h"

namespace ev {

/// Whether all rows of a block meet the tests. Evaluation would then find nothing to warn of. `columns` are all that
/// have values in the block.
bool every_row_meets(std::span<const FieldTest> tests, std::span<const ColumnBounds> columns, uint32_t rows);

/// A block is skipped only where evaluation would find nothing to warn of either, so that what is said at the end does
/// not depend on how rows were cut into blocks.
class ZoneFilter : public BlockFilter {
 public:
  /// `tests` are what rows must meet, of the condition from the left.
  ZoneFilter(const Expression& condition, std::vector<FieldTest> tests);

  bool wants(std::span<const ColumnBounds> columns, bool complete) override;
  /// The fields that the blocks had.
  const Findings& findings() const { return findings_; }
  bool asked() const { return asked_; }

 private:
  std::vector<FieldTest> tests_;
  Findings findings_;
  bool asked_ = false;
};

}  // namespace ev
