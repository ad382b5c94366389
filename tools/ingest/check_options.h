// The options of ev ingest that refuse records which are well-formed but wrong.
#pragma once

#include <optional>
#include <string>

#include "cli/tool.h"
#include "source/source.h"

namespace ev {

class CheckOptions {
 public:
  void declare(Command& command);
  /// Throws Error(usage).
  void apply(const Session& session, SourceOptions& options) const;

 private:
  std::optional<std::string> min_time_, max_future_;
};

}  // namespace ev
