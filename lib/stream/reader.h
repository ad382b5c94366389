// Reads event streams from pipes and files, verifying as it goes.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "io/input.h"
#include "stream/block.h"
#include "stream/block_filter.h"

namespace ev {

struct ReadOptions {
  Projection projection;
  /// Blocks without a timed row in [since, until) are skipped and counted (where both are at their limits: none).
  /// Blocks of no rows are never skipped, for their watermarks; watermarks of skipped blocks are not seen.
  int64_t since = std::numeric_limits<int64_t>::min();
  int64_t until = std::numeric_limits<int64_t>::max();
  /// Blocks that it does not want are skipped and counted, unless they carry a watermark.
  std::shared_ptr<BlockFilter> filter;
  /// Needed chunks only are read from seekable inputs (off: whole bodies, so that blocks can be passed on).
  bool partial_bodies = true;
  /// Whether the INDEX is rebuilt from the blocks and compared. Not together with since, until and filter.
  bool verify_index = false;
};

/// What a stream's ENDs said.
struct StreamTotals {
  uint64_t segments = 0, blocks = 0, rows = 0, raw_bytes = 0;
  Hash128 digest;
  Ledger ledger;
  uint32_t flags = 0;  // or of all ENDs, without MORE
};

/// Reads a stream serially. next() gives block after block; after the last one nullopt, and totals() are final. It
/// throws Error(truncated) where the input ends without END or after MORE or END says ABORT (naming the last good row),
/// Error(corrupt) for anything damaged: wrong magic, checksums, sequence, totals, header hash, ledger. Zero bytes are
/// Error(truncated). Chunk checksums are verified by decode_block().
/// Where the input is stopped (Input::stopped()), next() gives nullopt too, and totals() are not final.
/// Seekable inputs are read from their first byte by pread(). Where a time range or a filter leaves out a large part of a long
/// segment, its INDEX is used and the headers of skipped blocks are not read: then the checksum of the INDEX and its
/// counts vouch for them in place of header hash and digest.
class StreamReader {
 public:
  StreamReader(std::unique_ptr<Input> input, ReadOptions options);
  ~StreamReader();
  std::optional<RawBlock> next();
  const StreamTotals& totals() const;
  /// Whether any segment begun so far names an event-time field.
  bool has_event_time() const;
  /// Rows of skipped blocks; under a time range, those without a time are counted apart.
  uint64_t skipped_rows() const;
  uint64_t skipped_untimed() const;
  /// Bytes of the input that are dealt with, skipped ones included: for progress.
  uint64_t position() const;
  const Input& input() const;
  Input& input();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A segment found by hopping backwards from the end of a seekable input.
struct SegmentInfo {
  uint64_t offset = 0;
  FileHeader header;
  EndRecord end;
};
/// All segments, first to last, from their ENDs alone. Throws as StreamReader does.
std::vector<SegmentInfo> list_segments(const Input& input);

/// Entry of an INDEX record.
struct IndexedBlock {
  uint64_t offset = 0;  // from the first byte of the segment
  uint64_t bytes = 0;   // header and body
  uint32_t rows = 0, flags = 0;
  int64_t min_time = 0, max_time = 0, watermark = 0;
};
struct IndexedColumn {
  Path path;
  Type type = Type::null;
  std::vector<Zone> zones;         // per block
  std::vector<uint32_t> values;    // per block
};
struct Index {
  std::vector<IndexedBlock> blocks;
  std::vector<IndexedColumn> columns;  // the first kMaxIndexZoneColumns of the segment
};
/// The INDEX of a segment; nullopt if it has none.
std::optional<Index> read_index(const Input& input, const SegmentInfo& segment);

}  // namespace ev
