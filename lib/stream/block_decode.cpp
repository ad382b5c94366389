#include <algorithm>
#include <limits>

#include "base/error.h"
#include "base/text.h"
#include "event/edit.h"
#include "stream/block.h"
#include "stream/decoded_shape.h"
#include "stream/wanted_chunks.h"

namespace ev {

std::span<const uint8_t> RawBlock::chunk(std::size_t i) const {
  const ChunkEntry& entry = meta->chunks[i];
  uint64_t at = partial ? chunk_at[i] : header.meta_stored + entry.offset;
  if (at == kNoChunk || at > body.size() || entry.stored_bytes > body.size() - at)
    throw Error(ErrorKind::bug, place, "a chunk that was not read");
  return body.span().subspan(at, entry.stored_bytes);
}

bool Projection::wants(const Path& path) const {
  return all || std::any_of(names.begin(), names.end(), [&](const std::string& name) {
           return events ? may_hold(name, path) : may_mean(name, path);
         });
}

bool may_hold_time(const BlockHeader& header, int64_t since, int64_t until) {
  if (!(header.flags & kBlockHasTime)) return false;
  if (until == std::numeric_limits<int64_t>::max()) return header.max_time >= since;
  return since < until && header.max_time >= since && header.min_time < until;
}

namespace {

/// Whether the states of a chunk may be formulas, which need other states of their rows. A formula is the same in all
/// rows of a result, so many of them are never written one by one.
bool may_be_formulas(const ChunkEntry& entry) {
  constexpr uint32_t kFewValues = 1024;
  return entry.type == Type::state && (entry.encoding != Encoding::plain || entry.values <= kFewValues);
}

}  // namespace

std::vector<uint8_t> wanted_chunks(const BlockMeta& meta, const std::optional<Path>& time_path,
                                   const Projection& projection) {
  std::vector<uint8_t> wanted(meta.chunks.size(), projection.all);
  if (projection.all) return wanted;
  wanted[0] = projection.events;
  int last_path = -1;
  bool by_name = false, is_time_path = false, formulas = false;
  for (std::size_t i = 1; i < meta.chunks.size(); i++) {
    const ChunkEntry& entry = meta.chunks[i];
    if (entry.path != last_path) {
      const Path& path = meta.paths[entry.path];
      by_name = projection.wants(path);
      is_time_path = projection.time && time_path && path == *time_path;
      last_path = entry.path;
    }
    wanted[i] = by_name || (is_time_path && entry.type == Type::time);
    formulas |= wanted[i] && may_be_formulas(entry);
  }
  if (formulas)
    for (std::size_t i = 1; i < meta.chunks.size(); i++) wanted[i] |= meta.chunks[i].type == Type::state;
  return wanted;
}

namespace {

/// Decodes the wanted columns; paths without one are dropped.
void decode_projected(const RawBlock& block, const Projection& projection, Batch& batch) {
  const BlockMeta& meta = *block.meta;
  std::vector<uint8_t> wanted = wanted_chunks(meta, block.time_path, projection);
  int last_path = -1;  // of the directory, which is in order of paths
  for (std::size_t i = 1; i < meta.chunks.size(); i++) {
    if (!wanted[i]) continue;
    const ChunkEntry& entry = meta.chunks[i];
    if (entry.path != last_path) batch.paths.push_back(meta.paths[entry.path]);
    last_path = entry.path;
    batch.columns.push_back(decode_column(entry, block.chunk(i), batch.rows, block.place));
    batch.columns.back().path = static_cast<uint16_t>(batch.paths.size() - 1);
  }
}

/// With layouts: as if the block had the wanted fields alone.
void decode_events(const RawBlock& block, const Projection& projection, Batch& batch) {
  const BlockMeta& meta = *block.meta;
  batch.paths = meta.paths;
  batch.layouts = meta.layouts;
  batch.row_layouts = decode_row_layouts(meta.chunks[0], block.chunk(0), batch.rows, block.place);
  const std::vector<uint8_t> wanted = wanted_chunks(meta, block.time_path, projection);
  batch.columns.reserve(meta.chunks.size() - 1);
  for (std::size_t i = 1; i < meta.chunks.size(); i++)
    if (wanted[i]) batch.columns.push_back(decode_column(meta.chunks[i], block.chunk(i), batch.rows, block.place));
  check_layouts(batch, block.place);
  if (projection.all) return;
  std::vector<uint8_t> keep;
  for (const Path& path : meta.paths)
    keep.push_back(projection.wants(path) || (projection.time && block.time_path && path == *block.time_path));
  for (std::size_t i = 1; i < meta.chunks.size(); i++) keep[meta.chunks[i].path] |= wanted[i];
  keep_paths(batch, keep);
}

}  // namespace

Batch decode_block(const RawBlock& block, const Projection& projection) {
  Batch batch;
  batch.rows = block.header.rows;
  if (block.header.flags & kBlockHasWatermark) batch.watermark = block.header.watermark;
  if (projection.all || projection.events)
    decode_events(block, projection, batch);
  else
    decode_projected(block, projection, batch);
  check_one_value_per_path(batch, block.place);
  if (block.time_path) {
    auto at = std::find(batch.paths.begin(), batch.paths.end(), *block.time_path);
    if (at != batch.paths.end()) batch.time_path = static_cast<int>(at - batch.paths.begin());
  }
  return batch;
}

}  // namespace ev
