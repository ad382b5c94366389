// What `ev info` gathers: fields with types, ranges and sizes, from the directories of blocks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "event/batch.h"
#include "stream/block.h"
#include "stream/reader.h"

namespace ev {

/// One (field, type) over all blocks.
struct FieldSummary {
  std::string name;
  Type type = Type::null;
  std::size_t order = 0;  // of the first appearance of its path
  uint64_t values = 0, stored_bytes = 0;
  Zone zone;              // over all blocks; absent where one of them has none
  bool zone_missing = false;
  std::set<std::string> encodings;
  std::string example;    // of the first block that has one
};

class Summary {
 public:
  void add(const BlockHeader& header, const std::vector<Path>& paths, std::span<const ChunkEntry> chunks);
  /// Takes the first value of each field that has no example yet.
  void add_examples(const Batch& batch);
  /// In order of first appearance; those of one path by type: how the rows were cut into blocks does not show.
  std::vector<const FieldSummary*> fields() const;
  /// A bound as text, with "..." where it was cut; empty where there is none.
  static std::string bound(const FieldSummary& field, bool max);

  uint64_t rows = 0, timed = 0, blocks = 0, raw_bytes = 0, stored_bytes = 0;
  int64_t min_time = 0, max_time = 0;
  bool sorted = true;
  Hash128 digest;
  std::set<std::string> time_fields;

 private:
  std::map<std::pair<std::string, Type>, FieldSummary> fields_;  // by encoded path
  std::map<std::string, std::size_t> order_;                     // of encoded paths
};

}  // namespace ev
