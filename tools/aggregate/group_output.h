// From groups to the stream that is written.
#pragma once

#include <string>
#include <vector>

#include "aggregate/arrangement.h"
#include "aggregate/worker_groups.h"
#include "cli/stream_output.h"
#include "cli/tool.h"
#include "event/batch_recutter.h"

namespace ev {

/// Takes batches of a result in its order, and writes what the arrangement makes of them, in blocks of `rows` rows.
class ArrangedOutput {
 public:
  /// `arrangement` and `out` must stay.
  ArrangedOutput(const Arrangement& arrangement, uint32_t rows, uint64_t memory, StreamOutput& out);

  /// Throws Error(io) where groups that are to be sorted are too large for `memory`.
  void add(Batch&& batch);
  void finish();
  /// What the user should hear of --having.
  std::vector<std::string> warnings() const { return arranger_.warnings(); }

 private:
  void sort();
  void write(Batch&& batch);

  Arranger arranger_;
  bool sorts_, top_;
  uint32_t rows_;
  uint64_t memory_;
  StreamOutput& out_;
  BatchRecutter recutter_;
  std::vector<Batch> kept_;
  uint64_t kept_rows_ = 0, kept_bytes_ = 0;
  uint64_t sorted_rows_ = 0;  // that were left when kept_ was sorted last
};

/// Writes the result, which does not depend on whether groups were spilled. Returns what the user should hear of
/// --having. Throws Error(io) where groups cannot be sorted in the memory allowed.
std::vector<std::string> write_groups(WorkerGroups& groups, const Arrangement& arrangement, Session& session,
                                      StreamOutput& out);

}  // namespace ev
