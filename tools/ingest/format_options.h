// The options of ev ingest that say how its text is to be read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/tool.h"
#include "source/source.h"

namespace ev {

class FormatOptions {
 public:
  void declare(Command& command);
  bool from_rejects() const { return from_rejects_; }
  /// Throws Error(usage).
  void validate();
  /// Throws Error(usage).
  void apply(SourceOptions& options) const;

 private:
  std::optional<std::string> format_, each_, multiline_, delimiter_, year_, assumed_zone_;
  std::vector<std::string> columns_, time_formats_, types_;
  int32_t year_number_ = 0;
  TimeRules time_rules_;
  bool from_rejects_ = false;
  std::optional<TextFormat> text_format_;
  std::vector<FieldType> field_types_;
};

}  // namespace ev
