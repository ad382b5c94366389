// ev ingest: text to events.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/tool.h"
#include "text/text_format.h"
#include "text/time_rules.h"

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
  std::string_view summary() const override { return "turns logs (JSON lines, CSV, logfmt, access logs) into an event stream"; }
  std::vector<std::string> examples() const override;
  void declare(Command& command) override;
  void validate() override;
  int run(Session& session) override;

 private:
  std::optional<std::string> format_, delimiter_, year_, assumed_zone_, rejects_, max_rejects_;
  std::vector<std::string> columns_, time_formats_;
  int32_t year_number_ = 0;
  TimeRules time_rules_;
  std::optional<TextFormat> text_format_;
  std::optional<RejectLimit> limit_;
};

}  // namespace ev
