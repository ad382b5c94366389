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

/// Requires the batch within the caps of a block (split_to_caps()); Error(bug) otherwise, and Error(corrupt) where its
/// paths and layouts alone are over the cap of the meta part. A batch of no rows keeps its watermark only. `digest` is the
/// content digest of the batch, where it is known. Thread-safe.
EncodedBlock encode_block(const Batch& batch, Compression compression, std::optional<Hash128> digest = std::nullopt);

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
  Buffer body;                 // the stored body, meta part included; where `partial`, the chunks asked for alone
  bool partial = false;
  std::vector<uint64_t> chunk_at;  // where `partial`: per directory entry its place in `body`, or kNoChunk
  std::optional<Path> time_path;
  uint64_t first_row = 0;      // rows before this block in its input
  uint64_t segment = 0;        // segments of its input before its own
  std::string place;           // "FILE: block 41, row 1203334", for messages

  static constexpr uint64_t kNoChunk = UINT64_MAX;
  /// Stored bytes of the chunk of meta->chunks[i]. Throws Error(bug) if it was not asked for.
  std::span<const uint8_t> chunk(std::size_t i) const;
};

/// Which fields a tool needs. Default: all, with layouts.
struct Projection {
  bool all = true;
  std::vector<std::string> names;  // as typed; matched by find_path()'s rules without its ambiguity error
  bool time = false;               // the event-time column too, whatever its name
  bool events = false;             // events with these fields alone: with layouts, and names of objects mean what is in them
  bool wants(const Path& path) const;  // by name alone
};

/// Decodes the wanted columns, and those that wanted_chunks() adds to them; without `all` and `events`, layouts are left out and paths without a wanted column dropped.
/// Thread-safe. Throws Error(corrupt).
Batch decode_block(const RawBlock& block, const Projection& projection);
/// False if the header rules out a timed row in [since, until). An `until` at its limit excludes nothing.
bool may_hold_time(const BlockHeader& header, int64_t since, int64_t until);

}  // namespace ev
