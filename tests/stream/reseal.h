// Recomputes the checksums of a stream whose bytes were changed, so that what lies behind the checksums is reached.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/format.h"
#include "base/hash.h"

namespace ev {

// Offsets of ev-stream(5), spelt out here a second time on purpose.
inline constexpr std::size_t kAtType = 3, kAtBodyBytes = 8, kAtHeaderBodyChecksum = 104;
inline constexpr std::size_t kAtColumns = 36, kAtMetaStored = 44, kAtMetaCodec = 52, kAtMetaChecksum = 56;
inline constexpr std::size_t kAtIndexChecksum = 32, kAtEndHeaderHash = 64;
inline constexpr std::size_t kAtEntryStored = 16, kAtEntryChecksum = 24;

struct RecordAt {
  std::size_t offset = 0, bytes = 0;
  char type = 0;
};

/// The records of a stream as far as their lengths make sense.
inline std::vector<RecordAt> records_of(const std::string& stream) {
  std::vector<RecordAt> records;
  for (std::size_t at = 0; at + kRecordHeaderBytes <= stream.size();) {
    auto body = load<uint64_t>(stream.data() + at + kAtBodyBytes);
    if (body > stream.size() - at - kRecordHeaderBytes) body = stream.size() - at - kRecordHeaderBytes;
    records.push_back({at, kRecordHeaderBytes + static_cast<std::size_t>(body), stream[at + kAtType]});
    at += records.back().bytes;
  }
  return records;
}

/// The checksums of the chunks, in an uncompressed meta part, then that of the meta part.
inline void reseal_block(uint8_t* block, std::size_t bytes) {
  uint8_t* meta = block + kRecordHeaderBytes;
  std::size_t body = bytes - kRecordHeaderBytes;
  std::size_t stored = load<uint32_t>(block + kAtMetaStored);
  std::size_t entries = std::size_t{load<uint32_t>(block + kAtColumns)} + 1;
  if (stored > body) return;
  if (block[kAtMetaCodec] == 0 && entries <= stored / kChunkEntryBytes) {
    std::size_t chunk = stored;
    for (uint8_t* entry = meta + stored - entries * kChunkEntryBytes; entry < meta + stored;
         entry += kChunkEntryBytes) {
      std::size_t n = load<uint32_t>(entry + kAtEntryStored);
      if (n > body - chunk) break;
      store(entry + kAtEntryChecksum, checksum64({meta + chunk, n}));
      chunk += n;
    }
  }
  store(block + kAtMetaChecksum, checksum64({meta, stored}));
}

/// Record headers, bodies, meta parts, chunks, and the header hash of END; not its totals.
inline void reseal(std::string& stream) {
  Checksum64 headers;
  for (const RecordAt& record : records_of(stream)) {
    uint8_t* at = reinterpret_cast<uint8_t*>(stream.data()) + record.offset;
    std::span<const uint8_t> body(at + kRecordHeaderBytes, record.bytes - kRecordHeaderBytes);
    if (record.type == 'H') {
      headers.reset();
      store(at + kAtHeaderBodyChecksum, checksum64(body));
    }
    if (record.type == 'B') reseal_block(at, record.bytes);
    if (record.type == 'i') store(at + kAtIndexChecksum, checksum64(body));
    if (record.type == 'E') store(at + kAtEndHeaderHash, headers.value());
    store(at + kRecordChecksumOffset, checksum64({at, kRecordChecksumOffset}));
    headers.update({at, kRecordHeaderBytes});
  }
}

}  // namespace ev
