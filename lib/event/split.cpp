// Batches cut to the caps of a block.
#include <algorithm>

#include "base/error.h"
#include "base/format.h"
#include "base/text.h"
#include "event/take.h"

namespace ev {

namespace {

/// Bytes of the meta part of a block, before compression.
uint64_t meta_bytes(const Batch& batch) {
  uint64_t bytes = (batch.columns.size() + 1) * kChunkEntryBytes;
  for (const Path& path : batch.paths) bytes += sizeof(uint16_t) + path.encoded().size();
  for (const Layout& layout : batch.layouts) bytes += sizeof(uint16_t) * (1 + layout.size());
  return bytes;
}

bool schema_fits(const Batch& batch) {
  return batch.columns.size() <= kMaxColumns && batch.paths.size() <= kMaxPaths && batch.layouts.size() <= batch.rows &&
         meta_bytes(batch) <= kMaxMetaBytes;
}

[[noreturn]] void fail_schema(const Batch& row) {
  throw Error(
      ErrorKind::corrupt, "",
      concat("over a limit: one event has ", row.paths.size(), " fields, their names ", size_text(meta_bytes(row))),
      concat("an event may have ", kMaxColumns, " fields, their names ", size_text(kMaxMetaBytes)));
}

/// The end of the longest part from `begin` that keeps the caps of rows and raw bytes.
uint32_t part_end(std::span<const uint64_t> bytes, uint32_t begin, uint32_t max_rows) {
  uint64_t sum = 0;
  uint32_t end = begin;
  for (; end < bytes.size() && end - begin < max_rows; end++) {
    if (bytes[end] > kMaxRowRawBytes)
      throw Error(ErrorKind::corrupt, concat("row ", end),
                  concat("over a limit: one event takes ", size_text(bytes[end])),
                  concat("an event may take ", size_text(kMaxRowRawBytes)));
    sum += bytes[end];
    if (sum > kMaxBlockRawBytes && end > begin) break;
  }
  return end;
}

}  // namespace

std::vector<Batch> split_to_caps(Batch&& batch, uint32_t max_rows) {
  max_rows = std::clamp(max_rows, uint32_t{1}, kMaxBlockRows);
  std::vector<Batch> parts;
  if (batch.rows <= max_rows && raw_bytes(batch) <= kMaxBlockRawBytes && schema_fits(batch)) {
    parts.push_back(std::move(batch));
    return parts;
  }
  if (batch.rows == 0) {
    parts.push_back(gather_range(batch, 0, 0));
    return parts;
  }
  const std::vector<uint64_t> bytes = raw_bytes_by_row(batch);
  for (uint32_t begin = 0; begin < batch.rows;) {
    uint32_t end = part_end(bytes, begin, max_rows);
    Batch part = gather_range(batch, begin, end);
    while (!schema_fits(part)) {
      if (part.rows == 1) fail_schema(part);
      end = begin + part.rows / 2;
      part = gather_range(batch, begin, end);
    }
    parts.push_back(std::move(part));
    begin = end;
  }
  return parts;
}

}  // namespace ev
