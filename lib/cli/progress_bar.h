// The line that shows how far a run is.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "cli/tool.h"

namespace ev {

/// "12.3 MiB/s  1.2 GiB of 4.0 GiB  [####----]  31%  ETA 0:42", at most `width` columns. Without a total: rate, bytes, rows.
std::string progress_line(const Session::Progress& now, std::chrono::nanoseconds elapsed, unsigned width);

/// Draws on standard error, at most five times a second, and only one program of a pipeline at a time. One thread at a time.
class ProgressBar {
 public:
  using Clock = std::chrono::steady_clock;
  ProgressBar() = default;
  ~ProgressBar();
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void enable();
  void update(const Session::Progress& now);
  /// Takes the line away; the next update draws it again.
  void clear();

 private:
  bool have_terminal(bool total_known, Clock::duration elapsed);

  bool enabled_ = false, terminal_ = false, drawn_ = false, locked_ = false;
  int lock_ = -1;  // the terminal, opened once more to lock it
  Clock::time_point start_{}, next_{};
};

}  // namespace ev
