// ev ingest: text to events.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/row_options.h"
#include "cli/stream_output.h"
#include "cli/tool.h"
#include "ingest/check_options.h"
#include "ingest/checkpoint_options.h"
#include "ingest/field_options.h"
#include "ingest/format_options.h"
#include "cli/lookup_options.h"
#include "ingest/reject_options.h"
#include "ingest/type_tally.h"

namespace ev {

class IngestTool : public Tool {
 public:
  std::string_view name() const override { return "ingest"; }
  std::string_view summary() const override { return "turns logs (JSON lines, CSV, logfmt, access logs) into an event stream"; }
  std::vector<std::string> examples() const override;
  SharedOptionSet shared() const override;
  void declare(Command& command) override;
  void validate() override;
  int run(Session& session) override;

 private:
  /// What is known of a run beside its rows.
  struct Found {
    uint32_t flags = 0;  // of END
    uint64_t duplicate_keys = 0;
    std::optional<Path> time_path;
    TypeTally types;
    FieldTally fields;
    SourceOptions options;  // that it was read with
  };
  void read(Session& session, InputQueue* queue, StreamOutput& out, Rejects& rejects, RowSteps& steps,
            Found& found) const;

  FormatOptions format_;
  FieldOptions fields_;
  CheckOptions checks_;
  LookupOptions lookup_;
  RowOptions rows_;
  RejectOptions rejects_;
  CheckpointOptions checkpoint_;
};

}  // namespace ev
