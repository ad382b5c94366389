// What a run with a state takes and gives, as the state remembers it.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/stream_output.h"
#include "cli/tool.h"
#include "dedup/dedup.h"
#include "dedup/dedup_state.h"
#include "dedup/judge.h"

namespace ev {

/// Into a file of -o, or a folder of parts, a run is one batch, and commits it. Into a pipe each segment of the input is
/// one, and they are prepared for ev commit; those that an earlier run prepared must come once more.
class Batches {
 public:
  /// Locks and reads the state. Throws Error(locked), Error(corrupt), Error(usage) where it was made for other keys.
  Batches(const DedupSettings& settings, Session& session);

  const HashKey& hash_key() const { return state_.hash_key(); }
  /// Event time before this run.
  const EventClock& clock() const { return clock_; }
  /// Keys that count in this run, and how much memory they may take.
  EarlierKeys earlier(uint64_t memory) const;
  bool of_segments() const { return of_segments_; }

  /// What came, in a batch.
  struct Input {
    Hash128 digest;
    uint64_t events = 0;
    int64_t min_time = INT64_MAX, max_time = INT64_MIN;
  };
  /// Whether the state has this batch, and its output stands: then nothing is to be done.
  bool applied(const Input& input) const;
  /// Whether these events were a batch before, with whatever output.
  bool had(const Input& input) const;
  /// Remembers the keys of a batch. Throws Error(usage) where another one was prepared.
  void add(const Input& input, const StreamOutput::Written& written, const Judge& judge, const SeenKeys& keys);
  /// Durable, before the output is.
  void prepare(const StreamOutput& out);
  /// After the output is.
  void commit();

 private:
  void check_inputs() const;
  void check_definition();
  void check_pending() const;
  void find_batch();
  int64_t horizon(int64_t high_water) const;
  [[noreturn]] void fail_pending() const;

  const DedupSettings& settings_;
  Session& session_;
  DedupState state_;
  std::string output_;  // -o FILE, whole path
  bool of_segments_;
  EventClock start_, clock_;  // before the run, before the batch
  std::optional<BatchRecord> replaced_;  // of --batch, to be given once more
  PreparedBatches prepared_;
};

}  // namespace ev
