// --refresh: the result so far, drawn again and again on a terminal while events come.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "cli/tool.h"
#include "event/batch.h"
#include "io/output.h"

namespace ev {

class RunningTable {
 public:
  /// Throws Error(usage) where the output is no table on a terminal.
  RunningTable(const Session& session, std::chrono::nanoseconds every);
  /// Whether it is time to draw again.
  bool due() const { return std::chrono::steady_clock::now() >= next_; }
  /// In place of the table before; states are drawn as final values. `since` is when the result began to be made: what
  /// is slow is drawn less often.
  void draw(std::vector<Batch>&& groups, std::chrono::steady_clock::time_point since);
  /// Takes the table away.
  void clear();

 private:
  void put(const std::string& table);

  std::unique_ptr<Output> terminal_;
  std::chrono::nanoseconds every_;
  std::chrono::steady_clock::time_point next_;
  std::size_t lines_ = 0;  // of the table that stands there
};

}  // namespace ev
