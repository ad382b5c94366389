// Rows that wait to become blocks of their destinations, in bounded memory.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "archive/row_splitter.h"
#include "base/format.h"

namespace ev {

/// Rows of one destination, in order.
struct DestinationRows {
  uint32_t destination = 0;
  uint32_t rows = 0;
  uint64_t raw_bytes = 0;
  std::optional<Path> time_path;
  bool last = false;  // no rows of the destination come after these
  std::vector<RowRange> ranges;
};

struct PendingLimits {
  uint32_t block_rows = kMaxBlockRows;
  uint64_t memory = uint64_t{40} << 20;
  // Where memory runs out, so much of a destination makes a block; less is spooled.
  uint32_t fair_rows = 8192;
  uint64_t fair_bytes = uint64_t{1} << 20;
};

/// One thread at a time. Destinations are numbers from 0. Where blocks are cut depends on the rows of each destination
/// alone, unless memory runs out; then also on the batches that the rows came in.
class PendingRows {
 public:
  /// Gets the rows of a block.
  using Emit = std::function<void(DestinationRows&&)>;
  /// Gets rows that are too few for blocks and have to leave memory. They come back later, by add().
  using Spool = std::function<void(std::vector<DestinationRows>&&)>;

  PendingRows(const PendingLimits& limits, Emit emit, Spool spool);

  /// Adds the pieces of a batch; destinations[i] is that of pieces[i].
  void add(const SplitBatch& split, std::span<const uint32_t> destinations);
  /// Emits all rows as the last ones of their destinations, but for those of destinations of which rows were spooled,
  /// since the construction or the last call of unspool(): what comes later has to stay behind these, so it is spooled.
  void flush();
  /// What was spooled so far is about to come back.
  void unspool() { era_++; }

  /// Memory that the rows take, about.
  uint64_t memory() const { return memory_; }

 private:
  struct Held {
    std::shared_ptr<const RankedBatch> rows;
    uint64_t memory = 0;
    uint32_t users = 0;  // slices
  };
  struct Slice {
    uint32_t held, begin, end;
    uint64_t raw_bytes;
  };
  struct Destination {
    std::vector<Slice> slices;
    uint64_t raw_bytes = 0;
    uint32_t rows = 0;
    int32_t time = -1;     // number of the event-time path of its rows, -1: none has one
    uint32_t spooled = 0;  // the era in which rows of it were spooled
  };
  static constexpr uint64_t kSliceMemory = 2 * sizeof(Slice);

  bool is_spooled(const Destination& d) const { return d.spooled == era_; }
  void add_piece(uint32_t number, const Piece& piece, uint32_t held, int32_t time);
  void append(uint32_t number, const Slice& slice);
  bool joins(Destination& d, int32_t time, const Batch& batch) const;
  bool has_times(const Batch& batch, int32_t time) const;
  int32_t time_number(const std::optional<Path>& path);
  DestinationRows take(uint32_t number);
  uint32_t hold(std::shared_ptr<const RankedBatch> rows);
  void release(uint32_t held);
  void make_room();
  void spool_all();
  void compact();
  std::vector<uint32_t> with_rows();

  PendingLimits limits_;
  Emit emit_;
  Spool spool_;
  std::vector<Destination> destinations_;
  std::vector<uint32_t> active_;  // destinations that have or had rows
  std::vector<Held> held_;
  std::vector<uint32_t> free_;  // places in held_
  std::vector<Path> times_;
  uint64_t memory_ = 0, raw_bytes_ = 0;
  uint32_t era_ = 1;
};

}  // namespace ev
