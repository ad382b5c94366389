// A parser of one format of text.
#pragma once

#include <memory>

#include "text/text_format.h"
#include "text/text_unit.h"

namespace ev {

/// One per thread. parse() gives the same batch for the same unit whatever was parsed before.
class TextParser {
 public:
  virtual ~TextParser() = default;
  virtual ParsedText parse(const TextUnit& unit) = 0;
};

std::unique_ptr<TextParser> make_text_parser(const TextFormat& format, const FieldChoice& fields);

struct FoundTimeField {
  Path path;
  std::size_t row = 0;  // that decided
};
/// Finds the event-time field among the first rows of a batch that was parsed without one: the first row that has one
/// of `candidates` decides, as find_time_field() does for JSON lines.
std::optional<FoundTimeField> find_time_field(const Batch& batch, std::span<const std::string> candidates, bool named,
                                    const TimeRules& rules, uint32_t& records_left);

}  // namespace ev
