// A directory entry and the bytes of its chunk, from hostile input: rows (u32), the entry, the stored bytes. Sizes and
// checksum are made to agree, so that the decoder is reached. What decodes is encoded again and must decode to the
// same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "codec/chunk.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void make_agree(std::vector<uint8_t>& entry, std::span<const uint8_t> stored) {
  const auto bytes = static_cast<uint32_t>(stored.size());
  if (entry[4] == static_cast<uint8_t>(ev::Codec::none)) ev::store(&entry[12], bytes);
  ev::store(&entry[16], bytes);
  ev::store(&entry[24], ev::checksum64(stored));
}

void require_equal(const ev::Column& a, const ev::Column& b, uint32_t rows) {
  require(a.type == b.type && a.path == b.path && a.size() == b.size());
  for (uint32_t row = 0; row < rows; row++) require(a.valid(row) == b.valid(row));
  const bool texts = ev::is_text_type(a.type);
  for (std::size_t i = 0; i < a.size(); i++) {
    require(texts ? a.text(i) == b.text(i) : a.words[i] == b.words[i]);
    if (a.type == ev::Type::time) require(a.form_at(i) == b.form_at(i));
  }
}

/// The whole text columns that few bytes can stand for are too large to write out.
bool fits_a_block(const ev::Column& column) {
  uint64_t bytes = 0;
  if (ev::is_text_type(column.type))
    for (std::size_t i = 0; i < column.size(); i++) bytes += column.text(i).size();
  return bytes <= ev::kMaxBlockRawBytes;
}

void check_column(const ev::ChunkEntry& entry, std::span<const uint8_t> stored, uint32_t rows) {
  const ev::Column column = ev::decode_column(entry, stored, rows, "fuzz");
  require(column.size() == entry.values);
  if (!fits_a_block(column)) return;
  for (ev::Codec codec : {ev::Codec::none, ev::Codec::zstd}) {
    ev::Buffer again;
    const ev::ChunkEntry rewritten = ev::encode_column(column, rows, {codec, 1}, again);
    require_equal(column, ev::decode_column(rewritten, again, rows, "fuzz"), rows);
  }
}

void check_row_layouts(const ev::ChunkEntry& entry, std::span<const uint8_t> stored, uint32_t rows) {
  const auto layouts = ev::decode_row_layouts(entry, stored, rows, "fuzz");
  require(layouts.empty() || layouts.size() == rows);
  ev::Buffer again;
  const ev::ChunkEntry rewritten = ev::encode_row_layouts(layouts, rows, {}, again);
  require(ev::decode_row_layouts(rewritten, again, rows, "fuzz") == layouts);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, std::size_t size) {
  if (size < 4 + ev::kChunkEntryBytes) return 0;
  const uint32_t rows = ev::load<uint32_t>(data) % (ev::kMaxBlockRows + 1);
  std::vector<uint8_t> entry_bytes(data + 4, data + 4 + ev::kChunkEntryBytes);
  // Copied, so that a read beyond the bytes is a read beyond the allocation.
  const std::vector<uint8_t> stored(data + 4 + ev::kChunkEntryBytes, data + size);
  make_agree(entry_bytes, stored);
  try {
    ev::ByteReader in(entry_bytes, "fuzz");
    const ev::ChunkEntry entry = ev::read_chunk_entry(in, rows);
    if (entry.path == ev::kLayoutChunkPath) {
      check_row_layouts(entry, stored, rows);
    } else {
      check_column(entry, stored, rows);
    }
  } catch (const ev::Error& error) {
    require(error.kind() == ev::ErrorKind::corrupt);
  }
  return 0;
}
