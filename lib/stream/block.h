// Blocks: batches as bytes.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/chunk.h"
#include "event/batch.h"
#include "stream/records.h"

namespace ev {

/// A batch encoded, waiting for its sequence number: header fields and body (meta part, then chunks).
struct EncodedBlock {
  BlockHeader header;
  Buffer body;
  std::optional<Path> time_path;
  std::vector<Path> paths;        // for the INDEX
  std::vector<ChunkEntry> chunks; // [0] is the layout numbers
};

/// Requires the batch within the caps of a block (split_to_caps()). Thread-safe.
EncodedBlock encode_block(const Batch& batch, Compression compression);

/// The meta part of a block: schema, layouts, chunk directory.
struct BlockMeta {
  std::vector<Path> paths;
  std::vector<Layout> layouts;
  std::vector<ChunkEntry> chunks;  // [0] is the layout numbers; columns in ascending order of (path, type)
};
/// Verifies checksum and shape. Throws Error(corrupt).
BlockMeta read_block_meta(const BlockHeader& header, std::span<const uint8_t> stored, std::string_view place);

/// A block as a reader found it: header and meta verified, chunk bytes not yet.
struct RawBlock {
  BlockHeader header;
  std::shared_ptr<const BlockMeta> meta;  // shared between blocks with equal meta paths where possible
  Buffer body;                 // the stored body; where `partial`, only the chunks that were asked for are filled in
  bool partial = false;
  std::optional<Path> time_path;
  uint64_t first_row = 0;      // rows before this block in its input
  std::string place;           // "FILE: block 41, row 1203334", for messages
};

/// Which fields a tool needs. Default: all, with layouts.
struct Projection {
  bool all = true;
  std::vector<std::string> names;  // as typed; matched by find_path()'s rules without its ambiguity error
  bool wants(const Path& path) const;
};

/// Decodes the wanted columns; without `all`, layouts are left out and paths without a wanted column dropped.
/// Thread-safe. Throws Error(corrupt).
Batch decode_block(const RawBlock& block, const Projection& projection);
/// Whether zone maps rule out ... of the block's header: no timed row in [since, until).
bool may_hold_time(const BlockHeader& header, int64_t since, int64_t until);

}  // namespace ev
