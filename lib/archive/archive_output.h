// The output of -o with a template: rows go to the file or folder that their values name.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/path_template.h"
#include "archive/pending_rows.h"
#include "archive/row_splitter.h"
#include "codec/chunk.h"
#include "io/output.h"
#include "stream/block.h"

namespace ev {

struct ArchiveOptions {
  Compression compression;
  bool no_clobber = false;
  PendingLimits limits;
  std::size_t open_segments = 64;        // a file beyond it that gets another block begins a new segment
  uint64_t queued = uint64_t{16} << 20;  // raw bytes of blocks that wait to be encoded
  uint32_t destinations = kMaxDestinations;

  static constexpr uint32_t kMaxDestinations = 131072;
};

/// A block to be encoded.
struct BlockJob {
  DestinationRows rows;
  uint32_t number = 0;  // of the destination's blocks
};
struct FinishedBlock {
  std::vector<EncodedBlock> blocks;  // most often one
  uint32_t destination = 0, number = 0;
  bool last = false;
};

/// What became of the files.
struct ArchiveResult {
  uint64_t added = 0;          // parts that were added, or files that were written
  uint64_t equal = 0;          // parts that the archive had already
  uint64_t equal_rows = 0;     // in these
  uint64_t equal_created = 0;  // of these rows
};

/// The way of rows: split() in any thread; add() in order; next_job() and run() in any thread; put() in any order. Then
/// close(), and next_job(), run() and put() until there is no job; then finish(), which alone makes files appear under
/// their names, so that a state may be prepared before it and committed behind it. What rows a file has, and their
/// order, depends on the rows that were added, and nothing else.
/// Files are event streams: the rows count as passed, or created; their ENDs have the flags of close().
class ArchiveOutput final : public Output {
 public:
  /// Makes the staging folder; removes what dead runs left there. Throws Error(cannot_create).
  ArchiveOutput(std::shared_ptr<const PathTemplate> where, const ArchiveOptions& options);
  ~ArchiveOutput() override;

  /// Rows from `first_created` on count as created. Throws Error(usage) where a name of the template means two fields.
  SplitBatch split(Batch&& batch, uint32_t first_created) const;
  /// Throws Error(corrupt) where there are too many destinations.
  void add(SplitBatch&& split);
  std::optional<BlockJob> next_job();
  FinishedBlock run(BlockJob&& job);
  void put(FinishedBlock&& block);
  /// No more rows come.
  void close(uint32_t flags);

  /// Of Output. finish() requires that all jobs are done.
  void write(std::span<const uint8_t> bytes) override;
  void finish() override;
  void abandon() noexcept override;
  bool is_terminal() const override { return false; }
  bool is_file() const override { return true; }
  const std::string& name() const override;

  /// After close(), when all jobs are done: the rows that were added, by number and content.
  uint64_t rows() const;
  Hash128 digest() const;
  /// After finish(): what comes next goes into further files. result() goes on counting.
  void begin_anew();
  /// After finish().
  const ArchiveResult& result() const;
  /// Fields of the template that no row had, if there were rows.
  std::vector<const TemplateField*> absent_fields() const;
  /// Runs that died and were cleaned up after.
  uint32_t cleaned() const;
  /// Bytes that were spooled.
  uint64_t spooled() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ev
