#include "rollup/level_files.h"

#include <algorithm>
#include <utility>

#include "cli/inputs.h"
#include "event/batch_recutter.h"
#include "pipeline/ordered.h"
#include "rollup/store_file.h"

namespace ev {

/// Takes batches of any size, in order.
class LevelFiles::Writer {
 public:
  Writer(const LevelFiles& files, RollupStore& store, std::size_t level)
      : files_(files), writer_(store.folder(), store.new_file(files.levels_[level].name)), recutter_(files.rows_) {}

  void add(std::vector<Batch>&& batches) {
    for (Batch& batch : batches)
      recutter_.add(std::move(batch), [&](Batch&& whole) { write(files_.encode(std::move(whole))); });
  }
  void write(std::vector<EncodedBlock>&& blocks) {
    for (EncodedBlock& block : blocks) writer_.write(std::move(block));
  }
  StoreFile finish() {
    if (std::optional<Batch> rest = recutter_.finish()) write(files_.encode(std::move(*rest)));
    return writer_.finish();
  }

 private:
  const LevelFiles& files_;
  StoreFileWriter writer_;
  BatchRecutter recutter_;
};

LevelFiles::LevelFiles(Session& session, RollupStore& store, const std::vector<RollupLevel>& levels,
                       const AggregateQuery& of_events)
    : session_(session),
      store_(store),
      levels_(levels),
      of_events_(of_events),
      rows_(Aggregator(of_events).result(std::min(kStoreBlockRows, session.options().block_rows)).rows()) {}

std::vector<EncodedBlock> LevelFiles::encode(Batch&& batch) const {
  std::vector<EncodedBlock> blocks;
  for (const Batch& part : split_to_caps(std::move(batch), rows_))
    blocks.push_back(encode_block(part, kStoreCompression));
  return blocks;
}

std::vector<StoreFile> LevelFiles::write(const Aggregator& groups) {
  std::vector<StoreFile> files;
  std::optional<Aggregator> coarser = write_level(groups, 0, files);
  for (std::size_t level = 1; level < levels_.size(); level++) coarser = write_level(*coarser, level, files);
  return files;
}

/// Each worker merges the rows that it encodes.
std::optional<Aggregator> LevelFiles::write_level(const Aggregator& groups, std::size_t level,
                                                  std::vector<StoreFile>& files) {
  std::vector<std::optional<Aggregator>> parts(session_.options().threads);
  std::optional<AggregateQuery> coarser;
  if (level + 1 < levels_.size()) coarser = merging_query(of_events_, levels_[level + 1].buckets);
  Writer writer(*this, store_, level);
  const AggregateResult result = groups.result(rows_);
  std::size_t next = 0;
  run_ordered<std::size_t, std::vector<EncodedBlock>>(
      pipeline_options(session_), [&] { return next < result.batches() ? std::optional(next++) : std::nullopt; },
      [&](std::size_t&& at, unsigned worker) {
        Batch batch = result.batch(at);
        std::optional<Aggregator>& part = parts[worker];
        if (coarser && !part) part.emplace(*coarser);
        if (part) part->add(batch);
        return encode(std::move(batch));
      },
      [&](std::vector<EncodedBlock>&& blocks) { writer.write(std::move(blocks)); });
  files.push_back(writer.finish());
  std::optional<Aggregator> all;
  for (std::optional<Aggregator>& part : parts) {
    if (!part) continue;
    if (all)
      all->merge(std::move(*part));
    else
      all = std::move(part);
  }
  if (all) all->name_keys(store_.manifest().key_paths);
  return all;
}

StoreFile LevelFiles::write(WorkerGroups& groups, SpilledGroups& spilled) {
  Writer writer(*this, store_, 0);
  run_ordered<SpilledGroups::Range, std::vector<Batch>>(
      pipeline_options(session_), [&] { return spilled.next_range(); },
      [&](SpilledGroups::Range&& range, unsigned) { return groups.merged(range).finish(rows_); },
      [&](std::vector<Batch>&& batches) { writer.add(std::move(batches)); });
  return writer.finish();
}

StoreFile LevelFiles::merge(const std::vector<StoreFile>& files, std::size_t level) {
  const AggregateQuery query = merging_query(of_events_, levels_[level].buckets);
  std::vector<SliceInput> inputs;
  for (const StoreFile& file : files) inputs.push_back({open_store_file(store_.folder(), file), file.first});
  TimeSlices slices(std::move(inputs), Projection{false, fields_of(query), true}, levels_[level].buckets);
  Writer writer(*this, store_, level);
  run_ordered<std::vector<Batch>, std::vector<Batch>>(
      pipeline_options(session_), [&] { return slices.next(); },
      [&](std::vector<Batch>&& rows, unsigned) {
        Aggregator groups(query);
        groups.name_keys(store_.manifest().key_paths);
        for (const Batch& batch : rows) groups.add(batch);
        return groups.finish(rows_);
      },
      [&](std::vector<Batch>&& batches) { writer.add(std::move(batches)); });
  return writer.finish();
}

}  // namespace ev
