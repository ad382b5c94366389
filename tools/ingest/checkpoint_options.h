// The options of ev ingest that let it go on: from run to run, and with files that grow.
#pragma once

#include <optional>
#include <string>

#include "cli/tool.h"

namespace ev {

struct CheckpointOptions {
  void declare(Command& command);
  /// Whether inputs are gone on with instead of read as they are.
  bool any() const { return path || follow; }

  std::optional<std::string> path;
  bool follow = false;
};

}  // namespace ev
