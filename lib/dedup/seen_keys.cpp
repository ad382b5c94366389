#include "dedup/seen_keys.h"

#include <algorithm>

#include "dedup/key_merge.h"

namespace ev {

namespace {

/// A part spills no smaller tables, whatever the memory.
constexpr uint64_t kLeastTable = uint64_t{16} << 10;
/// Filter and index of a segment are loaded where it has at most so many keys for each one that is asked for: reading
/// them costs as much as the reads that they spare.
constexpr uint64_t kKeysPerQuery = 1024;

}  // namespace

template <class Write>
std::unique_ptr<KeySegment> KeySpill::append(Write&& write) {
  const std::lock_guard lock(mutex_);
  if (!output_) {
    TemporaryFile file = open_temporary_file();
    output_ = std::move(file.output);
    input_ = std::move(file.input);
  }
  const uint64_t offset = output_->written();
  const uint64_t bytes = write(*output_);
  return std::make_unique<KeySegment>(input_, offset, bytes, output_->name());
}

uint64_t KeySpill::bytes() const {
  const std::lock_guard lock(mutex_);
  return output_ ? output_->written() : 0;
}

EarlierKeys::EarlierKeys(std::vector<std::shared_ptr<KeySegment>> segments, std::vector<uint32_t> left_out,
                         uint32_t again, uint64_t memory)
    : segments_(std::move(segments)), left_out_(std::move(left_out)), again_(again), memory_(memory) {
  std::sort(left_out_.begin(), left_out_.end());
}

void EarlierKeys::expect(uint64_t keys) {
  expected_ += keys;
  uint64_t used = 0;
  for (const auto& segment : segments_) used += segment->memory();
  for (const auto& segment : segments_) {
    const KeySegmentFooter& footer = segment->footer();
    const uint64_t bytes = (footer.filter_words + 2 * footer.buckets) * sizeof(uint64_t);
    if (segment->loaded() || footer.keys / kKeysPerQuery > expected_ || used + bytes > memory_) continue;
    segment->load();
    used += bytes;
  }
}

bool EarlierKeys::find_in(const KeyQuery& query, const BatchChoice& batches, Buffer& scratch) const {
  return std::any_of(segments_.begin(), segments_.end(), [&](const auto& segment) {
    return segment->may_hold(query.print) && segment->find(query, batches, scratch);
  });
}

bool EarlierKeys::find(const KeyQuery& query, const KeptKey& key, Buffer& scratch) const {
  BatchChoice batches;
  batches.left_out = left_out_;
  batches.without = again_;
  if (!find_in(query, batches, scratch)) return false;
  if (again_ == 0) return true;
  KeyQuery same = query;
  same.from = same.to = key.time;
  BatchChoice of_that;
  of_that.only = again_;
  return !find_in(same, of_that, scratch);
}

bool SeenPart::find_in_runs(const KeyQuery& query) {
  return std::any_of(runs_.begin(), runs_.end(), [&](const auto& run) {
    return run->may_hold(query.print) && run->find(query, BatchChoice(), scratch_);
  });
}

/// After the table has grown.
void SeenPart::keep_to_memory(int64_t horizon) {
  if (memory() <= memory_ || table_.memory() < kLeastTable || table_.memory() < memory_ / 4) return;
  spill_table();
  if (runs_.size() > kMaxRuns) merge_runs(horizon);
  fit_filters();
}

void SeenPart::spill_table() {
  auto run = spill_.append([&](Output& out) {
    KeySegmentWriter writer(out, shape_, table_.size(), shared_bits_);
    for (KeyCursor cursor(table_, 0); !cursor.done(); cursor.advance()) writer.add(cursor.key());
    return writer.finish();
  });
  run->load();
  runs_.push_back(std::move(run));
  table_.clear();
}

void SeenPart::merge_runs(int64_t horizon) {
  uint64_t keys = 0;
  std::vector<KeyCursor> cursors;
  for (const auto& run : runs_) {
    keys += run->footer().keys;
    cursors.emplace_back(*run);
  }
  auto merged = spill_.append([&](Output& out) {
    KeySegmentWriter writer(out, shape_, keys, shared_bits_);
    merge_keys(cursors, [&](const KeptKey& key) {
      if (!shape_.times || key.time >= horizon) writer.add(key);
    });
    return writer.finish();
  });
  merged->load();
  runs_.clear();
  runs_.push_back(std::move(merged));
}

/// Filters may take half of the memory: beyond, those of the largest runs go, and each key costs a read there.
void SeenPart::fit_filters() {
  uint64_t bytes = 0;
  for (const auto& run : runs_) bytes += run->memory();
  while (bytes > memory_ / 2) {
    KeySegment* largest = nullptr;
    for (const auto& run : runs_)
      if (run->has_filter() && (!largest || run->memory() > largest->memory())) largest = run.get();
    if (!largest) return;
    bytes -= largest->footer().filter_words * sizeof(uint64_t);
    largest->drop_filter();
  }
}

uint64_t SeenPart::keys() const {
  uint64_t keys = table_.size();
  for (const auto& run : runs_) keys += run->footer().keys;
  return keys;
}

uint64_t SeenPart::memory() const {
  uint64_t bytes = table_.memory();
  for (const auto& run : runs_) bytes += run->memory();
  return bytes;
}

void SeenPart::clear() {
  table_.clear();
  runs_.clear();
}

SeenKeys::SeenKeys(KeyShape shape, uint64_t memory) : shape_(shape) {
  parts_.reserve(kParts);
  for (std::size_t i = 0; i < kParts; i++) parts_.emplace_back(shape, kPartBits, memory / kParts, spill_);
}

uint64_t SeenKeys::keys() const {
  uint64_t keys = 0;
  for (const SeenPart& part : parts_) keys += part.keys();
  return keys;
}

uint64_t SeenKeys::memory() const {
  uint64_t bytes = 0;
  for (const SeenPart& part : parts_) bytes += part.memory();
  return bytes;
}

KeySegmentFooter SeenKeys::write(Output& out, uint32_t batch) const {
  KeySegmentWriter writer(out, shape_, keys());
  for (const SeenPart& part : parts_) {
    std::vector<KeyCursor> cursors;
    cursors.emplace_back(part.table(), batch);
    for (const auto& run : part.runs()) cursors.emplace_back(*run);
    merge_keys(cursors, [&](KeptKey key) {
      key.batch = batch;
      writer.add(key);
    });
  }
  writer.finish();
  return writer.footer();
}

void SeenKeys::clear() {
  for (SeenPart& part : parts_) part.clear();
}

}  // namespace ev
