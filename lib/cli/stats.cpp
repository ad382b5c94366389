#include "cli/stats.h"

#include <unistd.h>

#include <cmath>

#include "base/pod_vector.h"
#include "base/text.h"
#include "cli/messages.h"
#include "io/output.h"

namespace ev {

std::string stats_json(const Stats& stats) {
  // A tool that has no input of its own counts what it made.
  uint64_t events = stats.ledger.in ? stats.ledger.in : stats.ledger.out;
  uint64_t rate = stats.seconds > 0 ? static_cast<uint64_t>(static_cast<double>(events) / stats.seconds) : 0;
  double milliseconds = std::round(stats.seconds * 1000);
  return concat("{\"tool\":\"", stats.tool, "\",\"ledger\":", stats.ledger.json(), ",\"bytes_in\":", stats.bytes_in,
                ",\"bytes_out\":", stats.bytes_out, ",\"seconds\":", float_text(milliseconds / 1000),
                ",\"events_per_second\":", rate, ",\"peak_memory\":", stats.peak_memory, ",\"spilled\":", stats.spilled,
                "}\n");
}

void write_stats(const std::string& destination, const Stats& stats) {
  std::string line = stats_json(stats);
  if (destination == "-") return write_quietly(STDERR_FILENO, line);
  auto file = open_output(destination);
  file->write(as_bytes(line));
  file->finish();
}

}  // namespace ev
