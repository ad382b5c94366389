#include "stream/block_parts.h"

#include "stream/sample_events.h"

namespace ev {

BlockParts take_apart(const Batch& batch) {
  EncodedBlock block = encode_block(batch, {});
  auto meta_bytes = std::span<const uint8_t>(block.body.data(), block.header.meta_stored);
  BlockMeta meta = read_block_meta(block.header, meta_bytes, "test");
  BlockParts parts{block.header, meta.paths, meta.layouts, meta.chunks, {}, {}, block.time_path};
  for (const ChunkEntry& entry : meta.chunks) {
    const uint8_t* at = block.body.data() + block.header.meta_stored + entry.offset;
    parts.stored.emplace_back(reinterpret_cast<const char*>(at), entry.stored_bytes);
  }
  return parts;
}

EncodedBlock put_together(const BlockParts& parts) {
  EncodedBlock block;
  block.header = parts.header;
  block.header.paths = static_cast<uint32_t>(parts.paths.size());
  block.header.layouts = static_cast<uint32_t>(parts.layouts.size());
  block.header.columns = static_cast<uint32_t>(parts.chunks.size() - 1);
  block.time_path = parts.time_path;
  block.paths = parts.paths;
  Buffer& body = block.body;
  for (const Path& path : parts.paths) {
    put(body, static_cast<uint16_t>(path.step_count()));
    put_text(body, path.encoded());
  }
  for (const Layout& layout : parts.layouts) {
    put(body, static_cast<uint16_t>(layout.size()));
    for (uint16_t path : layout) put(body, path);
  }
  for (std::size_t i = 0; i < parts.chunks.size(); i++) {
    ChunkEntry entry = parts.chunks[i];
    entry.checksum = checksum64(as_bytes(parts.stored[i]));
    if (i == 0 || entry.path < parts.paths.size()) block.chunks.push_back(entry);
    write_chunk_entry(body, entry);
  }
  put_text(body, parts.meta_tail);
  block.header.meta_stored = block.header.meta_raw = static_cast<uint32_t>(body.size());
  block.header.meta_codec = Codec::none;
  block.header.meta_checksum = checksum64(body);
  for (const std::string& stored : parts.stored) put_text(body, stored);
  block.header.body_bytes = body.size();
  return block;
}

std::string stream_of(const BlockParts& parts, const std::function<void(BlockHeader&)>& edit) {
  EncodedBlock block = put_together(parts);
  if (edit) edit(block.header);
  std::string bytes;
  auto out = memory_output(bytes);
  StreamWriter writer(*out);
  uint64_t rows = block.header.rows;
  writer.write(std::move(block), created(rows));
  writer.finish(0);
  return bytes;
}

}  // namespace ev
