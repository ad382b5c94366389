// ev check: is a stream whole; do two streams hold the same events.
#pragma once

#include <string>
#include <vector>

#include "cli/tool.h"

namespace ev {

class CheckTool : public Tool {
 public:
  std::string_view name() const override { return "check"; }
  std::string_view summary() const override { return "verifies an event stream, or compares two"; }
  std::string_view usage_tail() const override { return "[FILE] | A B"; }
  std::vector<std::string> examples() const override;
  SharedOptionSet shared() const override;
  void declare(Command& command) override;
  int run(Session& session) override;

 private:
  bool quick_ = false;
};

}  // namespace ev
