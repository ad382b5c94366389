#include "stream/records.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "stream/foreign.h"

namespace ev {
namespace {

// Offsets of ev-stream(5).
constexpr std::size_t kType = 3, kFlags = 4, kBodyBytes = 8;
namespace header_at {
constexpr std::size_t kMajor = 80, kMinor = 82, kIncompatible = 88, kCompatible = 96, kBodyChecksum = 104;
}
namespace block_at {
constexpr std::size_t kSequence = 16, kRows = 24, kTimedRows = 28, kPaths = 32, kColumns = 36, kLayouts = 40;
constexpr std::size_t kMetaStored = 44, kMetaRaw = 48, kMetaCodec = 52, kMetaChecksum = 56, kRawBytes = 64;
constexpr std::size_t kMinTime = 80, kMaxTime = 88, kWatermark = 96, kDigest = 104;
}  // namespace block_at
namespace index_at {
constexpr std::size_t kBlocks = 16, kRawBytes = 20, kCodec = 24, kChecksum = 32;
}
namespace end_at {
constexpr std::size_t kStatus = 16, kReason = 18, kBlocks = 24, kRows = 32, kRawBytes = 40, kDigest = 48;
constexpr std::size_t kHeaderHash = 64, kSegmentBytes = 72, kIndexBytes = 80, kLedger = 88;
}  // namespace end_at
HeaderBytes begin_record(RecordType type, uint32_t flags, uint64_t body_bytes) {
  HeaderBytes h{};
  std::copy(kMagic.begin(), kMagic.end(), h.begin());
  h[kType] = static_cast<uint8_t>(type);
  store(h.data() + kFlags, flags);
  store(h.data() + kBodyBytes, body_bytes);
  return h;
}

void seal(HeaderBytes& h) {
  store(h.data() + kRecordChecksumOffset, checksum64(std::span(h).first(kRecordChecksumOffset)));
}

void put_digest(uint8_t* to, Hash128 digest) {
  store(to, digest.lo);
  store(to + 8, digest.hi);
}
Hash128 get_digest(const uint8_t* from) {
  return {load<uint64_t>(from), load<uint64_t>(from + 8)};
}

[[noreturn]] void corrupt(std::string_view place, std::string what, std::string remedy = {}) {
  throw Error(ErrorKind::corrupt, std::string(place), std::move(what), std::move(remedy));
}

/// Holds a count or length against its cap.
template <class T>
T capped(T value, uint64_t cap, std::string_view what, std::string_view place) {
  if (value > cap) corrupt(place, concat(what, " over the limit of ", cap, ": ", value));
  return value;
}

}  // namespace

HeaderBytes write_header(const FileHeader& header) {
  std::string_view body = header.time_path ? std::string_view(header.time_path->encoded()) : std::string_view();
  HeaderBytes h = begin_record(RecordType::header, 0, body.size());
  std::copy(kHint.begin(), kHint.end(), h.begin() + kHintOffset);
  store(h.data() + header_at::kMajor, header.major);
  store(h.data() + header_at::kMinor, header.minor);
  store(h.data() + header_at::kIncompatible, header.incompatible);
  store(h.data() + header_at::kCompatible, header.compatible);
  store(h.data() + header_at::kBodyChecksum, checksum64(as_bytes(body)));
  seal(h);
  return h;
}

HeaderBytes write_block_header(const BlockHeader& b) {
  HeaderBytes h = begin_record(RecordType::block, b.flags, b.body_bytes);
  uint8_t* p = h.data();
  store(p + block_at::kSequence, b.sequence);
  store(p + block_at::kRows, b.rows);
  store(p + block_at::kTimedRows, b.timed_rows);
  store(p + block_at::kPaths, b.paths);
  store(p + block_at::kColumns, b.columns);
  store(p + block_at::kLayouts, b.layouts);
  store(p + block_at::kMetaStored, b.meta_stored);
  store(p + block_at::kMetaRaw, b.meta_raw);
  p[block_at::kMetaCodec] = static_cast<uint8_t>(b.meta_codec);
  store(p + block_at::kMetaChecksum, b.meta_checksum);
  store(p + block_at::kRawBytes, b.raw_bytes);
  store(p + block_at::kMinTime, b.min_time);
  store(p + block_at::kMaxTime, b.max_time);
  store(p + block_at::kWatermark, b.watermark);
  put_digest(p + block_at::kDigest, b.digest);
  seal(h);
  return h;
}

HeaderBytes write_index_header(const IndexHeader& index) {
  HeaderBytes h = begin_record(RecordType::index, 0, index.body_bytes);
  store(h.data() + index_at::kBlocks, index.blocks);
  store(h.data() + index_at::kRawBytes, index.raw_bytes);
  h[index_at::kCodec] = static_cast<uint8_t>(index.codec);
  store(h.data() + index_at::kChecksum, index.checksum);
  seal(h);
  return h;
}

HeaderBytes write_end(const EndRecord& end) {
  HeaderBytes h = begin_record(RecordType::end, end.flags, 0);
  uint8_t* p = h.data();
  store(p + end_at::kStatus, static_cast<uint16_t>(end.status));
  store(p + end_at::kReason, end.reason);
  store(p + end_at::kBlocks, end.blocks);
  store(p + end_at::kRows, end.rows);
  store(p + end_at::kRawBytes, end.raw_bytes);
  put_digest(p + end_at::kDigest, end.digest);
  store(p + end_at::kHeaderHash, end.header_hash);
  store(p + end_at::kSegmentBytes, end.segment_bytes);
  store(p + end_at::kIndexBytes, end.index_bytes);
  for (std::size_t i = 0; i < kLedgerEntries.size(); i++)
    store(p + end_at::kLedger + 8 * i, end.ledger.*kLedgerEntries[i].count);
  seal(h);
  return h;
}

RecordPrefix read_prefix(std::span<const uint8_t> header, std::string_view place) {
  if (header.size() != kRecordHeaderBytes)
    throw Error(ErrorKind::bug, std::string(place), "a record header of a wrong size");
  if (!begins_like_record(header)) throw not_a_record(header, place);
  if (load<uint64_t>(header.data() + kRecordChecksumOffset) != checksum64(header.first(kRecordChecksumOffset)))
    corrupt(place, "damaged: the checksum of a record header does not hold");
  RecordPrefix prefix;
  prefix.type = header[kType];
  prefix.flags = load<uint32_t>(header.data() + kFlags);
  prefix.body_bytes = capped(load<uint64_t>(header.data() + kBodyBytes), kMaxBodyBytes, "bytes of a record", place);
  return prefix;
}

FileHeader read_header(std::span<const uint8_t> header, std::span<const uint8_t> body, std::string_view place) {
  const uint8_t* p = header.data();
  FileHeader h;
  h.major = load<uint16_t>(p + header_at::kMajor);
  h.minor = load<uint16_t>(p + header_at::kMinor);
  h.incompatible = load<uint64_t>(p + header_at::kIncompatible);
  h.compatible = load<uint64_t>(p + header_at::kCompatible);
  if (h.major != kFormatMajor)
    corrupt(place, concat("format version ", h.major, ", but this evkit reads version ", kFormatMajor),
            "use the evkit that it was made with, or a newer one");
  if (h.incompatible & ~kKnownIncompatible)
    corrupt(place, concat("uses features that this evkit does not know: ", h.incompatible & ~kKnownIncompatible),
            "use a newer evkit");
  capped(body.size(), kMaxPathBytes, "bytes of the event-time field", place);
  if (load<uint64_t>(p + header_at::kBodyChecksum) != checksum64(body))
    corrupt(place, "damaged: the checksum of the event-time field does not hold");
  if (!body.empty()) {
    try {
      h.time_path = Path::decode(body);
    } catch (const Error& e) {
      throw e.within(place);
    }
    capped(h.time_path->step_count(), kMaxPathSteps, "steps of the event-time field", place);
    for (std::string_view step : h.time_path->steps())
      if (!valid_utf8(step)) corrupt(place, "damaged: the event-time field is no UTF-8");
  }
  return h;
}

BlockHeader read_block_header(std::span<const uint8_t> header, std::string_view place) {
  const uint8_t* p = header.data();
  BlockHeader b;
  b.flags = load<uint32_t>(p + kFlags);
  b.body_bytes = capped(load<uint64_t>(p + kBodyBytes), kMaxBodyBytes, "bytes of a block", place);
  b.sequence = load<uint64_t>(p + block_at::kSequence);
  b.rows = capped(load<uint32_t>(p + block_at::kRows), kMaxBlockRows, "rows of a block", place);
  b.timed_rows = load<uint32_t>(p + block_at::kTimedRows);
  b.paths = capped(load<uint32_t>(p + block_at::kPaths), kMaxPaths, "paths of a block", place);
  b.columns = capped(load<uint32_t>(p + block_at::kColumns), kMaxColumns, "columns of a block", place);
  b.layouts = load<uint32_t>(p + block_at::kLayouts);
  b.meta_stored = capped(load<uint32_t>(p + block_at::kMetaStored), kMaxMetaBytes, "bytes of a meta part", place);
  b.meta_raw = capped(load<uint32_t>(p + block_at::kMetaRaw), kMaxMetaBytes, "bytes of a meta part", place);
  b.meta_codec = static_cast<Codec>(p[block_at::kMetaCodec]);
  b.meta_checksum = load<uint64_t>(p + block_at::kMetaChecksum);
  uint64_t raw_cap = b.rows == 1 ? kMaxRowRawBytes : kMaxBlockRawBytes;
  b.raw_bytes = capped(load<uint64_t>(p + block_at::kRawBytes), raw_cap, "raw bytes of a block", place);
  b.min_time = load<int64_t>(p + block_at::kMinTime);
  b.max_time = load<int64_t>(p + block_at::kMaxTime);
  b.watermark = load<int64_t>(p + block_at::kWatermark);
  b.digest = get_digest(p + block_at::kDigest);
  if (b.timed_rows > b.rows) corrupt(place, "damaged: more timed rows than rows");
  if (b.layouts > b.rows) corrupt(place, "damaged: more layouts than rows");
  if (b.meta_stored > b.body_bytes) corrupt(place, "damaged: a meta part longer than its block");
  if (((b.flags & kBlockHasTime) != 0) != (b.timed_rows > 0))
    corrupt(place, "damaged: event times and timed rows contradict each other");
  if (b.timed_rows > 0 && b.min_time > b.max_time)
    corrupt(place, "damaged: the smallest event time is after the largest");
  return b;
}

IndexHeader read_index_header(std::span<const uint8_t> header, std::string_view place) {
  const uint8_t* p = header.data();
  IndexHeader i;
  i.body_bytes = capped(load<uint64_t>(p + kBodyBytes), kMaxIndexBytes, "bytes of an INDEX", place);
  i.blocks = capped(load<uint32_t>(p + index_at::kBlocks), kMaxSegmentBlocks, "blocks of an INDEX", place);
  i.raw_bytes = capped(load<uint32_t>(p + index_at::kRawBytes), kMaxIndexBytes, "bytes of an INDEX", place);
  i.codec = static_cast<Codec>(p[index_at::kCodec]);
  i.checksum = load<uint64_t>(p + index_at::kChecksum);
  return i;
}

EndRecord read_end(std::span<const uint8_t> header, std::string_view place) {
  const uint8_t* p = header.data();
  if (load<uint64_t>(p + kBodyBytes) != 0) corrupt(place, "damaged: an END with a body");
  EndRecord e;
  e.flags = load<uint32_t>(p + kFlags);
  uint16_t status = load<uint16_t>(p + end_at::kStatus);
  if (status > static_cast<uint16_t>(EndStatus::abort))
    corrupt(place, concat("damaged: an END of unknown status ", status));
  e.status = static_cast<EndStatus>(status);
  e.reason = load<uint16_t>(p + end_at::kReason);
  e.blocks = load<uint64_t>(p + end_at::kBlocks);
  e.rows = load<uint64_t>(p + end_at::kRows);
  e.raw_bytes = load<uint64_t>(p + end_at::kRawBytes);
  e.digest = get_digest(p + end_at::kDigest);
  e.header_hash = load<uint64_t>(p + end_at::kHeaderHash);
  e.segment_bytes = load<uint64_t>(p + end_at::kSegmentBytes);
  e.index_bytes = load<uint64_t>(p + end_at::kIndexBytes);
  for (std::size_t i = 0; i < kLedgerEntries.size(); i++)
    e.ledger.*kLedgerEntries[i].count = load<uint64_t>(p + end_at::kLedger + 8 * i);
  return e;
}

}  // namespace ev
