#include "stream/segment_tally.h"

#include <string>

#include "base/error.h"
#include "base/text.h"

namespace ev {
namespace {

void require(bool holds, std::string_view what, std::string_view place) {
  if (!holds) throw Error(ErrorKind::corrupt, std::string(place), concat("damaged: ", what));
}

}  // namespace

void SegmentTally::add_record(std::span<const uint8_t> header, uint64_t body_bytes) {
  headers_.update(header);
  bytes_ += kRecordHeaderBytes + body_bytes;
}

void SegmentTally::add_block(const BlockHeader& header) {
  blocks_++;
  rows_ += header.rows;
  raw_bytes_ += header.raw_bytes;
  digest_ += header.digest;
}

void SegmentTally::fill(EndRecord& end) const {
  end.blocks = blocks_;
  end.rows = rows_;
  end.raw_bytes = raw_bytes_;
  end.digest = digest_;
  end.header_hash = headers_.value();
  end.segment_bytes = bytes_ + kRecordHeaderBytes;
  end.index_bytes = index_bytes_;
}

void SegmentTally::verify(const EndRecord& end, std::string_view place) const {
  require(end.blocks == blocks_, concat("END says ", end.blocks, " blocks, but there are ", blocks_), place);
  require(end.rows == rows_, concat("END says ", end.rows, " rows, but there are ", rows_), place);
  require(end.raw_bytes == raw_bytes_, "the raw bytes are not those of END", place);
  require(end.digest == digest_, "the content digest is not that of END", place);
  require(end.header_hash == headers_.value(), "the hash of the record headers is not that of END", place);
  require(end.segment_bytes == bytes_ + kRecordHeaderBytes, "the length of the segment is not that of END", place);
  require(end.index_bytes == index_bytes_, "the length of the INDEX is not that of END", place);
}

void verify_ledger(const EndRecord& end, std::string_view place) {
  if (end.status != EndStatus::complete) return;
  require(end.ledger.balanced(), concat("the ledger does not balance: ", end.ledger.json()), place);
  require(end.ledger.out == end.rows, concat("the ledger says ", end.ledger.out, " rows out, but there are ", end.rows),
          place);
}

}  // namespace ev
