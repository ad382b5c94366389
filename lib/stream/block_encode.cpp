#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/text.h"
#include "codec/compress.h"
#include "event/row_digest.h"
#include "stream/block.h"

namespace ev {
namespace {

void require(bool holds, std::string_view what) {
  if (!holds) throw Error(ErrorKind::bug, "block", concat("a batch over the caps of a block: ", what));
}

void put_names(const Batch& batch, Buffer& out) {
  for (const Path& path : batch.paths) {
    put(out, static_cast<uint16_t>(path.step_count()));
    put_text(out, path.encoded());
  }
  for (const Layout& layout : batch.layouts) {
    put(out, static_cast<uint16_t>(layout.size()));
    for (uint16_t path : layout) put(out, path);
  }
}

/// Columns in the order of the directory.
std::vector<const Column*> in_directory_order(const Batch& batch) {
  std::vector<const Column*> columns;
  columns.reserve(batch.columns.size());
  for (const Column& column : batch.columns) columns.push_back(&column);
  std::sort(columns.begin(), columns.end(), [](const Column* a, const Column* b) {
    return a->path != b->path ? a->path < b->path : a->type < b->type;
  });
  return columns;
}

/// Appends the chunks to `out` and their entries to `entries`.
void encode_chunks(const Batch& batch, Compression compression, Buffer& out, std::vector<ChunkEntry>& entries) {
  std::size_t start = out.size();
  auto add = [&](ChunkEntry entry, std::size_t before) {
    entry.offset = before - start;
    entries.push_back(entry);
  };
  entries.reserve(batch.columns.size() + 1);
  std::size_t before = out.size();
  add(encode_row_layouts(batch.row_layouts, batch.rows, compression, out), before);
  for (const Column* column : in_directory_order(batch)) {
    before = out.size();
    add(encode_column(*column, batch.rows, compression, out), before);
  }
}

Buffer directory(std::span<const ChunkEntry> entries) {
  Buffer bytes;
  bytes.reserve(entries.size() * kChunkEntryBytes);
  for (const ChunkEntry& entry : entries) write_chunk_entry(bytes, entry);
  return bytes;
}

void check_meta_cap(std::size_t bytes) {
  if (bytes > kMaxMetaBytes)
    throw Error(ErrorKind::corrupt, "block",
                concat("over a limit: the field names and layouts of one block take ", bytes, " bytes"));
}

/// Meta part and chunks, in place: the size of an uncompressed meta part is known before the chunks are.
void encode_plain(const Batch& batch, Compression compression, EncodedBlock& block) {
  Buffer& body = block.body;
  body.reserve(block.header.raw_bytes / 2 + kChunkEntryBytes * (batch.columns.size() + 1));
  put_names(batch, body);
  std::size_t directory_at = body.size();
  std::size_t meta_bytes = directory_at + kChunkEntryBytes * (batch.columns.size() + 1);
  check_meta_cap(meta_bytes);
  body.resize(meta_bytes);
  encode_chunks(batch, compression, body, block.chunks);
  Buffer entries = directory(block.chunks);
  std::memcpy(body.data() + directory_at, entries.data(), entries.size());
  block.header.meta_raw = block.header.meta_stored = static_cast<uint32_t>(meta_bytes);
}

void encode_compressed(const Batch& batch, Compression compression, EncodedBlock& block) {
  Buffer chunks, meta;
  encode_chunks(batch, compression, chunks, block.chunks);
  put_names(batch, meta);
  meta.append(directory(block.chunks));
  check_meta_cap(meta.size());
  block.header.meta_raw = static_cast<uint32_t>(meta.size());
  block.body.reserve(meta.size() + chunks.size());
  zstd_compress(meta, compression.level, block.body);
  if (block.body.size() < meta.size()) {
    block.header.meta_codec = Codec::zstd;
  } else {
    block.body = std::move(meta);
  }
  block.header.meta_stored = static_cast<uint32_t>(block.body.size());
  block.body.append(chunks);
}

void describe_rows(const Batch& batch, Hash128 digest, BlockHeader& header) {
  TimeRange times = time_range(batch);
  header.rows = batch.rows;
  header.timed_rows = times.timed;
  header.flags = times.sorted ? kBlockSorted : 0;
  if (times.timed > 0) {
    header.flags |= kBlockHasTime;
    header.min_time = times.min;
    header.max_time = times.max;
  }
  if (batch.watermark) {
    header.flags |= kBlockHasWatermark;
    header.watermark = *batch.watermark;
  }
  header.raw_bytes = raw_bytes(batch);
  header.digest = digest;
  header.paths = static_cast<uint32_t>(batch.paths.size());
  header.columns = static_cast<uint32_t>(batch.columns.size());
  header.layouts = static_cast<uint32_t>(batch.layouts.size());
}

}  // namespace

EncodedBlock encode_block(const Batch& batch, Compression compression, std::optional<Hash128> digest) {
  EncodedBlock block;
  if (batch.time_path >= 0) block.time_path = batch.paths[static_cast<std::size_t>(batch.time_path)];
  if (batch.rows == 0 && !(batch.paths.empty() && batch.layouts.empty() && batch.columns.empty())) {
    Batch empty;
    empty.watermark = batch.watermark;
    EncodedBlock watermark_only = encode_block(empty, compression);
    watermark_only.time_path = std::move(block.time_path);
    return watermark_only;
  }
  require(batch.rows <= kMaxBlockRows, "rows");
  require(batch.paths.size() <= kMaxPaths, "paths");
  require(batch.columns.size() <= kMaxColumns, "columns");
  require(batch.layouts.size() <= batch.rows, "layouts");
  describe_rows(batch, digest ? *digest : content_digest(batch), block.header);
  require(block.header.raw_bytes <= (batch.rows == 1 ? kMaxRowRawBytes : kMaxBlockRawBytes), "raw bytes");
  block.paths = batch.paths;
  if (compression.codec == Codec::zstd)
    encode_compressed(batch, compression, block);
  else
    encode_plain(batch, compression, block);
  require(block.body.size() <= kMaxBodyBytes, "stored bytes");
  block.header.body_bytes = block.body.size();
  block.header.meta_checksum = checksum64(block.body.span().first(block.header.meta_stored));
  return block;
}

}  // namespace ev
