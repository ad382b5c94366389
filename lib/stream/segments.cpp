// Finding segments and their INDEX from the end of a seekable input.
#include <algorithm>
#include <array>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "stream/foreign.h"
#include "stream/index.h"

namespace ev {
namespace {

/// Bytes [offset, offset + into.size()) of the input; false if it has fewer.
bool read_at(const Input& input, std::span<uint8_t> into, uint64_t offset) {
  std::size_t got = 0;
  while (got < into.size()) {
    std::size_t n = input.pread(into.subspan(got), offset + got);
    if (n == 0) return false;
    got += n;
  }
  return true;
}

Error cut(const Input& input, std::string_view what) {
  return Error(ErrorKind::truncated, input.name(), std::string(what), "run its producer again");
}

Error corrupt(std::string_view place, std::string_view what) {
  return Error(ErrorKind::corrupt, std::string(place), concat("damaged: ", what));
}

/// The END whose last byte stands before `end`.
EndRecord read_end_before(const Input& input, uint64_t end, std::string_view place) {
  HeaderBytes bytes;
  if (end < 2 * kRecordHeaderBytes || !read_at(input, bytes, end - kRecordHeaderBytes) || !begins_like_record(bytes))
    throw cut(input, "input ends without END");
  if (read_prefix(bytes, place).type != static_cast<uint8_t>(RecordType::end))
    throw cut(input, "input ends without END");
  EndRecord record = read_end(bytes, place);
  if (record.segment_bytes > end || record.segment_bytes < 2 * kRecordHeaderBytes ||
      record.index_bytes > record.segment_bytes - 2 * kRecordHeaderBytes)
    throw corrupt(place, "the lengths of END do not fit the input");
  if (record.status == EndStatus::abort)
    throw cut(input, concat("its producer gave up with exit status ", record.reason));
  return record;
}

FileHeader read_header_at(const Input& input, uint64_t offset, std::string_view place) {
  HeaderBytes bytes;
  if (!read_at(input, bytes, offset)) throw cut(input, "input ends inside a segment");
  RecordPrefix prefix = read_prefix(bytes, place);
  if (prefix.type != static_cast<uint8_t>(RecordType::header)) throw corrupt(place, "a segment without HEADER");
  if (prefix.body_bytes > kMaxPathBytes)
    throw corrupt(place, concat("bytes of the event-time field over the limit of ", kMaxPathBytes));
  Buffer body(prefix.body_bytes);
  if (!read_at(input, {body.data(), body.size()}, offset + kRecordHeaderBytes))
    throw cut(input, "input ends inside a segment");
  return read_header(bytes, body, place);
}

void check_first_bytes(const Input& input, uint64_t size) {
  if (size == 0) throw cut(input, "no bytes at all: its producer died before it wrote anything");
  std::array<uint8_t, kRecordHeaderBytes> first;
  std::span<uint8_t> bytes(first.data(), static_cast<std::size_t>(std::min<uint64_t>(size, first.size())));
  if (read_at(input, bytes, 0) && !begins_like_record(bytes)) throw not_a_stream(bytes, input.name());
}

}  // namespace

std::vector<SegmentInfo> list_segments(const Input& input) {
  uint64_t size = input.size().value_or(0);
  check_first_bytes(input, size);
  std::vector<SegmentInfo> segments;
  for (uint64_t end = size; end > 0;) {
    std::string place = concat(input.name(), ": END before byte ", end);
    SegmentInfo segment;
    segment.end = read_end_before(input, end, place);
    if (segments.empty() && (segment.end.flags & kEndMore))
      throw cut(input, "input ends where its producer said more would follow");
    segment.offset = end - segment.end.segment_bytes;
    segment.header = read_header_at(input, segment.offset, concat(input.name(), ": HEADER at byte ", segment.offset));
    end = segment.offset;
    segments.push_back(std::move(segment));
  }
  std::reverse(segments.begin(), segments.end());
  return segments;
}

std::optional<Index> read_index(const Input& input, const SegmentInfo& segment) {
  const EndRecord& end = segment.end;
  if (end.index_bytes == 0) return std::nullopt;
  std::string place = concat(input.name(), ": INDEX at byte ", segment.offset);
  if (end.index_bytes < kRecordHeaderBytes || end.index_bytes > kRecordHeaderBytes + kMaxIndexBytes)
    throw corrupt(place, "the length of the INDEX is out of range");
  uint64_t offset = segment.offset + end.segment_bytes - kRecordHeaderBytes - end.index_bytes;
  HeaderBytes bytes;
  if (!read_at(input, bytes, offset)) throw cut(input, "input ends inside a segment");
  if (read_prefix(bytes, place).type != static_cast<uint8_t>(RecordType::index))
    throw corrupt(place, "END points to an INDEX that is none");
  IndexHeader header = read_index_header(bytes, place);
  if (kRecordHeaderBytes + header.body_bytes != end.index_bytes || header.blocks != end.blocks)
    throw corrupt(place, "the INDEX and END contradict each other");
  Buffer body(header.body_bytes);
  if (!read_at(input, {body.data(), body.size()}, offset + kRecordHeaderBytes))
    throw cut(input, "input ends inside a segment");
  return parse_index(header, body, place);
}

}  // namespace ev
