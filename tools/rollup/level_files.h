// Writing the files of a store, with all threads.
#pragma once

#include <optional>
#include <vector>

#include "aggregate/worker_groups.h"
#include "cli/tool.h"
#include "rollup/rollup_store.h"
#include "rollup/time_slices.h"

namespace ev {

class LevelFiles {
 public:
  /// `of_events` is the query of the store; all must stay.
  LevelFiles(Session& session, RollupStore& store, const std::vector<RollupLevel>& levels,
             const AggregateQuery& of_events);

  /// A file of each level, the finest first, of groups of the finest.
  std::vector<StoreFile> write(const Aggregator& groups);
  /// A file of the finest level.
  StoreFile write(WorkerGroups& groups, SpilledGroups& spilled);
  /// A file of a level, from files of that level or of a finer one.
  StoreFile merge(const std::vector<StoreFile>& files, std::size_t level);

 private:
  class Writer;
  /// A file of a level; gives the groups of the next one, if there is one.
  std::optional<Aggregator> write_level(const Aggregator& groups, std::size_t level, std::vector<StoreFile>& files);
  std::vector<EncodedBlock> encode(Batch&& batch) const;

  Session& session_;
  RollupStore& store_;
  const std::vector<RollupLevel>& levels_;
  const AggregateQuery& of_events_;
  uint32_t rows_;  // of a block
};

}  // namespace ev
