// ev ingest: text to events.
#pragma once

#include <string>
#include <vector>

#include "cli/tool.h"
#include "ingest/check_options.h"
#include "ingest/field_options.h"
#include "ingest/format_options.h"
#include "ingest/reject_options.h"

namespace ev {

class IngestTool : public Tool {
 public:
  std::string_view name() const override { return "ingest"; }
  std::string_view summary() const override { return "turns logs (JSON lines, CSV, logfmt, access logs) into an event stream"; }
  std::vector<std::string> examples() const override;
  void declare(Command& command) override;
  void validate() override;
  int run(Session& session) override;

 private:
  FormatOptions format_;
  FieldOptions fields_;
  CheckOptions checks_;
  RejectOptions rejects_;
};

}  // namespace ev
