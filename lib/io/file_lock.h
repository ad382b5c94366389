// A lock that one process at a time holds.
#pragma once

#include <chrono>
#include <string>

#include "io/input.h"

namespace ev {

/// flock() on a file of its own, which is created where it is missing and stays: removing it would let two processes
/// hold locks on two files of one name. The lock goes with the process, however that ends.
class FileLock {
 public:
  /// Waits at most `wait` for the process that has it, until `stop` asks to stop. `shown` is what the lock is for.
  /// Throws Error(locked), Error(cannot_create).
  FileLock(const std::string& path, const std::string& shown, std::chrono::nanoseconds wait, const StopCheck& stop);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// Whether the file still has a name. A lock on one that was removed meanwhile keeps nobody out.
  bool in_force() const;

 private:
  int fd_ = -1;
};

}  // namespace ev
