#include "stream/writer.h"

#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "codec/compress.h"
#include "stream/index.h"
#include "stream/segment_tally.h"

namespace ev {
namespace {

// A segment ends before its INDEX grows past this (ev-stream(5), "INDEX").
constexpr std::size_t kWriterIndexBytes = std::size_t{4} << 20;
// Bodies up to this size leave in one write with their header.
constexpr std::size_t kJoinBytes = std::size_t{64} << 10;
constexpr int kIndexLevel = 3;

uint64_t outcomes(const Ledger& l) {
  return l.passed + l.filtered + l.duplicate + l.rejected + l.late + l.untimed + l.absorbed + l.applied;
}

bool has_times_at(const std::optional<Path>& path, std::span<const Path> paths, std::span<const ChunkEntry> chunks) {
  for (const ChunkEntry& chunk : chunks)
    if (path && chunk.type == Type::time && paths[chunk.path] == *path) return true;
  return false;
}

[[noreturn]] void bug(std::string what) {
  throw Error(ErrorKind::bug, "event stream", std::move(what));
}

}  // namespace

struct StreamWriter::State {
  explicit State(Output& output) : out(output) {}

  void write_record(const HeaderBytes& header, std::span<const uint8_t> body);
  void open_segment(const std::optional<Path>& path);
  void write_block(BlockHeader header, const Buffer& body, const std::optional<Path>& path, std::span<const Path> paths,
                   std::span<const ChunkEntry> chunks, const Ledger& delta);
  bool fits(const BlockHeader& header, const std::optional<Path>& path, std::span<const Path> paths,
            std::span<const ChunkEntry> chunks) const;
  void write_index();
  void close_segment(EndRecord end);
  Ledger segment_ledger(const Ledger& up_to) const;

  Output& out;
  Buffer joined;
  std::optional<Path> time_path;  // of the segment that is open or comes next
  bool open = false, closed = false;
  std::optional<Ledger> cut_at;  // the total when the open segment was to end
  SegmentTally tally;
  IndexBuilder index;
  Ledger total, ended;  // of all segments, of those that have their END
  Hash128 digest;
  uint64_t rows = 0, blocks = 0;
};

void StreamWriter::State::write_record(const HeaderBytes& header, std::span<const uint8_t> body) {
  tally.add_record(header, body.size());
  if (body.size() > kJoinBytes) {
    out.write(header);
    out.write(body);
    return;
  }
  joined.clear();
  joined.append(header);
  joined.append(body);
  out.write(joined);
}

void StreamWriter::State::open_segment(const std::optional<Path>& path) {
  time_path = path;
  tally = SegmentTally();
  index = IndexBuilder();
  open = true;
  cut_at.reset();
  FileHeader header;
  header.time_path = path;
  write_record(write_header(header), path ? as_bytes(path->encoded()) : std::span<const uint8_t>());
}

/// Whether the block may join the open segment. One without an event time joins any where its rows stay untimed: the
/// field that the HEADER names must not be a time there.
bool StreamWriter::State::fits(const BlockHeader& header, const std::optional<Path>& path, std::span<const Path> paths,
                               std::span<const ChunkEntry> chunks) const {
  if (header.rows > 0 && path != time_path && (path || has_times_at(time_path, paths, chunks))) return false;
  if (index.blocks() == 0) return true;
  return index.blocks() < kMaxSegmentBlocks && index.bytes_with(paths, chunks) <= kWriterIndexBytes;
}

void StreamWriter::State::write_block(BlockHeader header, const Buffer& body, const std::optional<Path>& path,
                                      std::span<const Path> paths, std::span<const ChunkEntry> chunks,
                                      const Ledger& delta) {
  if (closed) bug("a block after END");
  if (delta.out != header.rows) bug(concat("a block of ", header.rows, " rows with ", delta.out, " in the ledger"));
  if (open && (cut_at || !fits(header, path, paths, chunks))) {
    EndRecord end;
    end.flags = kEndMore;
    end.ledger = segment_ledger(cut_at.value_or(total));
    close_segment(end);
  }
  if (!open) open_segment(path || has_times_at(time_path, paths, chunks) ? path : time_path);
  header.sequence = tally.blocks();
  header.body_bytes = body.size();
  index.add(tally.bytes(), header, paths, chunks);
  write_record(write_block_header(header), body);
  tally.add_block(header);
  total += delta;
  digest += header.digest;
  rows += header.rows;
  blocks++;
}

/// What the ledger gained since the last END. Entries of a batch may be ahead of its blocks; only what has an outcome
/// counts as in, and the rest goes to the next segment, so that each segment balances.
Ledger StreamWriter::State::segment_ledger(const Ledger& up_to) const {
  Ledger segment;
  for (const auto& [name, count] : kLedgerEntries) segment.*count = up_to.*count - ended.*count;
  segment.in = outcomes(segment);
  return segment;
}

void StreamWriter::State::write_index() {
  if (index.blocks() == 0) return;
  Buffer raw = index.raw(), packed;
  if (raw.size() > kWriterIndexBytes) return;  // one block with very long names; an INDEX may be absent
  IndexHeader header;
  header.blocks = index.blocks();
  header.raw_bytes = static_cast<uint32_t>(raw.size());
  if (index.compressed()) zstd_compress(raw, kIndexLevel, packed);
  bool smaller = index.compressed() && packed.size() < raw.size();
  const Buffer& body = smaller ? packed : raw;
  header.codec = smaller ? Codec::zstd : Codec::none;
  header.body_bytes = body.size();
  header.checksum = checksum64(body);
  write_record(write_index_header(header), body);
  tally.mark_index(body.size());
}

/// Writes INDEX and END, whose totals are filled in here.
void StreamWriter::State::close_segment(EndRecord end) {
  if (end.status == EndStatus::complete && end.ledger.out != end.ledger.passed + end.ledger.created)
    bug("the ledger does not balance: " + end.ledger.json());
  write_index();
  tally.fill(end);
  ended += end.ledger;
  open = false;
  out.write(write_end(end));
}

StreamWriter::StreamWriter(Output& out) : state_(std::make_unique<State>(out)) {}
StreamWriter::~StreamWriter() = default;

void StreamWriter::set_time_path(std::optional<Path> path) {
  if (!state_->open) state_->time_path = std::move(path);
}

void StreamWriter::write(EncodedBlock&& block, const Ledger& delta) {
  state_->write_block(block.header, block.body, block.time_path, block.paths, block.chunks, delta);
}

void StreamWriter::write(RawBlock&& block, const Ledger& delta) {
  if (block.partial) bug("a block that was read in part cannot be passed on");
  state_->write_block(block.header, block.body, block.time_path, block.meta->paths, block.meta->chunks, delta);
}

void StreamWriter::add(const Ledger& delta) {
  state_->total += delta;
}

void StreamWriter::cut() {
  if (state_->open && !state_->cut_at) state_->cut_at = state_->total;
}

void StreamWriter::finish(uint32_t flags) {
  State& s = *state_;
  if (s.closed) bug("finished twice");
  if (!s.total.balanced() || s.total.out != s.rows) bug("the ledger does not balance: " + s.total.json());
  if (!s.open) s.open_segment(s.time_path);
  EndRecord end;
  end.flags = flags;
  end.ledger = s.segment_ledger(s.total);
  s.close_segment(end);
  s.closed = true;
}

void StreamWriter::abort(int reason) {
  State& s = *state_;
  if (s.closed) return;
  s.closed = true;
  if (!s.open) s.open_segment(s.time_path);
  EndRecord end;
  end.status = EndStatus::abort;
  end.reason = static_cast<uint16_t>(reason);
  end.ledger = s.segment_ledger(s.total);
  s.close_segment(end);
}

const Ledger& StreamWriter::ledger() const {
  return state_->total;
}
Hash128 StreamWriter::digest() const {
  return state_->digest;
}
uint64_t StreamWriter::rows() const {
  return state_->rows;
}
uint64_t StreamWriter::blocks() const {
  return state_->blocks;
}

}  // namespace ev
