#include "stream/indexed_segment.h"

#include <algorithm>
#include <limits>
#include <string>

#include "base/error.h"
#include "base/text.h"

namespace ev {
namespace {

// Below this a segment's headers are read anyway: they cost less than they prove.
constexpr uint64_t kFewBlocks = 64;

/// Rows with an event time per block: how many values the time column has. nullopt if the INDEX does not know.
std::optional<std::vector<uint32_t>> timed_rows(const Index& index, const std::optional<Path>& time_path) {
  for (const IndexedColumn& column : index.columns)
    if (time_path && column.type == Type::time && column.path == *time_path) return column.values;
  bool any = std::any_of(index.blocks.begin(), index.blocks.end(),
                         [](const IndexedBlock& block) { return (block.flags & kBlockHasTime) != 0; });
  if (any) return std::nullopt;
  return std::vector<uint32_t>(index.blocks.size(), 0);
}

/// What END says of the segment must be what its INDEX adds up to.
void verify_counts(const Index& index, std::span<const uint32_t> timed, const SegmentInfo& segment,
                   std::string_view place) {
  uint64_t rows = 0;
  bool fits = index.blocks.size() == segment.end.blocks;
  for (std::size_t b = 0; b < index.blocks.size(); b++) {
    const IndexedBlock& block = index.blocks[b];
    rows += block.rows;
    fits = fits && timed[b] <= block.rows && ((block.flags & kBlockHasTime) != 0) == (timed[b] > 0);
  }
  uint64_t end = index.blocks.empty() ? 0 : index.blocks.back().offset + index.blocks.back().bytes;
  if (!fits || rows != segment.end.rows ||
      end > segment.end.segment_bytes - kRecordHeaderBytes - segment.end.index_bytes)
    throw Error(ErrorKind::corrupt, std::string(place), "damaged: the INDEX and END contradict each other");
}

}  // namespace

bool IndexedSegment::needed(std::size_t number, const BlockWish& wish) const {
  const IndexedBlock& block = index_.blocks[number];
  if (block.rows == 0) return true;
  const bool ranged =
      wish.since != std::numeric_limits<int64_t>::min() || wish.until != std::numeric_limits<int64_t>::max();
  BlockHeader times;
  times.flags = block.flags;
  times.min_time = block.min_time;
  times.max_time = block.max_time;
  if (ranged && !may_hold_time(times, wish.since, wish.until)) return false;
  if (!wish.filter || (block.flags & kBlockHasWatermark)) return true;
  std::vector<ColumnBounds> columns;
  for (const IndexedColumn& column : index_.columns)
    if (column.values[number] > 0)
      columns.push_back({&column.path, column.type, column.values[number], &column.zones[number]});
  return wish.filter->wants(columns, index_.columns.size() < kMaxIndexZoneColumns);
}

std::optional<IndexedSegment> IndexedSegment::plan(const Input& input, const SegmentInfo& segment,
                                                   const BlockWish& wish) {
  if (segment.end.blocks <= kFewBlocks || segment.end.index_bytes == 0) return std::nullopt;
  IndexedSegment plan;
  plan.segment_ = segment;
  plan.index_ = read_index(input, segment).value();
  auto timed = timed_rows(plan.index_, segment.header.time_path);
  if (!timed) return std::nullopt;
  plan.timed_ = std::move(*timed);
  verify_counts(plan.index_, plan.timed_, segment, concat(input.name(), ": INDEX at byte ", segment.offset));
  for (std::size_t b = 0; b < plan.index_.blocks.size(); b++) plan.needed_.push_back(plan.needed(b, wish));
  auto needed = std::count(plan.needed_.begin(), plan.needed_.end(), true);
  if (static_cast<uint64_t>(needed) * 2 > segment.end.blocks) return std::nullopt;
  return plan;
}

const IndexedBlock* IndexedSegment::next(Skipped& skipped) {
  for (; at_ < index_.blocks.size(); at_++) {
    const IndexedBlock& block = index_.blocks[at_];
    if (needed_[at_]) {
      at_++;
      return &block;
    }
    skipped.blocks++;
    skipped.rows += block.rows;
    skipped.timed += timed_[at_];
  }
  return nullptr;
}

void IndexedSegment::verify(const BlockHeader& header, std::string_view place) const {
  const IndexedBlock& block = index_.blocks[at_ - 1];
  bool same = header.sequence == at_ - 1 && header.rows == block.rows && header.flags == block.flags &&
              header.min_time == block.min_time && header.max_time == block.max_time &&
              header.watermark == block.watermark && kRecordHeaderBytes + header.body_bytes == block.bytes &&
              header.timed_rows == timed_[at_ - 1];
  if (!same) throw Error(ErrorKind::corrupt, std::string(place), "damaged: the block is not what the INDEX says");
}

}  // namespace ev
