// One test per way to be corrupt, with checksums that hold: "WHAT A READER MUST REJECT" of ev-stream(5).
#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "event/row_digest.h"
#include "stream/block_parts.h"
#include "stream/check.h"
#include "stream/reseal.h"
#include "stream/sample_events.h"

namespace ev {
namespace {

/// Expects Error(corrupt) that says `what`.
void expect_corrupt(const Outcome& outcome, std::string_view what) {
  INFO("message: ", outcome.message);
  CHECK(outcome.error == ErrorKind::corrupt);
  CHECK(outcome.message.find(what) != std::string::npos);
}
void expect_corrupt(const std::string& stream, std::string_view what) {
  expect_corrupt(read_all(stream), what);
  expect_corrupt(read_all(trickle_input(stream, 100)), what);
}
void expect_check_corrupt(const std::string& stream, std::string_view what) {
  CHECK(!read_all(stream).error);
  try {
    check_stream(memory_input("memory", stream), false);
    FAIL("accepted");
  } catch (const Error& error) {
    INFO("message: ", error.what());
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(std::string_view(error.what()).find(what) != std::string_view::npos);
  }
}

std::size_t offset_of(const std::string& stream, char type, std::size_t n = 0) {
  for (const RecordAt& found : records_of(stream))
    if (found.type == type && n-- == 0) return found.offset;
  throw std::out_of_range("no such record");
}

/// The small sample with a field of a record's header changed and checksums recomputed.
template <class T>
std::string with_field(char type, std::size_t offset, T value, std::size_t n = 0) {
  std::string stream = small_sample();
  store(stream.data() + offset_of(stream, type, n) + offset, value);
  reseal(stream);
  return stream;
}

/// A batch of two rows {"a":1,"b":"x"}, {"a":2,"b":"y"}.
Batch two_rows() {
  Batch batch;
  batch.rows = 2;
  batch.paths = {Path{"a"}, Path{"b"}};
  batch.layouts = {{0, 1}};
  Column a, b;
  a.type = Type::int64;
  a.words.push_back(1);
  a.words.push_back(2);
  b.path = 1;
  b.type = Type::string;
  b.texts.push_back("x");
  b.texts.push_back("y");
  batch.columns.push_back(std::move(a));
  batch.columns.push_back(std::move(b));
  return batch;
}
BlockParts two_row_parts() {
  return take_apart(two_rows());
}

using Edit = std::function<void(BlockParts&)>;
std::string edited(const Edit& edit) {
  BlockParts parts = two_row_parts();
  edit(parts);
  return stream_of(parts);
}
std::string with_header(const std::function<void(BlockHeader&)>& edit) {
  return stream_of(two_row_parts(), edit);
}

/// The same stream with a record between its last block and what follows.
std::string with_record(char type, std::string_view body, bool known_to_end) {
  std::string stream = large_sample();
  std::string header(kRecordHeaderBytes, '\0');
  std::copy(kMagic.begin(), kMagic.end(), header.begin());
  header[kAtType] = type;
  store(header.data() + kAtBodyBytes, uint64_t{body.size()});
  stream.insert(offset_of(stream, 'i'), header + std::string(body));
  if (known_to_end) {
    std::size_t end = offset_of(stream, 'E');
    store(stream.data() + end + 72, uint64_t{stream.size()});
  }
  reseal(stream);
  return stream;
}

}  // namespace

TEST_CASE("the parts of a block, put together, are the block") {
  Batch batch = sample_batch(0, 50);
  EncodedBlock block = encode_block(batch, {}), again = put_together(take_apart(batch));
  CHECK(again.body == block.body);
  CHECK(write_block_header(again.header) == write_block_header(block.header));
  CHECK(!read_all(stream_of(two_row_parts())).error);
}

TEST_CASE("zero bytes are truncated") {
  Outcome outcome = read_all(std::string());
  CHECK(outcome.error == ErrorKind::truncated);
  CHECK(outcome.message.find("no bytes at all") != std::string::npos);
}

TEST_CASE("other files are told apart from event streams") {
  expect_corrupt("{\"a\":1}\n", "not an event stream: this looks like JSON");
  expect_corrupt(std::string(1000, 'x'), "not an event stream: this looks like text");
  expect_corrupt(std::string("\x1f\x8b\x08\0\0", 5), "not an event stream: this looks like gzip data");
  expect_corrupt(std::string("\x28\xb5\x2f\xfd", 4), "not an event stream: this looks like zstd data");
  expect_corrupt(std::string(300, '\0'), "not an event stream: this looks like zero bytes");
  expect_corrupt(std::string(300, '\xff'), "not an event stream: this looks like unknown binary data");
}

TEST_CASE("a wrong magic inside the stream") {
  std::string stream = small_sample();
  stream[offset_of(stream, 'B', 1)] = 'x';
  expect_corrupt(stream, "a record should begin here");
}

TEST_CASE("record checksum") {
  for (char type : {'H', 'B', 'i', 'E'}) {
    std::string stream = small_sample();
    stream[offset_of(stream, type) + 183] ^= 1;
    expect_corrupt(stream, "the checksum of a record header");
  }
}

TEST_CASE("HEADER body checksum") {
  std::string stream = small_sample();
  stream[kRecordHeaderBytes + 2] ^= 1;
  expect_corrupt(stream, "the checksum of the event-time field");
}

TEST_CASE("meta part checksum") {
  std::string stream = small_sample();
  stream[offset_of(stream, 'B') + kRecordHeaderBytes + 5] ^= 1;
  expect_corrupt(stream, "the checksum of the meta part");
}

TEST_CASE("chunk checksum") {
  std::string stream = small_sample();
  stream[offset_of(stream, 'B', 1) - 1] ^= 1;
  CHECK(read_all(stream).error == ErrorKind::corrupt);
}

TEST_CASE("INDEX checksum") {
  std::string stream = small_sample();
  stream[offset_of(stream, 'i') + kRecordHeaderBytes] ^= 1;
  expect_corrupt(stream, "the checksum of the INDEX");
}

TEST_CASE("cap: bytes of a record") {
  expect_corrupt(with_field('B', 8, uint64_t{kMaxBodyBytes + 1}), "over the limit of 268435456");
}
TEST_CASE("cap: bytes of the event-time field") {
  expect_corrupt(with_field('H', 8, uint64_t{kMaxPathBytes + 1}), "over the limit of 1048576");
}
TEST_CASE("cap: rows") {
  expect_corrupt(with_field('B', 24, kMaxBlockRows + 1), "rows of a block over the limit of 65536");
}
TEST_CASE("cap: paths") {
  expect_corrupt(with_field('B', 32, kMaxPaths + 1), "paths of a block over the limit of 4096");
}
TEST_CASE("cap: columns") {
  expect_corrupt(with_field('B', 36, kMaxColumns + 1), "columns of a block over the limit of 4096");
}
TEST_CASE("cap: layouts") {
  expect_corrupt(with_field('B', 40, uint32_t{7}), "more layouts than rows");
}
TEST_CASE("cap: stored meta part") {
  expect_corrupt(with_field('B', 44, kMaxMetaBytes + 1), "bytes of a meta part over the limit");
}
TEST_CASE("cap: raw meta part") {
  expect_corrupt(with_field('B', 48, kMaxMetaBytes + 1), "bytes of a meta part over the limit");
}
TEST_CASE("cap: raw bytes of a block") {
  expect_corrupt(with_field('B', 64, uint64_t{kMaxBlockRawBytes + 1}),
                 "raw bytes of a block over the limit of 16777216");
}
TEST_CASE("cap: raw bytes of a block of one row") {
  Batch batch = slice(two_rows(), 0, 1);
  BlockParts parts = take_apart(batch);
  auto with = [&](uint64_t raw) { return stream_of(parts, [&](BlockHeader& h) { h.raw_bytes = raw; }); };
  CHECK(!read_all(with(kMaxRowRawBytes)).error);
  expect_corrupt(with(kMaxRowRawBytes + 1), "raw bytes of a block over the limit of 67108864");
}
TEST_CASE("cap: chunk bytes") {
  auto over = kMaxChunkBytes + 1;
  CHECK(read_all(edited([&](BlockParts& p) { p.chunks[1].encoded_bytes = over; })).error == ErrorKind::corrupt);
  CHECK(read_all(edited([&](BlockParts& p) { p.chunks[1].stored_bytes = over; })).error == ErrorKind::corrupt);
}
TEST_CASE("cap: chunk bytes of a block") {
  std::string stream = edited([](BlockParts& p) {
    p.header.raw_bytes = 1000;
    for (uint8_t type = 2; type < 6; type++) {
      ChunkEntry entry = p.chunks[1];
      entry.codec = Codec::zstd;
      entry.encoded_bytes = kMaxChunkBytes;
      entry.type = static_cast<Type>(type);
      if (type == 2) {
        p.chunks[1] = entry;
      } else {
        p.chunks.insert(p.chunks.begin() + type - 1, entry);
        p.stored.insert(p.stored.begin() + type - 1, p.stored[1]);
      }
    }
  });
  expect_corrupt(stream, "bytes of the chunks over the limit of 268435456");
}
TEST_CASE("cap: values of a block") {
  std::string stream = stream_of(two_row_parts(), [](BlockHeader& h) { h.raw_bytes = 23; });
  expect_corrupt(stream, "more values than the raw bytes");
}
TEST_CASE("cap: steps of a path") {
  std::vector<std::string_view> steps(65, "s");
  expect_corrupt(edited([&](BlockParts& p) { p.paths[1] = Path(std::span<const std::string_view>(steps)); }),
                 "a path of 65 steps");
  expect_corrupt(edited([&](BlockParts& p) { p.paths[1] = Path(); }), "a path of 0 steps");
  expect_corrupt(edited([&](BlockParts& p) { p.time_path = Path(std::span<const std::string_view>(steps)); }),
                 "steps of the event-time field over the limit");
}
TEST_CASE("cap: blocks of an INDEX") {
  expect_corrupt(with_field('i', 16, kMaxSegmentBlocks + 1), "blocks of an INDEX over the limit");
}
TEST_CASE("cap: stored bytes of an INDEX") {
  expect_corrupt(with_field('i', 8, uint64_t{kMaxIndexBytes + 1}), "bytes of an INDEX over the limit");
}
TEST_CASE("cap: raw bytes of an INDEX") {
  expect_corrupt(with_field('i', 20, kMaxIndexBytes + 1), "bytes of an INDEX over the limit");
}
TEST_CASE("cap: zone columns of an INDEX") {
  std::string stream = stream_of(two_row_parts());
  std::size_t columns = offset_of(stream, 'i') + kRecordHeaderBytes + kIndexBlockBytes;
  REQUIRE(load<uint32_t>(stream.data() + columns) == 2);
  store(stream.data() + columns, kMaxIndexZoneColumns + 1);
  reseal(stream);
  auto input = memory_input("memory", stream);
  auto segments = list_segments(*input);
  CHECK_THROWS_AS(read_index(*input, segments.at(0)), Error);
}

TEST_CASE("a later major version") {
  expect_corrupt(with_field('H', 80, uint16_t{2}), "format version 2");
}
TEST_CASE("an incompatible feature") {
  expect_corrupt(with_field('H', 88, uint64_t{1} << 40), "features that this evkit does not know");
}
TEST_CASE("sequence number") {
  expect_corrupt(with_field('B', 16, uint64_t{2}, 1), "block number 2 of its segment");
}
TEST_CASE("a block before HEADER") {
  expect_corrupt(small_sample().substr(offset_of(small_sample(), 'B')), "a block before HEADER");
}
TEST_CASE("an END before HEADER") {
  expect_corrupt(small_sample().substr(offset_of(small_sample(), 'E')), "an END outside of a segment");
}
TEST_CASE("an INDEX before HEADER") {
  expect_corrupt(small_sample().substr(offset_of(small_sample(), 'i')), "an INDEX out of its place");
}
TEST_CASE("a HEADER inside a segment") {
  std::string header = small_sample().substr(0, offset_of(small_sample(), 'B'));
  expect_corrupt(header + small_sample(), "a HEADER inside a segment");
}
TEST_CASE("an unknown record that must be understood") {
  expect_corrupt(with_record('Q', "abc", true), "a record of unknown type");
}
TEST_CASE("an unknown optional record outside of a segment") {
  expect_corrupt(large_sample() + with_record('q', "abc", true).substr(offset_of(with_record('q', "abc", true), 'q')),
                 "a record outside of a segment");
}

TEST_CASE("directory out of order") {
  expect_corrupt(edited([](BlockParts& p) {
                   std::swap(p.chunks[1], p.chunks[2]);
                   std::swap(p.stored[1], p.stored[2]);
                 }),
                 "the directory is out of order");
}
TEST_CASE("a column twice") {
  expect_corrupt(edited([](BlockParts& p) {
                   p.header.raw_bytes = 1000;
                   p.chunks.insert(p.chunks.begin() + 1, p.chunks[1]);
                   p.stored.insert(p.stored.begin() + 1, p.stored[1]);
                 }),
                 "the directory is out of order");
}
TEST_CASE("a directory without row layouts") {
  CHECK(read_all(edited([](BlockParts& p) {
          p.chunks.erase(p.chunks.begin());
          p.stored.erase(p.stored.begin());
        })).error == ErrorKind::corrupt);
}
TEST_CASE("row layouts in the middle of the directory") {
  CHECK(read_all(edited([](BlockParts& p) {
          p.chunks.push_back(p.chunks[0]);
          p.stored.push_back(p.stored[0]);
        })).error == ErrorKind::corrupt);
}
TEST_CASE("an unknown type") {
  CHECK(read_all(edited([](BlockParts& p) { p.chunks[2].type = static_cast<Type>(10); })).error == ErrorKind::corrupt);
  CHECK(read_all(edited([](BlockParts& p) { p.chunks[2].type = Type::null; })).error == ErrorKind::corrupt);
}
TEST_CASE("chunks that do not fill the body") {
  expect_corrupt(edited([](BlockParts& p) { p.stored.push_back("x"); }), "the chunks do not fill the body");
  // a chunk that claims a byte that is not there
  CHECK(read_all(edited([](BlockParts& p) {
          p.chunks[2].stored_bytes++;
          p.chunks[2].encoded_bytes++;
        })).error == ErrorKind::corrupt);
}
TEST_CASE("bytes behind the directory") {
  CHECK(read_all(edited([](BlockParts& p) { p.meta_tail = "x"; })).error == ErrorKind::corrupt);
}
TEST_CASE("a meta part that ends early") {
  CHECK(read_all(with_header([](BlockHeader& h) { h.layouts = 2; })).error == ErrorKind::corrupt);
  CHECK(read_all(with_header([](BlockHeader& h) { h.paths = 3; })).error == ErrorKind::corrupt);
}
TEST_CASE("sizes of an uncompressed meta part") {
  expect_corrupt(with_header([](BlockHeader& h) { h.meta_raw++; }), "the sizes of an uncompressed meta part differ");
}
TEST_CASE("a meta part longer than its block") {
  expect_corrupt(with_header([](BlockHeader& h) { h.meta_stored = 4000; }), "a meta part longer than its block");
}
TEST_CASE("an unknown codec of the meta part") {
  expect_corrupt(with_header([](BlockHeader& h) { h.meta_codec = static_cast<Codec>(7); }), "unknown codec 7");
}
TEST_CASE("a path number of the directory out of range") {
  expect_corrupt(edited([](BlockParts& p) { p.chunks[2].path = 2; }), "a path number of the directory is out of range");
}
TEST_CASE("a path number of a layout out of range") {
  expect_corrupt(edited([](BlockParts& p) { p.layouts[0][1] = 2; }), "a path number of a layout is out of range");
}
TEST_CASE("a layout that names a path twice") {
  expect_corrupt(edited([](BlockParts& p) { p.layouts[0][1] = 0; }), "a layout names a path twice");
}
TEST_CASE("a layout of more paths than there are") {
  expect_corrupt(edited([](BlockParts& p) { p.layouts[0] = {0, 1, 0}; }), "a layout of more paths than there are");
}
TEST_CASE("a path twice") {
  expect_corrupt(edited([](BlockParts& p) { p.paths[1] = p.paths[0]; }), "a path stands twice");
}
TEST_CASE("a field name that is no UTF-8") {
  expect_corrupt(edited([](BlockParts& p) { p.paths[1] = Path{"\xff"}; }), "a field name is no UTF-8");
}
TEST_CASE("a layout number out of range") {
  expect_corrupt(edited([](BlockParts& p) {
                   Buffer numbers;
                   std::vector<uint32_t> rows = {0, 1};
                   p.chunks[0] = encode_row_layouts(rows, 2, {}, numbers);
                   p.stored[0] = as_text(numbers);
                 }),
                 "a layout number is out of range");
}
TEST_CASE("rows without a layout") {
  expect_corrupt(edited([](BlockParts& p) { p.layouts.clear(); }), "rows without a layout");
}
TEST_CASE("a value that its layout does not name") {
  expect_corrupt(edited([](BlockParts& p) { p.layouts[0] = {0}; }), "a row has a value that its layout does not name");
}
TEST_CASE("a value that the layout of its row does not name") {
  expect_corrupt(edited([](BlockParts& p) {
                   p.layouts = {{0, 1}, {0}};
                   Buffer numbers;
                   std::vector<uint32_t> rows = {0, 1};
                   p.chunks[0] = encode_row_layouts(rows, 2, {}, numbers);
                   p.stored[0] = as_text(numbers);
                 }),
                 "a row has a value that its layout does not name");
}
TEST_CASE("two values of one path in a row") {
  std::string stream = edited([](BlockParts& p) { p.chunks[2].path = 0; });
  expect_corrupt(stream, "a row has two values of one path");
  ReadOptions options;
  options.projection = {false, {"a"}};
  expect_corrupt(read_all(stream, options), "a row has two values of one path");
}
TEST_CASE("values that do not fit the rows") {
  CHECK(read_all(edited([](BlockParts& p) { p.chunks[1].values = 1; })).error == ErrorKind::corrupt);
  CHECK(read_all(edited([](BlockParts& p) { p.chunks[1].values = 3; })).error == ErrorKind::corrupt);
}
TEST_CASE("more timed rows than rows") {
  expect_corrupt(with_header([](BlockHeader& h) {
                   h.timed_rows = 3;
                   h.flags |= kBlockHasTime;
                 }),
                 "more timed rows than rows");
}
TEST_CASE("event times without timed rows") {
  expect_corrupt(with_header([](BlockHeader& h) { h.flags |= kBlockHasTime; }), "contradict each other");
  expect_corrupt(with_header([](BlockHeader& h) { h.timed_rows = 1; }), "contradict each other");
}
TEST_CASE("event times in the wrong order") {
  expect_corrupt(with_header([](BlockHeader& h) {
                   h.timed_rows = 1;
                   h.flags |= kBlockHasTime;
                   h.min_time = 2;
                   h.max_time = 1;
                 }),
                 "the smallest event time is after the largest");
}

TEST_CASE("an unknown form of a time") {
  Batch batch = sample_batch(0, 4);
  for (Column& column : batch.columns)
    if (column.type == Type::time) {
      column.forms.clear();
      column.form = 9;
    }
  expect_corrupt(stream_of(take_apart(batch)), "a time has an unknown form");
}

TEST_CASE("END: blocks") {
  expect_corrupt(with_field('E', 24, uint64_t{3}), "END says 3 blocks");
}
TEST_CASE("END: rows") {
  expect_corrupt(with_field('E', 32, uint64_t{19}), "END says 19 rows");
}
TEST_CASE("END: raw bytes") {
  expect_corrupt(with_field('E', 40, uint64_t{1}), "the raw bytes are not those of END");
}
TEST_CASE("END: digest, low half") {
  expect_corrupt(with_field('E', 48, uint64_t{1}), "the content digest is not");
}
TEST_CASE("END: digest, high half") {
  expect_corrupt(with_field('E', 56, uint64_t{1}), "the content digest is not");
}
TEST_CASE("END: header hash") {
  std::string stream = small_sample();
  std::size_t end = offset_of(stream, 'E');
  stream[end + 64] ^= 1;
  uint8_t* at = reinterpret_cast<uint8_t*>(stream.data()) + end;
  store(at + kRecordChecksumOffset, checksum64({at, kRecordChecksumOffset}));
  expect_corrupt(stream, "the hash of the record headers");
}
TEST_CASE("END: length of the segment") {
  expect_corrupt(with_field('E', 72, uint64_t{small_sample().size() + 1}), "the length of the segment");
}
TEST_CASE("END: length of the INDEX") {
  expect_corrupt(with_field('E', 80, uint64_t{0}), "the length of the INDEX");
}
TEST_CASE("END: each ledger entry") {
  for (std::size_t i = 0; i < 11; i++) {
    CAPTURE(i);
    uint64_t was = load<uint64_t>(small_sample().data() + offset_of(small_sample(), 'E') + 88 + 8 * i);
    expect_corrupt(with_field('E', 88 + 8 * i, was + 1), "the ledger does not balance");
  }
}
TEST_CASE("END: a balanced ledger of other rows") {
  std::string stream = with_field('E', 88 + 8 * 9, uint64_t{21});
  store(stream.data() + offset_of(stream, 'E') + 88 + 8 * 10, uint64_t{21});
  reseal(stream);
  expect_corrupt(stream, "the ledger says 21 rows out");
}
TEST_CASE("END: an unknown status") {
  expect_corrupt(with_field('E', 16, uint16_t{2}), "an END of unknown status 2");
}
TEST_CASE("END: a body") {
  std::string stream = small_sample() + "x";
  store(stream.data() + offset_of(small_sample(), 'E') + 8, uint64_t{1});
  reseal(stream);
  expect_corrupt(stream, "an END with a body");
}
TEST_CASE("INDEX: blocks") {
  expect_corrupt(with_field('i', 16, uint32_t{3}), "the INDEX says 3 blocks");
}
TEST_CASE("INDEX: sizes of an uncompressed one") {
  std::string stream = stream_of(two_row_parts());
  std::size_t raw = offset_of(stream, 'i') + 20;
  store(stream.data() + raw, load<uint32_t>(stream.data() + raw) + 1);
  reseal(stream);
  expect_corrupt(stream, "the sizes of an uncompressed INDEX differ");
}

// What only a full check sees, since a reader that believes checksums does not recompute it.
TEST_CASE("check: an INDEX that is not that of the blocks") {
  std::string stream = stream_of(two_row_parts());
  stream[offset_of(stream, 'i') + kRecordHeaderBytes + 16] ^= 1;
  reseal(stream);
  expect_check_corrupt(stream, "the INDEX is not that of the blocks");
}
TEST_CASE("check: digest") {
  expect_check_corrupt(with_header([](BlockHeader& h) { h.digest.lo ^= 1; }),
                       "the content digest is not that of the rows");
}
TEST_CASE("check: raw bytes") {
  expect_check_corrupt(with_header([](BlockHeader& h) { h.raw_bytes++; }), "the raw bytes are not those of the header");
}
TEST_CASE("check: event times") {
  auto timed = [](auto edit) { return stream_of(take_apart(sample_batch(0, 20)), edit); };
  expect_check_corrupt(timed([](BlockHeader& h) { h.timed_rows--; }), "the timed rows are not");
  expect_check_corrupt(timed([](BlockHeader& h) { h.min_time--; }), "the event times are not");
  expect_check_corrupt(timed([](BlockHeader& h) { h.max_time++; }), "the event times are not");
}
TEST_CASE("check: order of event times") {
  Batch batch = sample_batch(0, 20);
  std::vector<uint32_t> backwards;
  for (uint32_t row = 20; row-- > 0;) backwards.push_back(row);
  BlockParts parts = take_apart(take(batch, backwards));
  REQUIRE((parts.header.flags & kBlockSorted) == 0);
  expect_check_corrupt(stream_of(parts, [](BlockHeader& h) { h.flags |= kBlockSorted; }), "not in order of time");
}
TEST_CASE("check: text that is no UTF-8") {
  Batch batch = two_rows();
  batch.columns[1].texts.data[0] = '\xff';
  expect_check_corrupt(stream_of(take_apart(batch)), "text that is no UTF-8 in field b");
}
TEST_CASE("check: zone maps") {
  expect_check_corrupt(edited([](BlockParts& p) { p.chunks[1].zone.min[0] = 2; }),
                       "values outside of their zone map in field a");
  expect_check_corrupt(edited([](BlockParts& p) { p.chunks[1].zone.max[0] = 3; }),
                       "values outside of their zone map in field a");
  expect_check_corrupt(edited([](BlockParts& p) { p.chunks[2].zone.max[0] = 'x'; }),
                       "values outside of their zone map in field b");
}

}  // namespace ev
