#include "archive/pending_rows.h"

#include <algorithm>
#include <numeric>
#include <unordered_map>

#include "event/batch_builder.h"

namespace ev {

namespace {

constexpr uint32_t kNone = UINT32_MAX;
constexpr uint64_t kCompactBytes = uint64_t{4} << 20;  // of a batch that is made of what is left of others

constexpr std::size_t kMostPaths = kLayoutChunkPath;  // that one batch may have

/// How many of the rows [begin, end) still fit a block, and their bytes: the rule of split_to_caps().
struct Fit {
  uint32_t rows = 0;
  uint64_t raw_bytes = 0;
};
Fit fit_rows(std::span<const uint64_t> bytes, uint32_t block_rows, uint32_t rows, uint64_t raw_bytes) {
  Fit fit;
  for (uint64_t row : bytes) {
    if (rows + fit.rows == block_rows) break;
    if (raw_bytes + fit.raw_bytes + row > kMaxBlockRawBytes && rows + fit.rows > 0) break;
    fit.rows++;
    fit.raw_bytes += row;
  }
  return fit;
}

}  // namespace

PendingRows::PendingRows(const PendingLimits& limits, Emit emit, Spool spool)
    : limits_(limits), emit_(std::move(emit)), spool_(std::move(spool)) {}

void PendingRows::add(const SplitBatch& split, std::span<const uint32_t> destinations) {
  const int32_t time = time_number(split.time_path);
  uint32_t shared = kNone;  // the batch that all small pieces are in
  for (std::size_t i = 0; i < split.pieces.size(); i++) {
    const Piece& piece = split.pieces[i];
    const bool whole = piece.range.end - piece.range.begin == piece.range.rows->batch().rows;
    uint32_t held = whole ? kNone : shared;
    if (held == kNone) held = hold(piece.range.rows);
    add_piece(destinations[i], piece, held, time);
    if (whole)
      release(held);
    else
      shared = held;
  }
  if (shared != kNone) release(shared);
  if (memory_ > limits_.memory) make_room();
}

void PendingRows::add_piece(uint32_t number, const Piece& piece, uint32_t held, int32_t time) {
  if (number >= destinations_.size()) destinations_.resize(number + 1);
  Destination& d = destinations_[number];
  const Batch& batch = piece.range.rows->batch();
  if (!joins(d, time, batch)) {
    if (is_spooled(d))
      spool_all();
    else
      emit_(take(number));
    joins(d, time, batch);
  }
  uint32_t begin = piece.range.begin;
  const uint32_t end = piece.range.end;
  uint64_t left = piece.raw_bytes;
  if (!is_spooled(d)) {
    std::vector<uint64_t> by_row;
    while (d.rows + (end - begin) >= limits_.block_rows || d.raw_bytes + left > kMaxBlockRawBytes) {
      if (by_row.empty()) by_row = raw_bytes_by_row(batch);
      const Fit fit = fit_rows(std::span(by_row).subspan(begin, end - begin), limits_.block_rows, d.rows, d.raw_bytes);
      if (fit.rows > 0) append(number, {held, begin, begin + fit.rows, fit.raw_bytes});
      begin += fit.rows;
      left -= fit.raw_bytes;
      emit_(take(number));
      d.time = time;
      if (begin == end) return;
    }
  }
  append(number, {held, begin, end, left});
}

void PendingRows::append(uint32_t number, const Slice& slice) {
  Destination& d = destinations_[number];
  if (d.slices.empty()) {
    if (active_.size() > 2 * destinations_.size()) with_rows();  // drops those that have none any more
    active_.push_back(number);
  }
  d.slices.push_back(slice);
  d.rows += slice.end - slice.begin;
  d.raw_bytes += slice.raw_bytes;
  raw_bytes_ += slice.raw_bytes;
  memory_ += kSliceMemory;
  held_[slice.held].users++;
}

/// Whether rows of a batch with that event time may stand in one block with those that wait. If so, d.time is that of
/// all of them.
bool PendingRows::joins(Destination& d, int32_t time, const Batch& batch) const {
  if (d.slices.empty()) d.time = time;
  if (d.time == time) return true;
  // Rows without an event time join others as long as these do not make them timed.
  if (time < 0) return !has_times(batch, d.time);
  if (d.time >= 0) return false;
  for (const Slice& slice : d.slices)
    if (has_times(held_[slice.held].rows->batch(), time)) return false;
  d.time = time;
  return true;
}

bool PendingRows::has_times(const Batch& batch, int32_t time) const {
  for (const Column& column : batch.columns)
    if (column.type == Type::time && batch.paths[column.path] == times_[static_cast<std::size_t>(time)]) return true;
  return false;
}

int32_t PendingRows::time_number(const std::optional<Path>& path) {
  if (!path) return -1;
  const auto known = std::find(times_.begin(), times_.end(), *path);
  const auto number = static_cast<int32_t>(known - times_.begin());
  if (known == times_.end()) times_.push_back(*path);
  return number;
}

DestinationRows PendingRows::take(uint32_t number) {
  Destination& d = destinations_[number];
  DestinationRows taken;
  taken.destination = number;
  taken.rows = std::exchange(d.rows, 0);
  taken.raw_bytes = std::exchange(d.raw_bytes, 0);
  if (d.time >= 0) taken.time_path = times_[static_cast<std::size_t>(d.time)];
  taken.ranges.reserve(d.slices.size());
  for (const Slice& slice : d.slices) {
    taken.ranges.push_back({held_[slice.held].rows, slice.begin, slice.end});
    release(slice.held);
  }
  memory_ -= kSliceMemory * d.slices.size();
  raw_bytes_ -= taken.raw_bytes;
  d.slices = {};
  return taken;
}

/// Takes a batch over, with one user: the caller.
uint32_t PendingRows::hold(std::shared_ptr<const RankedBatch> rows) {
  if (free_.empty()) {
    free_.push_back(static_cast<uint32_t>(held_.size()));
    held_.emplace_back();
  }
  const uint32_t place = free_.back();
  free_.pop_back();
  const uint64_t memory = memory_of(rows->batch());
  held_[place] = {std::move(rows), memory, 1};
  memory_ += memory;
  return place;
}

void PendingRows::release(uint32_t place) {
  Held& held = held_[place];
  if (--held.users > 0) return;
  memory_ -= held.memory;
  held = Held();
  free_.push_back(place);
}

/// The destinations that have rows, in order.
std::vector<uint32_t> PendingRows::with_rows() {
  std::sort(active_.begin(), active_.end());
  active_.erase(std::unique(active_.begin(), active_.end()), active_.end());
  std::erase_if(active_, [&](uint32_t number) { return destinations_[number].slices.empty(); });
  return active_;
}

/// The largest leave, until half of the bytes are gone. Where those that make fair blocks are not enough, all the
/// others are spooled.
void PendingRows::make_room() {
  std::vector<uint32_t> numbers = with_rows();
  std::stable_sort(numbers.begin(), numbers.end(),
                   [&](uint32_t a, uint32_t b) { return destinations_[a].raw_bytes > destinations_[b].raw_bytes; });
  const uint64_t target = raw_bytes_ / 2;
  for (uint32_t number : numbers) {
    if (raw_bytes_ <= target) break;
    const Destination& d = destinations_[number];
    if (!is_spooled(d) && (d.rows >= limits_.fair_rows || d.raw_bytes >= limits_.fair_bytes)) emit_(take(number));
  }
  if (raw_bytes_ > target)
    spool_all();
  else
    compact();
}

void PendingRows::spool_all() {
  std::vector<DestinationRows> rows;
  for (uint32_t number : with_rows()) {
    rows.push_back(take(number));
    destinations_[number].spooled = era_;
  }
  if (!rows.empty()) spool_(std::move(rows));
}

void PendingRows::flush() {
  std::vector<DestinationRows> rows;
  for (uint32_t number : with_rows()) {
    DestinationRows taken = take(number);
    if (is_spooled(destinations_[number])) {
      rows.push_back(std::move(taken));
    } else {
      taken.last = true;
      emit_(std::move(taken));
    }
  }
  if (!rows.empty()) spool_(std::move(rows));
}

/// Makes new batches of what is left of those that others share with rows that are gone.
void PendingRows::compact() {
  std::vector<uint32_t> live(held_.size(), 0);
  const std::vector<uint32_t> numbers = with_rows();
  for (uint32_t number : numbers)
    for (const Slice& slice : destinations_[number].slices) live[slice.held] += slice.end - slice.begin;

  BatchBuilder builder;
  std::unordered_map<uint32_t, BatchBuilder::Translation> translations;
  uint64_t bytes = 0;
  std::vector<Slice*> moved;  // to be in the batch that is built
  auto finish_batch = [&] {
    if (moved.empty()) return;
    const uint32_t place = hold(std::make_shared<const RankedBatch>(builder.finish(-1)));
    for (Slice* slice : moved) {
      release(std::exchange(slice->held, place));
      held_[place].users++;
    }
    release(place);
    translations.clear();
    moved.clear();
    bytes = 0;
  };
  for (uint32_t number : numbers) {
    for (Slice& slice : destinations_[number].slices) {
      const RankedBatch& from = *held_[slice.held].rows;
      if (slice.held >= live.size() || live[slice.held] == from.batch().rows) continue;
      if (builder.path_count() + from.batch().paths.size() > kMostPaths) {
        finish_batch();
        builder.reset();
      }
      const uint32_t row = builder.rows();
      builder.append(from, translations[slice.held], slice.begin, slice.end);
      slice.end = row + (slice.end - slice.begin);
      slice.begin = row;
      moved.push_back(&slice);
      bytes += slice.raw_bytes;
      if (bytes >= kCompactBytes || builder.rows() >= kMaxBlockRows) finish_batch();
    }
  }
  finish_batch();
}

}  // namespace ev
