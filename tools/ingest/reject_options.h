// What ev ingest does with the records that it does not accept: keeps them, tolerates some, or ends with status 3.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/inputs.h"
#include "cli/tool.h"
#include "ingest/reject_stream.h"

namespace ev {

/// How many rejects a run bears: a number of records or a share of them.
struct RejectLimit {
  uint64_t count = UINT64_MAX;
  double percent = 100;
};
/// "100" or "0.5%". Throws Error(usage).
RejectLimit parse_reject_limit(const std::string& text);

class RejectOptions {
 public:
  void declare(Command& command);
  /// Throws Error(usage).
  void validate();

 private:
  friend class Rejects;
  std::optional<std::string> file_, max_;
  std::optional<RejectLimit> limit_;
};

/// The rejects of a run. One thread at a time.
class Rejects {
 public:
  Rejects(const RejectOptions& options, const Session& session);

  /// Records read so far grow by `records`, of which these were rejected. Throws Error(corrupt) where they are too many.
  /// `read_as`: how the records were read.
  void add(const std::string& input, const std::string& read_as, const std::vector<Reject>& rejects, uint64_t records);
  /// All were read: throws Error(corrupt) where the share is too large.
  void check() const;
  /// What is kept becomes final.
  void finish(uint32_t flags);
  uint64_t records() const { return records_; }
  /// Warns of rejects that were neither kept nor tolerated, and raises the exit status.
  void report(Session& session) const;

 private:
  std::optional<RejectLimit> limit_;
  std::unique_ptr<RejectStream> kept_;
  RejectCount count_;
  uint64_t records_ = 0;
};

}  // namespace ev
