#include "stream/index.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "codec/compress.h"

namespace ev {
namespace {

constexpr std::size_t kZoneFlags = 0, kZoneValues = 4, kZoneMin = 8, kZoneMax = 24;  // within a zone entry

uint8_t flags_of(const ChunkEntry& entry) {
  return static_cast<uint8_t>((entry.has_validity ? kChunkHasValidity : 0) | (entry.zone.present ? kChunkHasZone : 0) |
                              (entry.zone.min_exact ? kChunkMinExact : 0) |
                              (entry.zone.max_exact ? kChunkMaxExact : 0));
}

}  // namespace

std::size_t IndexBuilder::head_bytes(const Key& key) const {
  return 2 + key.first.encoded().size() + 1;
}

std::size_t IndexBuilder::bytes_with(std::span<const Path> paths, std::span<const ChunkEntry> chunks) const {
  std::size_t heads = 0, columns = columns_.size();
  for (const Zones& zones : columns_) heads += head_bytes(zones.key);
  for (std::size_t i = 1; i < chunks.size() && columns < kMaxIndexZoneColumns; i++) {
    Key key(paths[chunks[i].path], chunks[i].type);
    if (numbers_.contains(key)) continue;
    heads += head_bytes(key);
    columns++;
  }
  return heads + 4 + (blocks_ + std::size_t{1}) * (kIndexBlockBytes + columns * kIndexZoneBytes);
}

void IndexBuilder::add(uint64_t offset, const BlockHeader& header, std::span<const Path> paths,
                       std::span<const ChunkEntry> chunks) {
  put(block_entries_, offset);
  put(block_entries_, uint64_t{kRecordHeaderBytes} + header.body_bytes);
  put(block_entries_, header.rows);
  put(block_entries_, header.flags);
  put(block_entries_, header.min_time);
  put(block_entries_, header.max_time);
  put(block_entries_, header.watermark);

  auto extend = [](Zones& zones, std::size_t blocks) {
    std::size_t old = zones.entries.size(), size = blocks * kIndexZoneBytes;
    zones.entries.resize(size);
    std::memset(zones.entries.data() + old, 0, size - old);
  };
  for (Zones& zones : columns_) extend(zones, blocks_ + std::size_t{1});
  for (std::size_t i = 1; i < chunks.size(); i++) {
    const ChunkEntry& entry = chunks[i];
    if (entry.codec != Codec::none) compressed_ = true;
    Key key(paths[entry.path], entry.type);
    auto found = numbers_.find(key);
    if (found == numbers_.end()) {
      if (columns_.size() == kMaxIndexZoneColumns) continue;
      found = numbers_.emplace(key, columns_.size()).first;
      columns_.push_back({std::move(key), {}});
      extend(columns_.back(), blocks_ + std::size_t{1});
    }
    uint8_t* zone = columns_[found->second].entries.data() + blocks_ * kIndexZoneBytes;
    zone[kZoneFlags] = flags_of(entry);
    store(zone + kZoneValues, entry.values);
    if (entry.zone.present) {
      std::memcpy(zone + kZoneMin, entry.zone.min.data(), kZoneBytes);
      std::memcpy(zone + kZoneMax, entry.zone.max.data(), kZoneBytes);
    }
  }
  blocks_++;
}

Buffer IndexBuilder::raw() const {
  Buffer out;
  out.append(block_entries_);
  put(out, static_cast<uint32_t>(columns_.size()));
  for (const Zones& zones : columns_) {
    put(out, static_cast<uint16_t>(zones.key.first.step_count()));
    put_text(out, zones.key.first.encoded());
    put(out, static_cast<uint8_t>(zones.key.second));
    out.append(zones.entries);
  }
  return out;
}

std::span<const uint8_t> open_index(const IndexHeader& header, std::span<const uint8_t> stored, Buffer& scratch,
                                    std::string_view place) {
  auto corrupt = [&](std::string what) { return Error(ErrorKind::corrupt, std::string(place), std::move(what)); };
  if (checksum64(stored) != header.checksum) throw corrupt("damaged: the checksum of the INDEX does not hold");
  if (header.codec == Codec::zstd) {
    zstd_decompress(stored, header.raw_bytes, scratch, place);
    return scratch;
  }
  if (header.codec != Codec::none) throw corrupt("the INDEX has an unknown codec");
  if (stored.size() != header.raw_bytes) throw corrupt("damaged: the sizes of an uncompressed INDEX differ");
  return stored;
}

namespace {

IndexedBlock read_block_entry(ByteReader& in) {
  IndexedBlock block;
  block.offset = in.read<uint64_t>();
  block.bytes = in.read<uint64_t>();
  block.rows = in.read<uint32_t>();
  block.flags = in.read<uint32_t>();
  block.min_time = in.read<int64_t>();
  block.max_time = in.read<int64_t>();
  block.watermark = in.read<int64_t>();
  return block;
}

IndexedColumn read_column(ByteReader& in, uint32_t blocks) {
  auto steps = in.read<uint16_t>();
  if (steps == 0 || steps > kMaxPathSteps) in.fail("damaged: a path of the INDEX");
  auto all = in.rest();
  std::size_t bytes = 0;
  for (uint16_t i = 0; i < steps; i++) {
    auto length = in.read<uint16_t>();
    in.take(length);
    bytes += sizeof length + length;
  }
  IndexedColumn column;
  column.path = Path::decode(all.first(bytes));
  column.type = static_cast<Type>(in.read<uint8_t>());
  if (column.type == Type::null || static_cast<uint8_t>(column.type) > kLastType)
    in.fail("damaged: an unknown type in the INDEX");
  if (in.left() < blocks * kIndexZoneBytes) in.fail("damaged: the INDEX ends early");
  column.zones.resize(blocks);
  column.values.resize(blocks);
  for (uint32_t b = 0; b < blocks; b++) {
    auto entry = in.take(kIndexZoneBytes);
    Zone& zone = column.zones[b];
    zone.present = entry[kZoneFlags] & kChunkHasZone;
    zone.min_exact = entry[kZoneFlags] & kChunkMinExact;
    zone.max_exact = entry[kZoneFlags] & kChunkMaxExact;
    column.values[b] = load<uint32_t>(entry.data() + kZoneValues);
    std::memcpy(zone.min.data(), entry.data() + kZoneMin, kZoneBytes);
    std::memcpy(zone.max.data(), entry.data() + kZoneMax, kZoneBytes);
  }
  return column;
}

}  // namespace

Index parse_index(const IndexHeader& header, std::span<const uint8_t> stored, std::string_view place) {
  Buffer scratch;
  ByteReader in(open_index(header, stored, scratch, place), place);
  if (in.left() < header.blocks * kIndexBlockBytes) in.fail("damaged: the INDEX ends early");
  Index index;
  index.blocks.reserve(header.blocks);
  uint64_t end = kRecordHeaderBytes;  // blocks come after HEADER, one after the other
  for (uint32_t b = 0; b < header.blocks; b++) {
    IndexedBlock block = read_block_entry(in);
    if (block.offset < end || block.bytes < kRecordHeaderBytes || block.bytes > kRecordHeaderBytes + kMaxBodyBytes ||
        block.offset > UINT64_MAX - block.bytes || block.rows > kMaxBlockRows)
      in.fail("damaged: the blocks of the INDEX do not add up");
    end = block.offset + block.bytes;
    index.blocks.push_back(block);
  }
  auto columns = in.read<uint32_t>();
  if (columns > kMaxIndexZoneColumns)
    in.fail(concat("zone columns over the limit of ", kMaxIndexZoneColumns, ": ", columns));
  for (uint32_t c = 0; c < columns; c++) index.columns.push_back(read_column(in, header.blocks));
  in.expect_end();
  return index;
}

}  // namespace ev
