// Blocks skipped by time, from headers and from the INDEX: the same rows and counts as reading and filtering.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "stream/check.h"
#include "stream/index.h"
#include "stream/reseal.h"
#include "stream/sample_events.h"

namespace ev {
namespace {

constexpr uint32_t kBlocks = 200, kRows = 23;

const std::string& long_sample() {
  static const std::string stream = sample_stream(kBlocks, kRows);
  return stream;
}

int64_t time_of(uint32_t row) {
  return kSampleStart + row * kSampleStep;
}
bool timed(uint32_t row) {
  return row % 11 != 5;
}

ReadOptions between(int64_t since, int64_t until) {
  ReadOptions options;
  options.since = since;
  options.until = until;
  return options;
}

/// Rows of the long sample in blocks that hold a timed row in the range, by looking at each row.
std::vector<std::string> expected_rows(int64_t since, int64_t until) {
  std::vector<std::string> rows;
  for (uint32_t b = 0; b < kBlocks; b++) {
    bool held = false;
    for (uint32_t i = b * kRows; i < (b + 1) * kRows; i++)
      held |= timed(i) && time_of(i) >= since && time_of(i) < until;
    if (!held) continue;
    for (std::string& row : row_texts(sample_batch(b * kRows, kRows))) rows.push_back(std::move(row));
  }
  return rows;
}

void check_range(const std::string& stream, int64_t since, int64_t until) {
  CAPTURE(since);
  CAPTURE(until);
  Outcome seeking = read_all(stream, between(since, until));
  Outcome piped = read_all(trickle_input(stream, 5000), between(since, until));
  CHECK(!seeking.error);
  CHECK(!piped.error);
  CHECK(seeking.rows == expected_rows(since, until));
  CHECK(piped.rows == seeking.rows);
  CHECK(piped.skipped == seeking.skipped);
  CHECK(piped.untimed == seeking.untimed);
  CHECK(piped.rows.size() + piped.skipped + piped.untimed == kBlocks * kRows);
  CHECK(piped.totals.rows == kBlocks * kRows);
  CHECK(seeking.totals.rows == piped.totals.rows);
  CHECK(seeking.totals.digest == piped.totals.digest);
}

}  // namespace

TEST_CASE("skipping by time gives what filtering would") {
  constexpr int64_t kLow = std::numeric_limits<int64_t>::min(), kHigh = std::numeric_limits<int64_t>::max();
  for (auto [first, last] : {std::pair(0u, 10u), {50u, 51u}, {1000u, 1400u}, {2000u, 4600u}, {4590u, 4600u}}) {
    check_range(long_sample(), time_of(first), time_of(last));
    check_range(long_sample(), time_of(first), time_of(first));
  }
  check_range(long_sample(), kLow, time_of(100));
  check_range(long_sample(), time_of(4500), kHigh);
  check_range(long_sample(), kLow, kLow);
  check_range(long_sample(), kLow, kHigh);
}

TEST_CASE("untimed rows of skipped blocks are counted apart") {
  Outcome outcome = read_all(long_sample(), between(0, 1));
  CHECK(outcome.rows.empty());
  uint64_t untimed = 0;
  for (uint32_t i = 0; i < kBlocks * kRows; i++) untimed += !timed(i);
  CHECK(outcome.untimed == untimed);
  CHECK(outcome.skipped == kBlocks * kRows - untimed);
}

TEST_CASE("the INDEX saves reading") {
  uint64_t bytes_read = 0;
  Outcome outcome = read_all(counting_input(long_sample(), bytes_read), between(time_of(1000), time_of(1010)));
  CHECK(!outcome.error);
  CHECK(outcome.block_rows.size() <= 2);
  CHECK(bytes_read < long_sample().size() / 4);
}

TEST_CASE("the place of a block is the same however it was found") {
  auto first_place = [](std::unique_ptr<Input> input) {
    StreamReader reader(std::move(input), between(time_of(1000), time_of(1010)));
    auto block = reader.next();
    return std::pair(block->place.substr(block->place.find(':')), block->first_row);
  };
  CHECK(first_place(memory_input("m", long_sample())) == std::pair(std::string(": block 43, row 989"), uint64_t{989}));
  CHECK(first_place(memory_input("m", long_sample())) == first_place(trickle_input(long_sample(), 5000)));
}

TEST_CASE("joined segments are skipped by their INDEX each") {
  std::string joined = long_sample() + large_sample() + long_sample();
  auto options = between(time_of(1000), time_of(1010));
  Outcome seeking = read_all(joined, options), piped = read_all(trickle_input(joined, 5000), options);
  CHECK(!seeking.error);
  CHECK(seeking.rows == piped.rows);
  CHECK(seeking.rows.size() == 2 * kRows);
  CHECK(seeking.skipped == piped.skipped);
  CHECK(seeking.totals.ledger == piped.totals.ledger);
}

TEST_CASE("blocks of no rows are never skipped") {
  std::string bytes;
  auto out = memory_output(bytes);
  StreamWriter writer(*out);
  for (uint32_t b = 0; b < 100; b++) {
    Batch batch = sample_batch(b, b % 10 ? 1 : 0);
    batch.watermark = b;
    writer.write(encode_block(batch, {}), created(batch.rows));
  }
  writer.finish(0);
  for (bool seek : {true, false}) {
    Outcome outcome = read_all(seek ? memory_input("m", bytes) : trickle_input(bytes, 999), between(0, 1));
    CHECK(!outcome.error);
    CHECK(outcome.block_rows == std::vector<uint64_t>(10, 0));
  }
}

TEST_CASE("a damaged INDEX is corrupt for the reader that uses it") {
  std::string stream = long_sample();
  for (const RecordAt& record : records_of(stream))
    if (record.type == 'i') stream[record.offset + kRecordHeaderBytes + 1] ^= 1;
  CHECK(read_all(stream, between(time_of(1000), time_of(1010))).error == ErrorKind::corrupt);
}

TEST_CASE("an INDEX that lies is corrupt for the reader that uses it") {
  RecordAt index;
  for (const RecordAt& record : records_of(long_sample()))
    if (record.type == 'i') index = record;
  const std::size_t entry = index.offset + kRecordHeaderBytes + 43 * kIndexBlockBytes;  // of the block that is wanted
  for (std::size_t field : {0, 8, 16, 24, 32, 40}) {
    CAPTURE(field);
    std::string stream = long_sample();
    stream[entry + field] ^= 1;
    reseal(stream);
    CHECK(read_all(stream, between(time_of(1000), time_of(1010))).error == ErrorKind::corrupt);
  }
}

TEST_CASE("a cut stream is read by its headers up to the cut") {
  std::string cut = long_sample().substr(0, long_sample().size() / 2);
  Outcome outcome = read_all(cut, between(time_of(1000), time_of(1010)));
  CHECK(outcome.error == ErrorKind::truncated);
  CHECK(outcome.rows.size() == kRows);
}

TEST_CASE("the INDEX says what the blocks say") {
  auto input = memory_input("m", small_sample());
  auto segments = list_segments(*input);
  REQUIRE(segments.size() == 1);
  Index index = read_index(*input, segments[0]).value();
  StreamReader reader(memory_input("m", small_sample()), {});
  std::vector<RecordAt> records = records_of(small_sample());
  std::size_t b = 0;
  while (auto block = reader.next()) {
    REQUIRE(b < index.blocks.size());
    const IndexedBlock& entry = index.blocks[b];
    CHECK(entry.offset == records[b + 1].offset);
    CHECK(entry.bytes == records[b + 1].bytes);
    CHECK(entry.rows == block->header.rows);
    CHECK(entry.flags == block->header.flags);
    CHECK(entry.min_time == block->header.min_time);
    CHECK(entry.max_time == block->header.max_time);
    CHECK(entry.watermark == block->header.watermark);
    for (const IndexedColumn& column : index.columns) {
      const ChunkEntry* chunk = nullptr;
      for (const ChunkEntry& candidate : block->meta->chunks)
        if (candidate.path != kLayoutChunkPath && block->meta->paths[candidate.path] == column.path &&
            candidate.type == column.type)
          chunk = &candidate;
      CHECK(column.values[b] == (chunk ? chunk->values : 0));
      CHECK(column.zones[b].present == (chunk && chunk->zone.present));
      if (!chunk) continue;
      CHECK(column.zones[b].min == chunk->zone.min);
      CHECK(column.zones[b].max == chunk->zone.max);
      CHECK(column.zones[b].min_exact == chunk->zone.min_exact);
      CHECK(column.zones[b].max_exact == chunk->zone.max_exact);
    }
    b++;
  }
  CHECK(b == index.blocks.size());
  CHECK(index.columns.size() == 11);
}

TEST_CASE("a segment ends before its INDEX grows too large") {
  // Blocks of one row with 200 columns each: about 8 KB of INDEX a block.
  Batch wide;
  wide.rows = 1;
  Layout layout;
  for (uint16_t p = 0; p < 200; p++) {
    wide.paths.push_back(Path{concat("field-", p)});
    layout.push_back(p);
    Column column;
    column.path = p;
    column.type = Type::int64;
    column.words.push_back(p);
    wide.columns.push_back(std::move(column));
  }
  wide.layouts.push_back(layout);
  std::string bytes;
  auto out = memory_output(bytes);
  StreamWriter writer(*out);
  for (int b = 0; b < 600; b++) writer.write(encode_block(wide, {}), created(1));
  writer.finish(0);
  auto input = memory_input("m", bytes);
  auto segments = list_segments(*input);
  REQUIRE(segments.size() == 2);
  CHECK(segments[0].end.flags == kEndMore);
  CHECK(segments[0].end.index_bytes <= (4u << 20) + kRecordHeaderBytes);
  CHECK(segments[0].end.index_bytes > (4u << 20) - 16384);
  CHECK(segments[0].end.blocks + segments[1].end.blocks == 600);
  CHECK(read_index(*input, segments[0])->columns.size() == 200);
  CHECK(check_stream(memory_input("m", bytes), true).rows == 600);
}

TEST_CASE("the INDEX knows 256 columns at most") {
  Batch wide;
  wide.rows = 1;
  Layout layout;
  for (uint16_t p = 0; p < 300; p++) {
    wide.paths.push_back(Path{concat("field-", p)});
    layout.push_back(p);
    Column column;
    column.path = p;
    column.type = Type::int64;
    column.words.push_back(p);
    wide.columns.push_back(std::move(column));
  }
  wide.layouts.push_back(layout);
  std::string bytes;
  auto out = memory_output(bytes);
  StreamWriter writer(*out);
  writer.write(encode_block(wide, {}), created(1));
  writer.finish(0);
  auto input = memory_input("m", bytes);
  Index index = read_index(*input, list_segments(*input).at(0)).value();
  REQUIRE(index.columns.size() == kMaxIndexZoneColumns);
  CHECK(index.columns[255].path == Path{"field-255"});
  CHECK(check_stream(memory_input("m", bytes), false).rows == 1);
}

}  // namespace ev
