// JSON lines to batches.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "text/text_unit.h"

namespace ev {

inline constexpr uint32_t kMaxDepth = 64;      // deeper values are kept as json text
inline constexpr uint32_t kMaxNesting = 1024;  // deeper than this, a line is rejected

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
                                    const TimeRules& rules, uint32_t& records_left);
/// The names looked for where -t is not given.
std::span<const std::string> default_time_fields();

}  // namespace ev
