// The event-time field of texts, by their first records.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "source/source.h"

namespace ev {

class TimeSearch {
 public:
  TimeSearch(const SourceOptions& options, std::shared_ptr<const TimeRules> rules);

  /// How many records of a text are looked at.
  uint32_t records() const { return named_ ? UINT32_MAX : kTimeDetectionRecords; }
  /// The field that the first `left` records of the unit have; those that were looked at are taken off.
  std::optional<Path> find(const TextUnit& unit, const TextFormat& format, uint32_t& left);

 private:
  std::vector<std::string> candidates_;     // names of fields that may be it
  bool named_;                              // by the user
  std::vector<FieldParser> field_parsers_;  // of the fields in which it may stand
  std::shared_ptr<const TimeRules> rules_;
};

}  // namespace ev
