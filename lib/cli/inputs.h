// The inputs of a tool as its shared options name them, and what is to be said about them afterwards.
#pragma once

#include <string>
#include <vector>

#include "cli/tool.h"
#include "pipeline/ordered.h"
#include "source/source.h"

namespace ev {

/// Files, time range, time fields, threads, latency and the rest from the shared options; all fields wanted.
SourceOptions source_options(const Session& session);

/// Threads from -j; a failure wakes a reader that waits for input.
PipelineOptions pipeline_options(Session& session);

/// Counts rejected records of text inputs and says so once: where the first one stands and why. One thread at a time.
class RejectCount {
 public:
  void add(const std::string& input, const std::vector<Reject>& rejects);
  uint64_t count() const { return count_; }
  /// "FILE: line 12: reason" of the first.
  const std::string& first() const { return first_; }

 private:
  uint64_t count_ = 0;
  std::string first_;
};

/// At the end of a tool that reads text on the fly: rejected records are warned of and raise the exit status to 3, and
/// so does what --accept-partial let pass.
void report_inputs(Session& session, const Source& source, const RejectCount& rejects);
/// What --accept-partial let pass: warned of, exit status 3.
void report_accepted(Session& session, const Source& source);
/// For Session::progress().
Session::Progress progress_of(const Source& source);

}  // namespace ev
