// The options that say what happens to rows between reading and writing, beside --where, which nearly all tools have.
#pragma once

#include <string>
#include <vector>

#include "cli/tool.h"
#include "rows/row_steps.h"

namespace ev {

/// --set and --select.
class RowOptions {
 public:
  void declare(Command& command);
  /// The plan of these and of --where. Throws Error(usage).
  RowPlan plan(const Session& session) const;

 private:
  std::vector<std::string> settings_, select_;
};

/// Of --where alone.
RowPlan where_plan(const Session& session);
/// What the steps have to warn of.
void report_rows(Session& session, const RowSteps& steps);

}  // namespace ev
