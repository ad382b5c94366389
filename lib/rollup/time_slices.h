// Rows of files that are each in order of time, put beside each other bucket by bucket.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "base/time.h"
#include "event/batch.h"
#include "stream/reader.h"

namespace ev {

/// A file, of which rows in [since, until) are wanted.
struct SliceInput {
  std::unique_ptr<Input> input;
  int64_t first = std::numeric_limits<int64_t>::min();  // no row that is wanted is earlier: the file is not read before
  int64_t since = std::numeric_limits<int64_t>::min();
  int64_t until = std::numeric_limits<int64_t>::max();
};

/// Needs memory for a block or two of each file whose times overlap, and for the rows of a bucket. One thread.
class TimeSlices {
 public:
  TimeSlices(std::vector<SliceInput> inputs, Projection projection, Buckets buckets,
             std::shared_ptr<BlockFilter> filter = nullptr);
  ~TimeSlices();

  /// All rows of some buckets, which no later slice has rows of; nullopt after the last. Throws Error(corrupt), also
  /// for rows that are not in order of time.
  std::optional<std::vector<Batch>> next();

 private:
  class File;
  std::vector<std::unique_ptr<File>> files_;
  Projection projection_;
  Buckets buckets_;
  std::shared_ptr<BlockFilter> filter_;
};

}  // namespace ev
