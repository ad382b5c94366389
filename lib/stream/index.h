// The INDEX record of a segment: built by the writer and the checker, parsed by readers that seek.
#pragma once

#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "stream/reader.h"

namespace ev {

/// Collects what the INDEX says of each block.
class IndexBuilder {
 public:
  /// Raw bytes of the INDEX after one more block.
  std::size_t bytes_with(std::span<const Path> paths, std::span<const ChunkEntry> chunks) const;
  /// `offset` is that of the block's header from the first byte of the segment.
  void add(uint64_t offset, const BlockHeader& header, std::span<const Path> paths, std::span<const ChunkEntry> chunks);
  /// The raw body.
  Buffer raw() const;
  uint32_t blocks() const { return blocks_; }
  bool compressed() const { return compressed_; }

 private:
  using Key = std::pair<Path, Type>;
  struct Zones {
    Key key;
    Buffer entries;  // kIndexZoneBytes per block so far
  };
  std::size_t head_bytes(const Key& key) const;

  uint32_t blocks_ = 0;
  bool compressed_ = false;  // whether a chunk of the segment was
  Buffer block_entries_;
  std::vector<Zones> columns_;
  std::map<Key, std::size_t> numbers_;
};

/// Verifies the stored body of an INDEX and gives its raw bytes, in `scratch` where they were compressed.
std::span<const uint8_t> open_index(const IndexHeader& header, std::span<const uint8_t> stored, Buffer& scratch,
                                    std::string_view place);
/// Verifies and parses. Throws Error(corrupt).
Index parse_index(const IndexHeader& header, std::span<const uint8_t> stored, std::string_view place);

}  // namespace ev
