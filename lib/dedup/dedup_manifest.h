// What a dedup state consists of: the body of its StateFile (ev-state(5)).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "dedup/event_clock.h"
#include "dedup/kept_key.h"
#include "io/input.h"

namespace ev {

inline constexpr std::string_view kDedupKind = "dedup";
/// Batches of which a state knows the input and the output; of older ones it has the keys alone.
inline constexpr std::size_t kMaxBatchRecords = 10'000;
/// Batches from whose beginning a state can go on once more.
inline constexpr std::size_t kMaxBatchClocks = 100;

/// What must be the same in all runs with a state.
struct DedupDefinition {
  std::string key;      // as given, empty: whole events
  std::string unkeyed;  // what happens to events without a key
  KeyShape shape;
  bool operator==(const DedupDefinition&) const = default;
};

/// One run, or one segment of what came through a pipe.
struct BatchRecord {
  uint32_t number = 0;
  std::string name;  // of --batch
  Hash128 input;     // content digest of the events that came
  uint64_t events = 0;
  std::string output;  // the file, whole path; empty: a pipe
  Hash128 kept;        // content digest of the events that went out
  uint64_t kept_events = 0, keys = 0;
  int64_t min_time = INT64_MAX, max_time = INT64_MIN;  // of its keys, where they have times
  std::optional<EventClock> clock;                     // before it
};

struct SegmentFile {
  std::string file;  // in the folder
  uint64_t bytes = 0, keys = 0;
  int64_t min_time = INT64_MAX, max_time = INT64_MIN;
};

struct DedupManifest {
  DedupDefinition definition;
  EventClock clock;
  int64_t forgotten_before = INT64_MIN;  // keys with earlier times may be gone
  uint32_t next_batch = 1, next_file = 1;
  std::vector<BatchRecord> batches;
  std::vector<uint32_t> replaced;  // batches whose keys, where they still stand in a segment, do not count
  std::vector<SegmentFile> segments;

  const BatchRecord* named(std::string_view name) const;
};

std::string encode_manifest(const DedupManifest& manifest);
/// Throws Error(corrupt) about `place`.
DedupManifest decode_manifest(std::string_view body, std::string_view place);

/// What a run that prepared a state was about to do.
struct PreparedBatches {
  struct OutputFile {
    std::string path;
    FileId id;
  };
  std::optional<OutputFile> output;  // -o FILE: has that identity before it has its name
  std::string destination;           // a template or a folder of -o
  std::vector<Hash128> inputs;       // of each batch: what came
};
std::string encode_prepared_batches(const PreparedBatches& batches);
PreparedBatches decode_prepared_batches(std::string_view body, std::string_view place);

}  // namespace ev
