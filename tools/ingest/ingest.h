// ev ingest: text to events.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/tool.h"

namespace ev {

/// How many rejects a run bears: a number of records or a share of them.
struct RejectLimit {
  uint64_t count = UINT64_MAX;
  double percent = 100;
};
/// "100" or "0.5%". Throws Error(usage).
RejectLimit parse_reject_limit(const std::string& text);

class IngestTool : public Tool {
 public:
  std::string_view name() const override { return "ingest"; }
  std::string_view summary() const override { return "turns JSON lines (plain, gzip or zstd) into an event stream"; }
  std::vector<std::string> examples() const override;
  void declare(Command& command) override;
  void validate() override;
  int run(Session& session) override;

 private:
  std::optional<std::string> format_, rejects_, max_rejects_;
  std::optional<RejectLimit> limit_;
};

}  // namespace ev
