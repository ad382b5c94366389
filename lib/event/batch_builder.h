// Builds batches row by row from typed values, without an allocation per value.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "event/batch.h"
#include "event/cell.h"
#include "event/ranked_batch.h"
#include "event/row_group.h"

namespace ev {

/// Paths, layouts and columns are numbered by the builder and keep their numbers across batches until reset(), so that
/// a parser can remember them; finish() renumbers by first use in the batch, so that a batch depends on its rows alone.
/// Texts become dictionaries while they repeat, plain texts where they do not.
class BatchBuilder {
 public:
  BatchBuilder();
  ~BatchBuilder();
  BatchBuilder(BatchBuilder&&) noexcept;
  BatchBuilder& operator=(BatchBuilder&&) noexcept;

  uint32_t path(const Path& path);
  uint32_t column(uint32_t path, Type type);
  uint32_t layout(std::span<const uint32_t> paths);

  /// Appends a row; cells may stand in any order, at most one of a path. A path of the layout without a cell (or with a
  /// kNull cell) is null. Cells of time columns carry the packed form in `length`.
  void append(uint32_t layout, std::span<const Cell> cells);
  /// Appends the rows of the group: the same as its rows one by one.
  void append(const RowGroup& group);

  /// What the layouts and columns of a batch are to the builder. It fills as rows are appended, and is good for one
  /// batch and one builder, until finish().
  class Translation {
    friend class BatchBuilder;
    struct KnownColumn {
      uint32_t number = UINT32_MAX;
      PodVector<uint32_t> texts;  // numbers of its dictionary
    };
    std::vector<uint32_t> layouts_;
    std::vector<KnownColumn> columns_;
  };
  /// Appends rows [begin, end) of a batch, column by column: the same as row by row. Requires layouts.
  void append(const RankedBatch& from, Translation& translation, uint32_t begin, uint32_t end);

  uint32_t rows() const;
  /// The batch so far; the builder is empty of rows afterwards but keeps its numbers and what it knows of sizes.
  /// Throws Error(corrupt) where the rows use more than 65,535 paths.
  /// `time_path`: path number of the event time or -1.
  Batch finish(int time_path);
  /// Number of paths known; a parser resets the builder when it grows past what it wants to remember.
  std::size_t path_count() const;
  std::size_t layout_count() const;
  /// Forgets everything; numbers start again.
  void reset();

 private:
  uint32_t known_layout(const Batch& batch, uint32_t number);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ev
