// JSON lines to batches.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/batch.h"

namespace ev {

inline constexpr std::size_t kMaxLineBytes = std::size_t{16} << 20;
inline constexpr uint32_t kMaxDepth = 64;      // deeper values are kept as json text
inline constexpr uint32_t kMaxNesting = 1024;  // deeper than this, a line is rejected
inline constexpr uint32_t kTimeDetectionRecords = 1000;

/// A record that was not accepted.
struct Reject {
  uint64_t line = 0;    // from 1, in its input
  uint64_t offset = 0;  // of its first byte in its (decompressed) input
  std::string reason;
  std::string raw;  // without the line's end
};

/// A run of whole lines (the last one may lack its newline).
struct TextUnit {
  PodVector<char> text;  // with at least 64 readable bytes of slack behind it
  uint64_t first_line = 1;
  uint64_t first_offset = 0;
  std::optional<Path> time_path;
  bool time_plausible_only = false;  // the field was found, not named: only 1990 to 2100 counts as a time
  /// Lines over kMaxLineBytes, left out of `text`, in line order; they count as lines. Offsets of lines after one are
  /// right only where its `raw` is whole: a reader that cuts `raw` ends the unit with it.
  std::vector<Reject> oversized;
};

struct ParsedText {
  Batch batch;
  std::vector<Reject> rejects;  // in line order, `oversized` included
  uint64_t records = 0;         // rows + rejects
  uint64_t duplicate_keys = 0;  // keys that stood twice in one object; the last value counted
};

/// What the fields are that a command needs; empty `names` with all = false: none but the time.
struct FieldChoice {
  bool all = true;
  std::vector<std::string> names;
  bool wants(const Path& path) const;
};

/// One per thread: learns the shapes of lines as it goes, which never changes what comes out. parse() gives the same
/// batch for the same unit whatever was parsed before.
/// - A line is one JSON object (RFC 8259, UTF-8; surrogates paired; numbers as in ev(7)); white space around it and a
///   CR before the newline are allowed; blank lines are nothing. All else is a Reject with its reason.
/// - At most kMaxColumns fields a line, repeated ones counted each time, and 65,534 different ones a unit.
class JsonLinesParser {
 public:
  explicit JsonLinesParser(FieldChoice fields = {});
  ~JsonLinesParser();
  JsonLinesParser(JsonLinesParser&&) noexcept;
  ParsedText parse(const TextUnit& unit);
  /// The plain path for every line: what parse() must equal. For tests.
  ParsedText parse_plain(const TextUnit& unit);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Finds the event-time field: the first record that has one of `candidates` (in their order; named: present and not
/// null; otherwise: reads as a time from 1990 to 2100) decides. `records_left` is lowered by the records looked at;
/// nullopt when nothing was found in this text.
std::optional<Path> find_time_field(std::string_view lines, std::span<const std::string> candidates, bool named,
                                    uint32_t& records_left);
/// The names looked for where -t is not given.
std::span<const std::string> default_time_fields();

}  // namespace ev
