// ev export: events to text.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/tool.h"

namespace ev {

class ExportTool : public Tool {
 public:
  std::string_view name() const override { return "export"; }
  std::string_view summary() const override { return "events to JSON lines, CSV, TSV, a table or records"; }
  std::vector<std::string> examples() const override;
  SharedOptionSet shared() const override;
  void declare(Command& command) override;
  void validate() override;
  int run(Session& session) override;

 private:
  std::optional<std::string> format_;
  std::optional<uint64_t> head_;
  bool no_header_ = false;
};

}  // namespace ev
