// The steps of a plan over what a source gives: fields are looked up and set, rows filtered, fields selected,
// dropped and renamed.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rows/row_plan.h"
#include "source/source.h"

namespace ev {

/// Rows that were filtered, where the plan splits, as the conditions saw them. One of both; where there are none, a batch
/// without rows has the watermark.
struct FilteredRows {
  std::optional<Batch> batch;
  std::optional<RawBlock> block;
};

/// Results depend on the rows alone. To expressions, a state is its final value. What a command needs: prepare(), then apply() for each item of the source, and at
/// the end what is to be said.
class RowSteps {
 public:
  /// apply() may be called by `workers` threads.
  RowSteps(RowPlan plan, unsigned workers);
  ~RowSteps();
  RowSteps(const RowSteps&) = delete;
  RowSteps& operator=(const RowSteps&) = delete;

  /// `options` say what the command needs of the result; afterwards they say what the steps need of the source, which
  /// skips blocks that the condition rules out. Comes first, once.
  void prepare(SourceOptions& options);

  /// Parallel. Rows that do not pass count as filtered in the item's ledger. A block stays unopened where nothing
  /// changes and the command takes blocks; else the item has a batch. Throws Error(usage) where a name means two
  /// fields, or a field would get the name of another one.
  FilteredRows apply(SourceItem& item, unsigned worker);
  /// Parallel. Where the plan explodes a field, that is left to the command, and so is this: the steps behind it, for
  /// all that it gives.
  void shape(Batch& batch, unsigned worker);

  /// How many events were found in the table of the plan, after all.
  LookupCount looked_up() const;
  /// What to warn of after all, "-w: no event has a field x; ..." and the like. One thread.
  std::vector<std::string> warnings() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ev
