// ev aggregate: groups events and computes over each group.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "aggregate/aggregator.h"
#include "aggregate/arrangement.h"
#include "aggregate/live.h"
#include "cli/tool.h"

namespace ev {

class AggregateTool : public Tool {
 public:
  std::string_view name() const override { return "aggregate"; }
  std::string_view summary() const override { return "counts, sums and more, per group and time bucket"; }
  std::vector<std::string> examples() const override;
  void declare(Command& command) override;
  void validate() override;
  int run(Session& session) override;

 private:
  void validate_session();

  std::vector<std::string> by_;
  std::optional<std::string> calls_text_, every_text_, session_text_, refresh_text_, having_, sort_, per_;
  bool merge_ = false, fill_ = false;
  std::vector<AggregateCall> calls_;
  std::optional<BucketWidth> every_;
  std::optional<int64_t> session_;  // the longest gap, ns
  std::optional<int64_t> refresh_;  // ns
  Arrangement arrangement_;
  LiveOptions live_;
};

}  // namespace ev
