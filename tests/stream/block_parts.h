// A block taken apart, to be put together again with something wrong in it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "stream/block.h"

namespace ev {

struct BlockParts {
  BlockHeader header;
  std::vector<Path> paths;
  std::vector<Layout> layouts;
  std::vector<ChunkEntry> chunks;
  std::vector<std::string> stored;  // of each chunk
  std::string meta_tail;            // bytes behind the directory
  std::optional<Path> time_path;
};

BlockParts take_apart(const Batch& batch);
/// Lays the parts out as ev-stream(5) says; counts, lengths and checksums of header and directory follow the parts.
EncodedBlock put_together(const BlockParts& parts);
/// A stream of that one block, with `edit` applied to the header last.
std::string stream_of(const BlockParts& parts, const std::function<void(BlockHeader&)>& edit = {});

}  // namespace ev
