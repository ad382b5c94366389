// ev info: what is in a stream or a text log.
#pragma once

#include <string>
#include <vector>

#include "cli/tool.h"

namespace ev {

class InfoTool : public Tool {
 public:
  std::string_view name() const override { return "info"; }
  std::string_view summary() const override { return "tells which fields, times, sizes and counts are in a stream or a log"; }
  std::vector<std::string> examples() const override;
  SharedOptionSet shared() const override;
  void declare(Command& command) override;
  int run(Session& session) override;

 private:
  bool json_ = false;
};

}  // namespace ev
