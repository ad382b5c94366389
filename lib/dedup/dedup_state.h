// A folder in which dedup remembers the keys of earlier runs.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dedup/dedup_manifest.h"
#include "dedup/seen_keys.h"
#include "io/state_file.h"

namespace ev {

/// The StateFile "state", which names the key segments beside it, and "secret", the key of the fingerprints. What a
/// run changes is a new manifest:
///
///   add_batch()  keys are durable in a file of their own, which nobody knows yet
///   prepare()    the new manifest is prepared
///   ...          the output is made durable
///   commit()     the new manifest counts; files that only the old one named go
///
/// Locked as long as this lives. One thread. Throws Error(locked), Error(corrupt), Error(io), Error(cannot_create).
class DedupState {
 public:
  /// Makes the folder if it is missing. What a run that died left behind is rolled forward where its output stands, back
  /// where it had none or it does not stand; where the output was a pipe, that stays unknown: pending().
  DedupState(const std::string& path, StateFileOptions options);

  /// Whether any run has committed something.
  bool empty() const { return !file_->committed().has_value(); }
  const std::string& name() const { return file_->name(); }
  const HashKey& hash_key() const { return secret_; }
  /// The committed manifest with what was added since.
  const DedupManifest& manifest() const { return next_; }
  DedupManifest& manifest() { return next_; }
  /// What was prepared by a run into a pipe, and neither committed nor discarded.
  const std::optional<PreparedBatches>& pending() const { return pending_; }
  /// Whether opening it rolled a run forward.
  bool rolled_forward() const { return rolled_forward_; }

  /// The segments of manifest().
  std::vector<std::shared_ptr<KeySegment>> open_segments() const;
  /// `keys` may be none; their number and times are filled in.
  void add_batch(BatchRecord batch, const SeenKeys& keys);
  /// The batch's keys and record go.
  void replace_batch(uint32_t number);
  /// Keys with earlier times need not be remembered any more. Those without times stay.
  void forget_before(int64_t time);
  /// Writes all keys anew, into one segment, without those that need not be remembered any more.
  void compact_all();
  void prepare(const PreparedBatches& batches);
  void commit();
  void discard() { file_->discard(); }
  /// Bytes of the folder's segments.
  uint64_t bytes() const;

 private:
  void load_secret();
  void recover();
  void compact();
  void merge(std::vector<SegmentFile> segments);
  void remove_unknown_files() const;
  std::shared_ptr<KeySegment> open_segment(const SegmentFile& segment) const;
  std::string path_of(const std::string& file) const { return folder_ + "/" + file; }
  std::string next_file_name();

  std::string folder_;
  std::unique_ptr<StateFile> file_;
  HashKey secret_{};
  DedupManifest next_;
  std::set<std::string> new_files_;  // of keys, which no prepared manifest names yet
  std::optional<PreparedBatches> pending_;
  bool rolled_forward_ = false;
};

}  // namespace ev
