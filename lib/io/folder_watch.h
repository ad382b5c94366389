// Waiting for changes of files: inotify, and looking again and again where that is not to be had.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "io/input.h"

namespace ev {

struct FolderChanges {
  std::vector<std::string> grown;  // files that were written to, each once
  bool names = false;              // files came, went or were renamed, or it cannot be told what happened: look at all
};

/// One thread at a time.
class FolderWatch {
 public:
  virtual ~FolderWatch() = default;
  /// From now on files in this folder ("": the current one) count, not those in folders below it; their paths begin
  /// with its name as given. A folder that is watched already stays so.
  virtual void watch(const std::string& folder) = 0;
  /// Waits for a change, and then for `gather` for more of them. After `at_most` without any, names is set: not every
  /// change is told (network file systems). Returns early when a stop is asked for.
  virtual FolderChanges wait(std::chrono::nanoseconds at_most, std::chrono::nanoseconds gather,
                             const StopCheck& stop) = 0;
};

/// By inotify; looks every 200 ms as soon as that fails (limits of the user, foreign kernels).
std::unique_ptr<FolderWatch> watch_folders();
/// Looks every `every`: all that it ever says is names.
std::unique_ptr<FolderWatch> poll_folders(std::chrono::nanoseconds every);

}  // namespace ev
