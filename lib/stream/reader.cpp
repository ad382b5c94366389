#include "stream/reader.h"

#include <cstring>
#include <string>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "stream/foreign.h"
#include "stream/index.h"
#include "stream/indexed_segment.h"
#include "stream/record_input.h"
#include "stream/segment_tally.h"
#include "stream/wanted_chunks.h"

namespace ev {
namespace {

// Chunks nearer to each other are read in one call, with what lies between them; shorter bodies are read whole.
constexpr uint64_t kGapBytes = 16384;

enum class Phase : uint8_t { between_segments, in_segment, after_index, done };

}  // namespace

struct StreamReader::State {
  State(std::unique_ptr<Input> input, ReadOptions read_options)
      : in(std::move(input)),
        options(std::move(read_options)),
        ranged(options.since != std::numeric_limits<int64_t>::min() ||
               options.until != std::numeric_limits<int64_t>::max()) {}

  std::optional<RawBlock> next();

  // Each of these deals with the record whose header was just read; false: the input was stopped.
  bool open_segment(std::span<const uint8_t> header, uint64_t body_bytes);
  bool read_block(std::span<const uint8_t> bytes, std::optional<RawBlock>& block);
  bool pass_index(std::span<const uint8_t> bytes);
  void close_segment(std::span<const uint8_t> bytes);
  bool pass_unknown(const RecordPrefix& prefix, std::span<const uint8_t> bytes);

  bool next_indexed(std::optional<RawBlock>& block);
  bool load_body(const BlockHeader& header, std::optional<RawBlock>& block);
  bool load_meta(RawBlock& block);
  bool load_wanted_chunks(RawBlock& block);
  bool filtered(const RawBlock& block);
  void skip_rows(uint32_t all, uint32_t timed);
  void plan_by_index(uint64_t segment_offset);
  void end_input(std::span<const uint8_t> part);
  void end_segment(const EndRecord& end);
  void count(const BlockHeader& header);

  std::string place() const { return concat(in.input().name(), ": block ", blocks, ", row ", rows); }
  Error damage(std::string_view what) const { return Error(ErrorKind::corrupt, place(), concat("damaged: ", what)); }
  /// True if the bytes were there, false if the input was stopped; else throws Error(truncated).
  bool arrived(bool complete, std::string_view what) const {
    if (complete || in.stopped()) return complete;
    throw Error(ErrorKind::truncated, place(), concat("input ends ", what, "; rows before it are intact"),
                "run its producer again");
  }

  RecordInput in;
  ReadOptions options;
  bool ranged;
  Phase phase = Phase::between_segments;
  bool more = false;  // the last END said that another segment follows
  StreamTotals totals;
  uint64_t skipped_rows = 0, skipped_untimed = 0;
  uint64_t blocks = 0, rows = 0;  // of the whole input, before the next block

  SegmentTally tally;
  std::optional<Path> time_path;
  bool any_time_path = false;
  std::optional<IndexBuilder> rebuilt_index;
  std::optional<std::vector<SegmentInfo>> segments;  // of a seekable input, once asked for
  std::optional<IndexedSegment> indexed;             // the current segment, where it is read by its INDEX
};

std::optional<RawBlock> StreamReader::State::next() {
  std::optional<RawBlock> block;
  while (phase != Phase::done && !block) {
    if (indexed) {
      if (!next_indexed(block)) phase = Phase::done;
      continue;
    }
    HeaderBytes bytes;
    uint64_t offset = in.offset();
    std::size_t got = in.read(bytes);
    if (got < bytes.size()) {
      end_input(std::span(bytes).first(got));
      continue;
    }
    if (offset == 0 && !begins_like_record(bytes)) throw not_a_stream(bytes, in.input().name());
    RecordPrefix prefix = read_prefix(bytes, place());
    bool more_to_come = true;
    switch (static_cast<RecordType>(prefix.type)) {
      case RecordType::header:
        more_to_come = open_segment(bytes, prefix.body_bytes);
        break;
      case RecordType::block:
        more_to_come = read_block(bytes, block);
        break;
      case RecordType::index:
        more_to_come = pass_index(bytes);
        break;
      case RecordType::end:
        close_segment(bytes);
        break;
      default:
        more_to_come = pass_unknown(prefix, bytes);
    }
    if (!more_to_come) phase = Phase::done;
  }
  return block;
}

/// The input ended with `part` of a record header.
void StreamReader::State::end_input(std::span<const uint8_t> part) {
  if (in.stopped()) {
    phase = Phase::done;
    return;
  }
  if (!begins_like_record(part)) {
    if (in.offset() == part.size()) throw not_a_stream(part, in.input().name());
    throw not_a_record(part, place());
  }
  if (!part.empty()) arrived(false, "inside a record");
  if (in.offset() == 0)
    throw Error(ErrorKind::truncated, in.input().name(), "no bytes at all: its producer died before it wrote anything",
                "run its producer again");
  if (phase != Phase::between_segments) arrived(false, "without END");
  if (more) arrived(false, "where its producer said more would follow");
  phase = Phase::done;
}

bool StreamReader::State::open_segment(std::span<const uint8_t> header, uint64_t body_bytes) {
  if (phase != Phase::between_segments) throw damage("a HEADER inside a segment");
  if (body_bytes > kMaxPathBytes)
    throw damage(concat("bytes of the event-time field over the limit of ", kMaxPathBytes, ": ", body_bytes));
  uint64_t segment_offset = in.offset() - kRecordHeaderBytes;
  Buffer body;
  if (!arrived(in.read_body(body, body_bytes), "inside a HEADER")) return false;
  time_path = read_header(header, body, place()).time_path;
  any_time_path |= time_path.has_value();
  tally = SegmentTally();
  tally.add_record(header, body_bytes);
  if (options.verify_index) rebuilt_index.emplace();
  phase = Phase::in_segment;
  if ((ranged || options.filter) && in.seekable()) plan_by_index(segment_offset);
  return true;
}

void StreamReader::State::plan_by_index(uint64_t segment_offset) {
  if (!segments) {
    segments.emplace();
    try {
      *segments = list_segments(in.input());
    } catch (const Error&) {
      // A cut or damaged input: reading on finds the place and names the last good row.
    }
  }
  for (const SegmentInfo& segment : *segments)
    if (segment.offset == segment_offset)
      indexed = IndexedSegment::plan(in.input(), segment, {options.since, options.until, options.filter.get()});
}

void StreamReader::State::count(const BlockHeader& header) {
  blocks++;
  rows += header.rows;
}

bool StreamReader::State::read_block(std::span<const uint8_t> bytes, std::optional<RawBlock>& block) {
  if (phase != Phase::in_segment)
    throw damage(phase == Phase::after_index ? "a block behind the INDEX" : "a block before HEADER");
  BlockHeader header = read_block_header(bytes, place());
  if (header.sequence != tally.blocks())
    throw damage(concat("block number ", header.sequence, " of its segment stands where ", tally.blocks(), " should"));
  uint64_t offset = tally.bytes();
  tally.add_record(bytes, header.body_bytes);
  tally.add_block(header);
  if (ranged && header.rows > 0 && !may_hold_time(header, options.since, options.until)) {
    if (!arrived(in.skip(header.body_bytes), "inside a block")) return false;
    skip_rows(header.rows, header.timed_rows);
    count(header);
    return true;
  }
  if (!load_body(header, block)) return false;
  if (rebuilt_index && block) rebuilt_index->add(offset, header, block->meta->paths, block->meta->chunks);
  return true;
}

/// Without a time range no row is left out for want of a time.
void StreamReader::State::skip_rows(uint32_t all, uint32_t timed) {
  skipped_rows += ranged ? timed : all;
  if (ranged) skipped_untimed += all - timed;
}

/// Whether a block whose meta part is known need not be opened.
bool StreamReader::State::filtered(const RawBlock& block) {
  if (!options.filter || block.header.rows == 0 || (block.header.flags & kBlockHasWatermark)) return false;
  std::vector<ColumnBounds> columns;
  for (std::size_t i = 1; i < block.meta->chunks.size(); i++) {
    const ChunkEntry& entry = block.meta->chunks[i];
    columns.push_back({&block.meta->paths[entry.path], entry.type, entry.values, &entry.zone});
  }
  return !options.filter->wants(columns, true);
}

/// Reads what is needed of a body that comes next; no block where the filter does not want it.
bool StreamReader::State::load_body(const BlockHeader& header, std::optional<RawBlock>& block) {
  RawBlock raw;
  raw.header = header;
  raw.time_path = time_path;
  raw.first_row = rows;
  raw.segment = totals.segments;
  raw.place = place();
  const bool partial = options.partial_bodies && !options.projection.all;
  const uint64_t behind_meta = header.body_bytes - header.meta_stored;
  bool loaded;
  if (in.seekable() && (partial || options.filter) && header.body_bytes > kGapBytes) {
    if (!load_meta(raw)) return false;
    if (filtered(raw)) {
      loaded = arrived(in.skip(behind_meta), "inside a block");
    } else {
      if (partial)
        loaded = load_wanted_chunks(raw);
      else
        loaded = arrived(in.append_body(raw.body, behind_meta), "inside a block");
      if (loaded) block = std::move(raw);
    }
  } else {
    loaded = load_meta(raw) && arrived(in.append_body(raw.body, behind_meta), "inside a block");
    if (loaded && !filtered(raw)) block = std::move(raw);
  }
  if (!loaded) return false;
  count(header);
  if (!block) skip_rows(header.rows, header.timed_rows);
  return true;
}

bool StreamReader::State::load_meta(RawBlock& block) {
  if (!arrived(in.read_body(block.body, block.header.meta_stored), "inside a block")) return false;
  block.meta = std::make_shared<const BlockMeta>(read_block_meta(block.header, block.body, block.place));
  return true;
}

/// Of the chunks that come next, those that the projection needs.
bool StreamReader::State::load_wanted_chunks(RawBlock& block) {
  block.body.clear();
  uint64_t chunks_at = in.offset();
  if (!arrived(in.skip(block.header.body_bytes - block.header.meta_stored), "inside a block")) return false;

  const auto& chunks = block.meta->chunks;
  std::vector<uint8_t> wanted = wanted_chunks(*block.meta, time_path, options.projection);
  block.partial = true;
  block.chunk_at.assign(chunks.size(), RawBlock::kNoChunk);
  uint64_t run_begin = 0, run_end = 0;  // of the chunks' part of the body, not read yet
  auto read_run = [&] {
    std::size_t n = static_cast<std::size_t>(run_end - run_begin);
    return in.read_at({block.body.extend(n), n}, chunks_at + run_begin) == n;
  };
  for (std::size_t i = 0; i < chunks.size(); i++) {
    const ChunkEntry& entry = chunks[i];
    if (!wanted[i]) continue;
    if (entry.offset > run_end + kGapBytes || run_end == run_begin) {
      if (!arrived(read_run(), "inside a block")) return false;
      run_begin = entry.offset;
    }
    run_end = entry.offset + entry.stored_bytes;
    block.chunk_at[i] = block.body.size() + (entry.offset - run_begin);
  }
  return arrived(read_run(), "inside a block");
}

bool StreamReader::State::pass_index(std::span<const uint8_t> bytes) {
  if (phase != Phase::in_segment) throw damage("an INDEX out of its place");
  IndexHeader header = read_index_header(bytes, place());
  if (header.blocks != tally.blocks())
    throw damage(concat("the INDEX says ", header.blocks, " blocks, but there are ", tally.blocks()));
  Buffer body, scratch;
  if (!arrived(in.read_body(body, header.body_bytes), "inside an INDEX")) return false;
  auto raw = open_index(header, body, scratch, place());
  if (rebuilt_index) {
    Buffer expected = rebuilt_index->raw();
    if (expected.size() != raw.size() || std::memcmp(expected.data(), raw.data(), raw.size()) != 0)
      throw damage("the INDEX is not that of the blocks");
  }
  tally.add_record(bytes, header.body_bytes);
  tally.mark_index(header.body_bytes);
  phase = Phase::after_index;
  return true;
}

bool StreamReader::State::pass_unknown(const RecordPrefix& prefix, std::span<const uint8_t> bytes) {
  bool optional = prefix.type >= 'a' && prefix.type <= 'z';
  if (!optional)
    throw Error(ErrorKind::corrupt, place(), concat("a record of unknown type ", prefix.type), "use a newer evkit");
  if (phase != Phase::in_segment) throw damage("a record outside of a segment");
  tally.add_record(bytes, prefix.body_bytes);
  return arrived(in.skip(prefix.body_bytes), "inside a record");
}

void StreamReader::State::close_segment(std::span<const uint8_t> bytes) {
  if (phase == Phase::between_segments) throw damage("an END outside of a segment");
  EndRecord end = read_end(bytes, place());
  tally.verify(end, place());
  end_segment(end);
}

void StreamReader::State::end_segment(const EndRecord& end) {
  verify_ledger(end, place());
  if (end.status == EndStatus::abort)
    throw Error(ErrorKind::truncated, place(),
                concat("its producer gave up with exit status ", end.reason, "; rows before it are intact"),
                "run its producer again");
  totals.segments++;
  totals.blocks += end.blocks;
  totals.rows += end.rows;
  totals.raw_bytes += end.raw_bytes;
  totals.digest += end.digest;
  totals.ledger += end.ledger;
  totals.flags |= end.flags & ~kEndMore;
  more = (end.flags & kEndMore) != 0;
  phase = Phase::between_segments;
}

/// The next needed block of a segment that is read by its INDEX, or the end of that segment.
bool StreamReader::State::next_indexed(std::optional<RawBlock>& block) {
  IndexedSegment::Skipped skipped;
  const IndexedBlock* entry = indexed->next(skipped);
  blocks += skipped.blocks;
  rows += skipped.rows;
  skipped_rows += ranged ? skipped.timed : skipped.rows;
  if (ranged) skipped_untimed += skipped.rows - skipped.timed;
  const SegmentInfo& segment = indexed->segment();
  if (!entry) {
    in.seek(segment.offset + segment.end.segment_bytes);
    end_segment(segment.end);
    indexed.reset();
    return true;
  }
  in.seek(indexed->offset());
  HeaderBytes bytes;
  if (!arrived(in.read(bytes) == bytes.size(), "inside a block")) return false;
  if (read_prefix(bytes, place()).type != static_cast<uint8_t>(RecordType::block))
    throw damage("the INDEX points to a block that is none");
  BlockHeader header = read_block_header(bytes, place());
  indexed->verify(header, place());
  return load_body(header, block);
}

StreamReader::StreamReader(std::unique_ptr<Input> input, ReadOptions options)
    : state_(std::make_unique<State>(std::move(input), std::move(options))) {}
StreamReader::~StreamReader() = default;
std::optional<RawBlock> StreamReader::next() {
  return state_->next();
}
const StreamTotals& StreamReader::totals() const {
  return state_->totals;
}
bool StreamReader::has_event_time() const {
  return state_->any_time_path;
}
uint64_t StreamReader::skipped_rows() const {
  return state_->skipped_rows;
}
uint64_t StreamReader::skipped_untimed() const {
  return state_->skipped_untimed;
}
uint64_t StreamReader::position() const {
  return state_->in.offset();
}
const Input& StreamReader::input() const {
  return state_->in.input();
}
Input& StreamReader::input() {
  return state_->in.input();
}

}  // namespace ev
