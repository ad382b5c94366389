// The record headers of ev-stream(5) as structs, and their bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/format.h"
#include "base/hash.h"
#include "event/path.h"
#include "stream/ledger.h"

namespace ev {

using HeaderBytes = std::array<uint8_t, kRecordHeaderBytes>;

struct FileHeader {
  uint16_t major = kFormatMajor, minor = kFormatMinor;
  uint64_t incompatible = 0, compatible = 0;
  std::optional<Path> time_path;  // the event-time field; its encoding is the body of the record
};

struct BlockHeader {
  uint64_t body_bytes = 0;
  uint32_t flags = 0;
  uint64_t sequence = 0;
  uint32_t rows = 0, timed_rows = 0, paths = 0, columns = 0, layouts = 0;
  uint32_t meta_stored = 0, meta_raw = 0;
  Codec meta_codec = Codec::none;
  uint64_t meta_checksum = 0;
  uint64_t raw_bytes = 0;
  int64_t min_time = 0, max_time = 0, watermark = 0;
  Hash128 digest;
};

struct IndexHeader {
  uint64_t body_bytes = 0;  // stored
  uint32_t blocks = 0, raw_bytes = 0;
  Codec codec = Codec::none;
  uint64_t checksum = 0;
};

struct EndRecord {
  uint32_t flags = 0;
  EndStatus status = EndStatus::complete;
  uint16_t reason = 0;  // exit status of the writer that gave up
  uint64_t blocks = 0, rows = 0, raw_bytes = 0;
  Hash128 digest;
  uint64_t header_hash = 0;
  uint64_t segment_bytes = 0;  // HEADER to END, both included
  uint64_t index_bytes = 0;    // of the INDEX record, 0 without one
  Ledger ledger;
};

/// The body of a HEADER record is the encoded time path (empty if there is none), checksummed in the header.
HeaderBytes write_header(const FileHeader& header);
HeaderBytes write_block_header(const BlockHeader& header);
HeaderBytes write_index_header(const IndexHeader& header);
HeaderBytes write_end(const EndRecord& end);

/// What every record header says, checked: magic, checksum. Throws Error(corrupt) naming `place`; a header whose magic
/// is wrong says what the bytes look like.
struct RecordPrefix {
  uint8_t type = 0;  // RecordType or an unknown letter
  uint32_t flags = 0;
  uint64_t body_bytes = 0;
};
RecordPrefix read_prefix(std::span<const uint8_t> header, std::string_view place);
/// Requires read_prefix() to have accepted the bytes. Each checks the caps of its record. Throws Error(corrupt).
FileHeader read_header(std::span<const uint8_t> header, std::span<const uint8_t> body, std::string_view place);
BlockHeader read_block_header(std::span<const uint8_t> header, std::string_view place);
IndexHeader read_index_header(std::span<const uint8_t> header, std::string_view place);
EndRecord read_end(std::span<const uint8_t> header, std::string_view place);

}  // namespace ev
