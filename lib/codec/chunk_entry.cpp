// Directory entries: 64 bytes for each chunk.
#include <cstring>

#include "codec/chunk.h"
#include "codec/chunk_check.h"
#include "codec/zone.h"

namespace ev {

const char* entry_fault(const ChunkEntry& entry, uint32_t rows) {
  const bool layouts = entry.path == kLayoutChunkPath;
  if (rows > kMaxBlockRows) return "a block has too many rows";
  if (static_cast<uint8_t>(entry.type) > kLastType) return "a column has an unknown type";
  if (layouts != (entry.type == Type::null)) return "a column has no type";
  if (!layouts && entry.path >= kMaxPaths) return "a column has a path beyond the cap";
  if (entry.values > rows) return "a column has more values than rows";
  if (layouts && entry.has_validity) return "the row layouts have nulls";
  if (!entry.has_validity && entry.values != rows) return "a column without a validity bitmap has nulls";
  if (entry.encoded_bytes > kMaxChunkBytes || entry.stored_bytes > kMaxChunkBytes) return "a chunk is over its cap";
  if (entry.codec == Codec::none && entry.stored_bytes != entry.encoded_bytes)
    return "an uncompressed chunk has two sizes";
  return nullptr;
}

void write_chunk_entry(Buffer& out, const ChunkEntry& entry) {
  uint8_t* at = out.extend(kChunkEntryBytes);
  std::memset(at, 0, kChunkEntryBytes);
  unsigned flags = entry.has_validity ? kChunkHasValidity : 0u;
  if (entry.zone.present) {
    flags |= kChunkHasZone;
    if (entry.zone.min_exact) flags |= kChunkMinExact;
    if (entry.zone.max_exact) flags |= kChunkMaxExact;
    std::memcpy(at + 32, entry.zone.min.data(), kZoneBytes);
    std::memcpy(at + 48, entry.zone.max.data(), kZoneBytes);
  }
  store(at, entry.path);
  store(at + 2, entry.type);
  store(at + 3, entry.encoding);
  store(at + 4, entry.codec);
  store(at + 5, static_cast<uint8_t>(flags));
  store(at + 8, entry.values);
  store(at + 12, entry.encoded_bytes);
  store(at + 16, entry.stored_bytes);
  store(at + 24, entry.checksum);
}

ChunkEntry read_chunk_entry(ByteReader& in, uint32_t rows) {
  const uint8_t* at = in.take(kChunkEntryBytes).data();
  ChunkEntry entry;
  entry.path = load<uint16_t>(at);
  entry.type = static_cast<Type>(at[2]);
  entry.encoding = static_cast<Encoding>(at[3]);
  entry.codec = static_cast<Codec>(at[4]);
  const uint8_t flags = at[5];
  entry.has_validity = flags & kChunkHasValidity;
  entry.values = load<uint32_t>(at + 8);
  entry.encoded_bytes = load<uint32_t>(at + 12);
  entry.stored_bytes = load<uint32_t>(at + 16);
  entry.checksum = load<uint64_t>(at + 24);
  // A zone of no value, or of a type that has none, bounds nothing.
  if ((flags & kChunkHasZone) && has_zone(entry.type) && entry.values > 0) {
    entry.zone.present = true;
    entry.zone.min_exact = flags & kChunkMinExact;
    entry.zone.max_exact = flags & kChunkMaxExact;
    std::memcpy(entry.zone.min.data(), at + 32, kZoneBytes);
    std::memcpy(entry.zone.max.data(), at + 48, kZoneBytes);
  }
  if (const char* fault = entry_fault(entry, rows)) in.fail(fault);
  return entry;
}

std::string_view encoding_name(Encoding encoding) {
  switch (encoding) {
    case Encoding::constant:
      return "constant";
    case Encoding::run_length:
      return "run-length";
    case Encoding::packed:
      return "packed";
    case Encoding::dictionary:
      return "dictionary";
    case Encoding::plain:
      return "plain";
    case Encoding::delta:
      return "delta";
    case Encoding::uuid:
      return "uuid";
    case Encoding::hex:
      return "hex";
    case Encoding::decimal:
      return "decimal";
    default:
      return "unknown";
  }
}

}  // namespace ev
