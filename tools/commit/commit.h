// ev commit: the prepared states of a pipeline that went well become current.
#pragma once

#include <string>
#include <vector>

#include "cli/tool.h"

namespace ev {

class CommitTool : public Tool {
 public:
  std::string_view name() const override { return "commit"; }
  std::string_view summary() const override { return "makes the prepared states of a finished pipeline current"; }
  std::string_view usage_tail() const override { return "STATE..."; }
  std::vector<std::string> examples() const override;
  SharedOptionSet shared() const override;
  void declare(Command& command) override;
  void validate() override;
  int run(Session& session) override;

 private:
  std::vector<std::string> paths_;
  bool discard_ = false;
};

}  // namespace ev
