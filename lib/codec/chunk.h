// One column to the bytes of a column chunk and back (ev-stream(5), "Column chunks").
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/format.h"
#include "event/column.h"

namespace ev {

/// What is done on top of the encodings.
struct Compression {
  Codec codec = Codec::none;
  int level = 3;  // zstd level
};

/// Smallest and largest value of a chunk as the directory holds them: words in their first 8 bytes, texts cut to
/// kZoneBytes and padded with zeros. Absent for float columns that hold a NaN, for state and for json columns.
struct Zone {
  bool present = false, min_exact = false, max_exact = false;
  std::array<uint8_t, kZoneBytes> min{}, max{};
};

/// A directory entry. `offset` is not stored: it is the sum of the stored lengths before.
struct ChunkEntry {
  uint16_t path = 0;
  Type type = Type::null;
  Encoding encoding = Encoding::none;
  Codec codec = Codec::none;
  bool has_validity = false;
  uint32_t values = 0;
  uint32_t encoded_bytes = 0;  // after decompression
  uint32_t stored_bytes = 0;
  uint64_t checksum = 0;  // XXH3-64 of the stored bytes
  Zone zone;
  uint64_t offset = 0;  // within the block's body, after the meta part
};

void write_chunk_entry(Buffer& out, const ChunkEntry& entry);
/// Checks caps, flags and types; throws Error(corrupt). An unknown encoding or codec is kept for decode to refuse.
ChunkEntry read_chunk_entry(ByteReader& in, uint32_t rows);

/// Encodes and compresses a column of a batch of `rows` rows, appending the stored bytes to `out`.
ChunkEntry encode_column(const Column& column, uint32_t rows, Compression compression, Buffer& out);
/// Encodes the layout number of each row (`row_layouts` as in Batch: empty for all 0).
ChunkEntry encode_row_layouts(std::span<const uint32_t> row_layouts, uint32_t rows, Compression compression, Buffer& out);

/// Verifies the checksum, decompresses and decodes. The column has entry.path and entry.type. Throws Error(corrupt)
/// naming `place` for anything that the specification tells a reader to reject.
Column decode_column(const ChunkEntry& entry, std::span<const uint8_t> stored, uint32_t rows, std::string_view place);
/// Empty where all rows have layout 0.
PodVector<uint32_t> decode_row_layouts(const ChunkEntry& entry, std::span<const uint8_t> stored, uint32_t rows,
                                       std::string_view place);

std::string_view encoding_name(Encoding encoding);

}  // namespace ev
