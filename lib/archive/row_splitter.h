// A batch cut into the rows of each destination.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/path_template.h"
#include "event/ranked_batch.h"

namespace ev {

/// Rows [begin, end) of a batch.
struct RowRange {
  std::shared_ptr<const RankedBatch> rows;
  uint32_t begin = 0, end = 0;
};

/// The rows that a batch has for one destination, in their order.
struct Piece {
  std::string destination;  // below the root of the template
  RowRange range;
  uint64_t raw_bytes = 0;  // as ev-stream(5) counts them
  uint32_t created = 0;    // how many of the rows were made by the program rather than passed on
};

struct SplitBatch {
  std::vector<Piece> pieces;      // in order of their first rows
  std::optional<Path> time_path;  // of the batch
  std::vector<bool> present;      // per field of the template: whether a row has it
};

/// Cuts `batch`; rows from `first_created` on are created. Destinations with few rows share a batch, so that many of
/// them cost little. Requires layouts. Throws Error(usage) where a name of the template means two fields.
SplitBatch split_rows(const PathTemplate& where, Batch&& batch, uint32_t first_created);

/// What a batch takes in memory, about.
uint64_t memory_of(const Batch& batch);

}  // namespace ev
