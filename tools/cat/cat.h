// ev cat: joins and slices event streams.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/tool.h"

namespace ev {

class CatTool : public Tool {
 public:
  std::string_view name() const override { return "cat"; }
  std::string_view summary() const override { return "joins event streams, takes their first or last events or a time range"; }
  std::vector<std::string> examples() const override;
  void declare(Command& command) override;
  void validate() override;
  int run(Session& session) override;

 private:
  std::optional<uint64_t> head_, tail_;
};

}  // namespace ev
