// The line of --stats.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "stream/ledger.h"

namespace ev {

struct Stats {
  std::string_view tool;
  Ledger ledger;
  uint64_t bytes_in = 0, bytes_out = 0;
  double seconds = 0;
  uint64_t peak_memory = 0, spilled = 0;
};

/// One line of JSON with its newline.
std::string stats_json(const Stats& stats);
/// To standard error ("-") or into a file, which is replaced as a whole. Throws Error.
void write_stats(const std::string& destination, const Stats& stats);

}  // namespace ev
