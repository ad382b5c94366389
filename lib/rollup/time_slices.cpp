#include "rollup/time_slices.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "base/error.h"

namespace ev {

namespace {

/// The first row at or behind a time.
uint32_t lower_row(const Column& times, int64_t time) {
  const auto at = std::partition_point(times.words.begin(), times.words.end(),
                                       [&](uint64_t word) { return static_cast<int64_t>(word) < time; });
  return static_cast<uint32_t>(at - times.words.begin());
}

}  // namespace

class TimeSlices::File {
 public:
  explicit File(SliceInput&& input) : input_(std::move(input)), reached_(std::max(input_.first, input_.since)) {}

  bool ended() const { return ended_; }
  bool done() const { return ended_ && pending_.empty(); }
  /// No row that was not loaded is earlier.
  int64_t reached() const { return reached_; }

  /// Reads the next block that holds rows, or finds the end.
  void load(const Projection& projection, const std::shared_ptr<BlockFilter>& filter) {
    if (!reader_) {
      ReadOptions options;
      options.projection = projection;
      options.since = input_.since;
      options.until = input_.until;
      options.filter = filter;
      reader_.emplace(std::move(input_.input), std::move(options));
    }
    while (const std::optional<RawBlock> block = reader_->next()) {
      if (block->header.rows == 0) continue;
      Batch batch = decode_block(*block, projection);
      check_order(batch, block->place);
      reached_ = std::max(reached_, last_time(batch));
      const Column& times = *batch.time_column();
      const uint32_t begin = lower_row(times, input_.since);
      const uint32_t end =
          input_.until == std::numeric_limits<int64_t>::max() ? batch.rows : lower_row(times, input_.until);
      if (begin >= end) continue;
      pending_.push_back(end - begin == batch.rows ? std::move(batch) : slice(batch, begin, end));
      return;
    }
    ended_ = true;
    reader_.reset();
  }

  /// Moves the rows before a time, or all, into `rows`.
  void take_before(std::optional<int64_t> bound, std::vector<Batch>& rows) {
    while (!pending_.empty()) {
      Batch& batch = pending_.front();
      const uint32_t end = bound ? lower_row(*batch.time_column(), *bound) : batch.rows;
      if (end == 0) return;
      if (end < batch.rows) {
        rows.push_back(slice(batch, 0, end));
        batch = slice(batch, end, batch.rows);
        return;
      }
      rows.push_back(std::move(batch));
      pending_.pop_front();
    }
  }

 private:
  static int64_t last_time(const Batch& batch) { return batch.time_column()->integer(batch.rows - 1); }

  void check_order(const Batch& batch, const std::string& place) {
    const Column* times = batch.time_column();
    const bool whole = times && times->size() == batch.rows;
    if (!whole || !time_range(batch).sorted || times->integer(0) < last_read_)
      throw Error(ErrorKind::corrupt, place, "rows of a store that are not in order of time", "put back a copy of it");
    last_read_ = last_time(batch);
  }

  SliceInput input_;
  std::optional<StreamReader> reader_;  // while there may be more
  std::deque<Batch> pending_;
  int64_t reached_;
  int64_t last_read_ = std::numeric_limits<int64_t>::min();
  bool ended_ = false;
};

TimeSlices::TimeSlices(std::vector<SliceInput> inputs, Projection projection, Buckets buckets,
                       std::shared_ptr<BlockFilter> filter)
    : projection_(std::move(projection)), buckets_(std::move(buckets)), filter_(std::move(filter)) {
  for (SliceInput& input : inputs) files_.push_back(std::make_unique<File>(std::move(input)));
}

TimeSlices::~TimeSlices() = default;

std::optional<std::vector<Batch>> TimeSlices::next() {
  for (;;) {
    std::erase_if(files_, [](const auto& file) { return file->done(); });
    if (files_.empty()) return std::nullopt;
    // Buckets that end before what any file may still bring are whole.
    std::optional<int64_t> bound;
    for (const auto& file : files_) {
      if (file->ended()) continue;
      const int64_t bucket = buckets_.floor(file->reached());
      bound = bound ? std::min(*bound, bucket) : bucket;
    }
    std::vector<Batch> rows;
    for (const auto& file : files_) file->take_before(bound, rows);
    if (!rows.empty()) return rows;
    for (const auto& file : files_)
      if (!file->ended() && buckets_.floor(file->reached()) == bound) file->load(projection_, filter_);
  }
}

}  // namespace ev
