// What a worker reads text with.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "source/source.h"
#include "source/source_field.h"
#include "text/text_parser.h"

namespace ev {

/// A parser for the format of the inputs that were met last, and what changes the rows then. One thread at a time.
class TextWorker final : public BatchChange {
 public:
  /// `wanted`: of what stands in a record; the fields that the options parse are taken from it in any case.
  TextWorker(const SourceOptions& options, FieldChoice wanted);

  ParsedText parse(TextUnit& unit, const std::string& input);
  /// The same with records that were rejected before, and the cut ones among them rejected again.
  ParsedText parse(RejectedRun& run, const std::string& input);
  FieldCounts take_counts();
  void change(Batch& batch) override;

 private:
  FieldChoice wanted_;
  std::vector<FieldParser> field_parsers_;
  std::optional<SourceField> source_field_;
  std::shared_ptr<const TextFormat> format_;
  std::unique_ptr<TextParser> parser_;
};

}  // namespace ev
