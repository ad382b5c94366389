// The options of ev ingest that add fields to what the text says by itself, and what became of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/tool.h"
#include "source/source.h"

namespace ev {

class FieldOptions {
 public:
  void declare(Command& command);
  /// Throws Error(usage).
  void validate();
  void apply(SourceOptions& options) const;

 private:
  std::vector<std::string> parse_;
  std::vector<FieldFormat> field_formats_;
  std::optional<std::string> source_field_;
};

/// Sums up where the options did not do what they say, for a notice at the end.
class FieldTally {
 public:
  void add(const FieldCounts& counts);
  void report(Session& session, const SourceOptions& options) const;

 private:
  static void report_parsed(Session& session, const std::string& words, const FieldParseCounts& counts);

  FieldCounts sum_;
};

}  // namespace ev
