// What a rollup store consists of: the body of its StateFile (ev-rollup(5)).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "event/path.h"
#include "rollup/rollup_definition.h"

namespace ev {

inline constexpr std::string_view kRollupKind = "rollup";

/// A file of the store, written once and never changed.
struct StoreFile {
  std::string name;  // in the folder
  uint64_t bytes = 0, rows = 0;
  Hash128 digest;                               // content digest of its rows
  int64_t first = INT64_MAX, last = INT64_MIN;  // begins of its buckets; of a level's files
};

/// What the store knows again: a segment by the digest of its events, or a batch by its name.
struct AppliedKey {
  Hash128 key;
  Hash128 content;  // digest of the segment, or of all segments of the batch
};

struct RollupCounts {
  uint64_t batches = 0, segments = 0;
  uint64_t events = 0;  // that are in the buckets
  uint64_t filtered = 0, rejected = 0;
  uint64_t late = 0;  // of the events: those for buckets before the newest one there was
  RollupCounts& operator+=(const RollupCounts& other);
};

struct RollupBatch {
  uint64_t number = 0;
  std::string name;
  Hash128 content;  // digest of what came
  RollupCounts counts;
  int64_t first = INT64_MAX, last = INT64_MIN;  // begins of the finest buckets that it went to
};

struct RollupManifest {
  RollupDefinition definition;
  std::vector<Path> key_paths;  // of each key, as events had it; empty before there were any
  uint64_t next_file = 1;
  RollupCounts total;
  std::optional<RollupBatch> last_batch;
  std::vector<std::vector<StoreFile>> levels;  // of each width of the definition
  std::vector<StoreFile> applied_files;        // of applied keys
  std::vector<AppliedKey> applied;             // those that are in no file yet

  /// Begins of the oldest and the newest bucket of a level; nothing is in the store where first > last.
  int64_t first(std::size_t level) const;
  int64_t last(std::size_t level) const;
  /// Where a key had several paths, the smallest is the one of results, in whatever order they come.
  void see_key_paths(std::span<const Path> paths);
};

std::string encode_manifest(const RollupManifest& manifest);
/// Throws Error(corrupt) about `place`.
RollupManifest decode_rollup_manifest(std::string_view body, std::string_view place);

}  // namespace ev
