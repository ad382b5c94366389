// An output that `ev-export` prints: behind --to FORMAT, and where a stream would go to a terminal.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "io/output.h"

namespace ev {

/// A pipe into a process of our own.
class ExportPipe : public Output {
 public:
  /// Waits for the process after closing the pipe; its exit status (128+n where signal n ended it). Called once or more
  /// often; needs no finish() before. Never throws.
  virtual int wait() noexcept = 0;
};

/// Starts `ev-export` with these arguments. Its standard output and error are ours. Throws Error(cannot_create).
std::unique_ptr<ExportPipe> open_export(const std::vector<std::string>& arguments);

}  // namespace ev
