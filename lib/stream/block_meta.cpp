// The meta part of a block: paths, layouts, directory.
#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "codec/compress.h"
#include "stream/block.h"

namespace ev {
namespace {

/// The encoding of a path of that many steps; leaves the reader behind it.
Path read_path(ByteReader& in) {
  auto steps = in.read<uint16_t>();
  if (steps == 0 || steps > kMaxPathSteps) in.fail(concat("damaged: a path of ", steps, " steps"));
  auto all = in.rest();
  std::size_t bytes = 0;
  for (uint16_t i = 0; i < steps; i++) {
    auto length = in.read<uint16_t>();
    if (!valid_utf8(in.text(length))) in.fail("damaged: a field name is no UTF-8");
    bytes += sizeof length + length;
  }
  return Path::decode(all.first(bytes));
}

void read_paths(ByteReader& in, uint32_t count, std::vector<Path>& paths) {
  for (uint32_t i = 0; i < count; i++) paths.push_back(read_path(in));
  std::vector<const Path*> sorted;
  for (const Path& path : paths) sorted.push_back(&path);
  std::sort(sorted.begin(), sorted.end(), [](const Path* a, const Path* b) { return *a < *b; });
  for (std::size_t i = 1; i < sorted.size(); i++)
    if (*sorted[i - 1] == *sorted[i]) in.fail("damaged: a path stands twice");
}

void read_layouts(ByteReader& in, const BlockHeader& header, std::vector<Layout>& layouts) {
  std::vector<uint32_t> last_layout(header.paths, UINT32_MAX);  // that named the path
  for (uint32_t i = 0; i < header.layouts; i++) {
    auto count = in.read<uint16_t>();
    if (count > header.paths) in.fail("damaged: a layout of more paths than there are");
    Layout layout(count);
    for (uint16_t& path : layout) {
      path = in.read<uint16_t>();
      if (path >= header.paths) in.fail("damaged: a path number of a layout is out of range");
      if (last_layout[path] == i) in.fail("damaged: a layout names a path twice");
      last_layout[path] = i;
    }
    layouts.push_back(std::move(layout));
  }
}

void check_entry(const ByteReader& in, const ChunkEntry& entry, const BlockHeader& header,
                 std::span<const ChunkEntry> before) {
  if (before.empty()) {
    if (entry.path != kLayoutChunkPath || entry.type != Type::null || entry.has_validity || entry.values != header.rows)
      in.fail("damaged: the directory does not begin with the row layouts");
    return;
  }
  if (entry.path >= header.paths) in.fail("damaged: a path number of the directory is out of range");
  if (entry.type == Type::null || static_cast<uint8_t>(entry.type) > kLastType)
    in.fail(concat("damaged: an unknown type ", static_cast<uint8_t>(entry.type)));
  if (entry.has_validity ? entry.values > header.rows : entry.values != header.rows)
    in.fail("damaged: the values of a column do not fit the rows");
  const ChunkEntry& last = before.back();
  if (before.size() > 1 && (entry.path != last.path ? entry.path < last.path : entry.type <= last.type))
    in.fail("damaged: the directory is out of order");
}

/// Bytes that the values of the chunk take at least, as raw bytes are counted.
uint64_t least_raw_bytes(const ChunkEntry& entry) {
  if (is_text_type(entry.type)) return uint64_t{4} * entry.values;
  return entry.type == Type::boolean ? entry.values : uint64_t{8} * entry.values;
}

void read_directory(ByteReader& in, const BlockHeader& header, std::vector<ChunkEntry>& chunks) {
  uint64_t offset = 0, encoded = 0, raw = 0;
  for (uint32_t i = 0; i <= header.columns; i++) {
    ChunkEntry entry = read_chunk_entry(in, header.rows);
    check_entry(in, entry, header, chunks);
    entry.offset = offset;
    offset += entry.stored_bytes;
    encoded += entry.encoded_bytes;
    if (i > 0) raw += least_raw_bytes(entry);
    chunks.push_back(entry);
  }
  // A few bytes may decode to very many: what the block may cost is known before the first chunk is touched.
  if (raw > header.raw_bytes) in.fail("damaged: more values than the raw bytes of the block hold");
  if (encoded > kMaxBodyBytes) in.fail(concat("bytes of the chunks over the limit of ", kMaxBodyBytes, ": ", encoded));
  if (offset != header.body_bytes - header.meta_stored)
    in.fail("damaged: the chunks do not fill the body of the block");
}

}  // namespace

BlockMeta read_block_meta(const BlockHeader& header, std::span<const uint8_t> stored, std::string_view place) {
  auto corrupt = [&](std::string what) { return Error(ErrorKind::corrupt, std::string(place), std::move(what)); };
  if (stored.size() != header.meta_stored)
    throw Error(ErrorKind::bug, std::string(place), "a meta part of a wrong size");
  if (checksum64(stored) != header.meta_checksum) throw corrupt("damaged: the checksum of the meta part does not hold");
  Buffer raw;
  std::span<const uint8_t> bytes = stored;
  if (header.meta_codec == Codec::zstd) {
    zstd_decompress(stored, header.meta_raw, raw, place);
    bytes = raw;
  } else if (header.meta_codec != Codec::none) {
    throw corrupt(concat("the meta part has an unknown codec ", static_cast<uint8_t>(header.meta_codec)));
  } else if (header.meta_raw != header.meta_stored) {
    throw corrupt("damaged: the sizes of an uncompressed meta part differ");
  }
  BlockMeta meta;
  ByteReader in(bytes, place);
  read_paths(in, header.paths, meta.paths);
  read_layouts(in, header, meta.layouts);
  read_directory(in, header, meta.chunks);
  in.expect_end();
  return meta;
}

}  // namespace ev
