// The options of ev ingest that refuse records which are well-formed but wrong.
#pragma once

#include <optional>
#include <string>

#include "cli/tool.h"
#include "source/source.h"
#include "text/clock_bounds.h"

namespace ev {

class CheckOptions {
 public:
  void declare(Command& command);
  /// Reads the schema. To follow FormatOptions::apply(), whose types come first. Throws Error(usage, no_input).
  void apply(const Session& session, SourceOptions& options) const;

 private:
  ClockBounds clock_bounds(const SharedOptions& shared) const;

  std::optional<std::string> schema_, min_time_, max_future_;
};

}  // namespace ev
