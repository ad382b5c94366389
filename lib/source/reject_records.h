// Records that an earlier run refused, read from the stream that it wrote them to, to be tried again.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "event/batch.h"
#include "text/text_format.h"
#include "text/text_unit.h"

namespace ev {

/// How the records of a text were read, for the field read_as of a stream of rejects.
std::string reading_text(const TextFormat& format, const std::optional<Path>& time_path);

/// A rejected record, to be read once more at its own line and offset.
TextUnit one_record(const Reject& reject, const std::shared_ptr<const TextFormat>& format);

/// Rejects that stand together and come from one input, read in one way.
struct RejectedRun {
  std::string source;
  std::shared_ptr<const TextFormat> format;
  std::optional<Path> time_path;
  std::vector<TextUnit> records;  // each at its own line and offset
  std::vector<Reject> cut;        // of which only the beginning is left: they stay rejects
};

/// The rejects of a block, in their order. `wanted`: a format to read them by instead. Throws Error(corrupt) about
/// `place` where the block holds no rejects, and Error(usage) where the columns of a table are not known.
std::vector<RejectedRun> rejected_runs(const Batch& batch, const std::optional<TextFormat>& wanted,
                                       const std::string& place);

/// Parsed records after one another, as if one text had held them.
class ParsedJoin {
 public:
  void add(ParsedText&& parsed);
  ParsedText finish(const std::optional<Path>& time_path);

 private:
  ParsedText joined_;
  std::vector<Batch> batches_;
};

}  // namespace ev
