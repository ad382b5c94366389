// Rows that had to leave memory before they made a block: on disk, by a hash of their destinations.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/pending_rows.h"
#include "archive/row_joiner.h"
#include "archive/staging.h"
#include "stream/reader.h"

namespace ev {

/// The rows of a destination are all in one part, in the order in which they were added. One thread at a time.
class Spool {
 public:
  static constexpr unsigned kParts = 64;

  /// A spool of level n takes other bits of the hash than those below it: what is in one part of one level is spread
  /// over all parts of the next. `next_file` counts the files of the staging folder.
  Spool(const Staging& staging, OpenFiles& files, uint64_t& next_file, unsigned level)
      : staging_(staging), files_(files), next_file_(next_file), level_(level) {}

  void add(std::vector<DestinationRows>&& rows, RowJoiner& joiner);
  /// Bytes written.
  uint64_t bytes() const { return bytes_; }

  /// After the last add(): moves on to the next part that has rows; false after the last one. Removes the files of the
  /// part before.
  bool next_part();
  /// The next rows of the part; nullopt at its end.
  struct Rows {
    SplitBatch split;  // without the names of destinations
    std::vector<uint32_t> destinations;
  };
  std::optional<Rows> next_rows();

 private:
  /// Rows of a destination, one after the other in a part.
  struct Run {
    uint32_t destination, rows;
  };
  struct Part {
    std::string events, runs;  // files: an event stream, and Runs
  };
  void write(Part& part, const std::vector<RowRange>& ranges, const std::vector<Run>& runs,
             const std::optional<Path>& time_path, RowJoiner& joiner);
  Run& current_run();

  const Staging& staging_;
  OpenFiles& files_;
  uint64_t& next_file_;
  unsigned level_;
  std::array<Part, kParts> parts_;
  uint64_t bytes_ = 0;

  unsigned next_part_ = 0;
  std::unique_ptr<StreamReader> reader_;  // of the part before
  std::unique_ptr<Input> run_input_;
  PodVector<Run> runs_;
  std::size_t at_run_ = 0;
};

}  // namespace ev
