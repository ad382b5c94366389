// The options that several programs share: their declaration, and what was given turned into SharedOptions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/tool.h"

namespace ev {

/// As typed.
struct SharedText {
  SharedOptionSet set;
  std::vector<std::pair<std::string, std::string>> given;
  std::vector<std::string> files, time_fields;
  std::optional<std::string> output, since, until, timezone, memory, compress, latency, wait, where, to, stats, stats_every;
  std::optional<uint64_t> threads, block_rows;
  bool no_clobber = false, accept_partial = false, quiet = false, verbose = false, progress = false, no_progress = false;
  bool help = false, version = false, list_options = false, summary = false;
};

/// What is not for the tool but for what runs it.
struct ReportOptions {
  std::optional<std::string> stats;  // "-": standard error
  int64_t stats_every = 0;           // ns, 0: at the end only
  std::optional<bool> progress;      // nullopt: where it makes sense
};

/// Requires `into` to live as long as the command is parsed.
void declare_shared(Command::State& command, SharedText& into);
/// Throws Error(usage).
SharedOptions check_shared(const SharedText& text, int64_t now_ns);
ReportOptions check_report(const SharedText& text);

}  // namespace ev
