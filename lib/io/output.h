// Where bytes go: standard output, FIFOs and devices directly; files beside their final name, then renamed over it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "io/input.h"

namespace ev {

/// A destination of bytes. One thread at a time.
class Output {
 public:
  virtual ~Output() = default;  // an output that was not finished leaves no file under its final name
  /// Writes all; restarts after signals and short writes. Throws Error(io) (ENOSPC and the like), BrokenPipe on EPIPE.
  virtual void write(std::span<const uint8_t> bytes) = 0;
  /// Makes the output final: files are fsynced, renamed and their folder fsynced; close() is checked. Throws Error(io).
  virtual void finish() = 0;
  /// Gives up: removes the temporary. Never throws. What was written directly stays.
  virtual void abandon() noexcept = 0;
  virtual bool is_terminal() const = 0;
  /// Whether it ends in a regular file (compression is on by default there).
  virtual bool is_file() const = 0;
  virtual const std::string& name() const = 0;
  /// The file that finish() gives its name, which it does not have before; nullopt for all that is written directly.
  virtual std::optional<FileId> file() const { return std::nullopt; }
  uint64_t written() const { return written_; }

 protected:
  uint64_t written_ = 0;
};

/// Standard output. A closed one (EBADF) throws Error(cannot_create) here.
std::unique_ptr<Output> standard_output();
/// `path` "-" is standard output; FIFOs, sockets and devices are opened and written directly; a regular or new file is
/// written beside its name (`.NAME.ev-tmp-PID-N`) with the permissions of the file it replaces (or 0666 & ~umask).
/// `no_clobber`: Error(cannot_create) if it exists, checked now and, atomically, at finish().
/// Throws Error(cannot_create).
std::unique_ptr<Output> open_output(const std::string& path, bool no_clobber = false);
/// Keeps what is written, for tests.
std::unique_ptr<Output> memory_output(std::string& into);

/// Unlinks the temporaries of all outputs that are open. Async-signal-safe: for a second Ctrl-C.
void remove_temporaries_now() noexcept;

}  // namespace ev
