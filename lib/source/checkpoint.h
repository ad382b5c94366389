// What a checkpoint holds: where the reading of each input stands, and what a run took that is not committed yet.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "event/path.h"
#include "io/input.h"
#include "source/taken_text.h"
#include "text/text_format.h"

namespace ev {

/// The kind of a StateFile that is a checkpoint.
inline constexpr std::string_view kCheckpointKind = "checkpoint";
/// Positions of inputs that are gone are kept as long as this, and at most so many: they may come back, or come as
/// copies.
inline constexpr int64_t kGoneKeptNs = int64_t{30} * 24 * 3600 * 1'000'000'000;
inline constexpr std::size_t kMaxGoneInputs = 10'000;
/// Segments that were prepared and never committed.
inline constexpr std::size_t kMaxPreparedSegments = 10'000;

/// A compressed file as it was when it was read: it is read again only where it is another now.
struct PackedFile {
  uint64_t size = 0;
  int64_t modified_ns = 0;
  bool operator==(const PackedFile&) const = default;
};

/// How a text is read on: what was found out at its beginning.
struct TextReading {
  std::optional<TextFormat> format;  // nullopt: nothing was found out yet
  std::optional<Path> time_path;
  uint32_t records_left = 0;  // in which to look for the event time
  bool operator==(const TextReading&) const = default;
};

/// Where the reading of one input stands.
struct InputPosition {
  std::string path;                  // where it was seen last
  FileId id;                         // {}: no file has this text any more: it was truncated
  TextMark mark;                     // what was taken
  uint64_t line = 1;                 // number of the line that comes next
  std::optional<PackedFile> packed;  // of compressed inputs
  TextReading reading;
  bool history = false;  // compressed by rotation before its log was an input: no input, as long as it stays as it is
  int64_t gone_since_ns = 0;  // 0: it was there in the last run
  bool operator==(const InputPosition&) const = default;
};

/// Text up to `to` was taken from `from` on, all of it in the same way.
struct TakenRange {
  std::string path;
  FileId id;
  uint64_t from = 0, line = 1;
  TextMark to;
  TextReading reading;  // in force from the first record on: nothing is looked for
  bool operator==(const TakenRange&) const = default;
};

/// What one run took, and gave out as segments or parts of their own.
struct TakenSegment {
  int64_t now_ns = 0;  // what options such as --since -1h were counted from
  std::vector<TakenRange> ranges;
  uint64_t rows = 0;
  Hash128 digest;  // of the rows that came out
  bool operator==(const TakenSegment&) const = default;
};

/// A file that a run gives its name at the end. It has that file's identity before.
struct OutputFile {
  std::string path;
  FileId id;
  bool operator==(const OutputFile&) const = default;
};

/// What is prepared: the segments not committed yet, how they came about and where they went.
struct PreparedRun {
  std::string options;      // those that decide which rows come out
  std::string destination;  // a template of -o; empty: anywhere
  std::optional<OutputFile> output;  // of -o FILE
  std::vector<TakenSegment> segments;
  bool operator==(const PreparedRun&) const = default;
};

/// Bodies of a StateFile, in lines of NamedValues (ev-state(5)). decode_... throw Error(corrupt) about `place`.
std::string encode_positions(const std::vector<InputPosition>& positions);
std::vector<InputPosition> decode_positions(std::string_view body, std::string_view place);
std::string encode_prepared(const PreparedRun& run);
PreparedRun decode_prepared(std::string_view body, std::string_view place);

}  // namespace ev
