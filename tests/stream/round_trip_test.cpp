// What is written is read: rows, totals, ledgers, segments, projections, blocks passed on unopened.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "event/batch_builder.h"
#include "event/edit.h"
#include "event/row_digest.h"
#include "stream/check.h"
#include "stream/reseal.h"
#include "stream/sample_events.h"

namespace ev {
namespace {

std::vector<std::string> sample_rows(uint32_t first, uint32_t rows) {
  return row_texts(sample_batch(first, rows));
}

struct Written {
  std::string bytes;
  std::unique_ptr<Output> out = memory_output(bytes);
  StreamWriter writer{*out};
  void block(const Batch& batch, Codec codec = Codec::none) {
    writer.write(encode_block(batch, {codec, 3}), created(batch.rows));
  }
};

Batch without_time(Batch batch) {
  batch.time_path = -1;
  return batch;
}

}  // namespace

TEST_CASE("rows come back, plain and compressed, from files and pipes") {
  for (Codec codec : {Codec::none, Codec::zstd}) {
    std::string stream = sample_stream(7, 300, codec);
    const std::vector<std::string> rows = sample_rows(0, 2100);
    CHECK(read_all(stream).rows == rows);
    CHECK(read_all(trickle_input(stream, 1)).rows == rows);
    CHECK(read_all(trickle_input(stream, 65536)).rows == rows);
    CHECK(stream == sample_stream(7, 300, codec));
  }
  CHECK(sample_stream(7, 300, Codec::zstd).size() < sample_stream(7, 300).size());
}

TEST_CASE("totals are those of the rows") {
  Batch all = sample_batch(0, 2100);
  for (Codec codec : {Codec::none, Codec::zstd}) {
    StreamTotals totals = read_all(sample_stream(7, 300, codec)).totals;
    CHECK(totals.segments == 1);
    CHECK(totals.blocks == 7);
    CHECK(totals.rows == 2100);
    CHECK(totals.raw_bytes == raw_bytes(all));
    CHECK(totals.digest == content_digest(all));
    CHECK(totals.ledger == created(2100));
    CHECK(totals.flags == 0);
  }
}

TEST_CASE("a cut begins a new segment, with a ledger of its own, where anything follows") {
  Written w;
  w.writer.cut();
  w.block(sample_batch(0, 10));
  Ledger rejected;
  rejected.in = rejected.rejected = 2;
  w.writer.add(rejected);
  w.writer.cut();
  w.writer.cut();
  rejected.in = rejected.rejected = 5;
  w.writer.add(rejected);
  w.block(sample_batch(10, 7));
  w.writer.cut();
  w.writer.finish(0);
  const Outcome outcome = read_all(w.bytes);
  REQUIRE(!outcome.error);
  CHECK(outcome.rows == sample_rows(0, 17));
  const std::vector<SegmentInfo> segments = list_segments(*memory_input("w", w.bytes));
  REQUIRE(segments.size() == 2);
  CHECK(segments[0].end.rows == 10);
  CHECK(segments[0].end.digest == content_digest(sample_batch(0, 10)));
  CHECK(segments[0].end.flags == kEndMore);
  CHECK(segments[0].end.ledger.rejected == 2);
  CHECK(segments[1].end.ledger.rejected == 5);
  CHECK(segments[1].end.flags == 0);
}

TEST_CASE("a stream without blocks") {
  Written w;
  w.writer.set_time_path(Path{"ts"});
  w.writer.finish(kEndLimited);
  Outcome outcome = read_all(w.bytes);
  CHECK(!outcome.error);
  CHECK(outcome.totals.blocks == 0);
  CHECK(outcome.totals.flags == kEndLimited);
  CHECK(list_segments(*memory_input("m", w.bytes)).at(0).header.time_path == Path{"ts"});
  CHECK(check_stream(memory_input("m", w.bytes), false).segments == 1);
}

TEST_CASE("a block of no rows carries its watermark") {
  Written w;
  w.block(sample_batch(0, 5));
  Batch empty = slice(sample_batch(0, 5), 0, 0);
  empty.watermark = -17;
  w.block(empty);
  w.writer.finish(0);
  StreamReader reader(memory_input("m", w.bytes), {});
  CHECK(!decode_block(reader.next().value(), {}).watermark);
  Batch read = decode_block(reader.next().value(), {});
  CHECK(read.rows == 0);
  CHECK(read.watermark == -17);
  CHECK(!reader.next());
  CHECK(reader.totals().segments == 1);
}

TEST_CASE("a watermark and the order of times are in the header") {
  Batch batch = sample_batch(0, 100);
  batch.watermark = 12345;
  EncodedBlock block = encode_block(batch, {});
  CHECK(block.header.watermark == 12345);
  CHECK(block.header.flags == (kBlockSorted | kBlockHasTime | kBlockHasWatermark));
  CHECK(block.header.min_time == kSampleStart);
  CHECK(block.header.max_time == kSampleStart + 99 * kSampleStep);
  CHECK(block.header.timed_rows == 91);
}

TEST_CASE("blocks passed on unopened keep rows and digest") {
  for (Codec codec : {Codec::none, Codec::zstd}) {
    std::string stream = sample_stream(5, 40, codec);
    Written w;
    w.block(sample_batch(1000, 3));
    ReadOptions options;
    options.partial_bodies = false;
    options.projection = {false, {"kind"}};
    StreamReader reader(memory_input("m", stream), options);
    while (auto block = reader.next()) {
      uint64_t rows = block->header.rows;
      w.writer.write(std::move(*block), created(rows));
    }
    w.writer.finish(0);
    std::vector<std::string> expected = sample_rows(1000, 3);
    for (std::string& row : sample_rows(0, 200)) expected.push_back(std::move(row));
    CHECK(read_all(w.bytes).rows == expected);
    Hash128 digest = read_all(stream).totals.digest;
    digest += content_digest(sample_batch(1000, 3));
    CHECK(w.writer.digest() == digest);
    CHECK(check_stream(memory_input("m", w.bytes), false).rows == 203);
  }
}

TEST_CASE("a block that was read in part is not passed on") {
  ReadOptions options;
  options.projection = {false, {"n"}};
  StreamReader reader(memory_input("m", sample_stream(1, 5000)), options);
  auto block = reader.next();
  REQUIRE(block->partial);
  Written w;
  CHECK_THROWS_AS(w.writer.write(std::move(*block), created(5000)), Error);
}

TEST_CASE("a projection decodes the wanted fields only, and reads little else") {
  const uint32_t rows = 5000;
  Batch all = sample_batch(0, rows);
  std::string stream = sample_stream(1, rows);
  for (std::vector<std::string> names :
       {std::vector<std::string>{"n"}, {"v", "meta.chain"}, {"tags.all"}, {"no such"}, {}}) {
    ReadOptions options;
    options.projection = {false, names};
    uint64_t bytes_read = 0;
    StreamReader reader(counting_input(stream, bytes_read), options);
    auto block = reader.next();
    Batch batch = decode_block(*block, options.projection);
    CHECK(batch.rows == rows);
    CHECK(batch.layouts.empty());
    for (std::string name : {"n", "v", "meta.chain", "tags.all", "id"}) {
      bool wanted = std::find(names.begin(), names.end(), name) != names.end();
      if (wanted) {
        CHECK(field_texts(batch, name) == field_texts(all, name));
      } else {
        CHECK(find_path(batch.paths, name) == -1);
      }
    }
    CHECK(!reader.next());
    CHECK(bytes_read < stream.size() / 2);
    StreamReader from_pipe(trickle_input(stream, 10000), options);
    Batch piped = decode_block(from_pipe.next().value(), options.projection);
    CHECK(content_digest(piped) == content_digest(batch));
    CHECK(piped.paths == batch.paths);
  }
}

TEST_CASE("events of some fields are as if they had no others, and little else is read") {
  const uint32_t rows = 5000;
  std::string stream = sample_stream(1, rows);
  for (std::vector<std::string> names : {std::vector<std::string>{"n"}, {"meta"}, {"tags.all", "v"}, {"no such"}}) {
    Batch expected = sample_batch(0, rows);
    std::vector<uint8_t> keep;
    for (const Path& path : expected.paths)
      keep.push_back(std::any_of(names.begin(), names.end(), [&](const auto& name) { return may_hold(name, path); }));
    keep_paths(expected, keep);
    ReadOptions options;
    options.projection = {false, names, false, true};
    uint64_t bytes_read = 0;
    StreamReader reader(counting_input(stream, bytes_read), options);
    const Batch batch = decode_block(*reader.next(), options.projection);
    CHECK(row_texts(batch) == row_texts(expected));
    CHECK(batch.paths == expected.paths);
    CHECK(!reader.next());
    CHECK(bytes_read < stream.size() * 3 / 4);
    StreamReader from_pipe(trickle_input(stream, 10000), options);
    CHECK(row_texts(decode_block(*from_pipe.next(), options.projection)) == row_texts(expected));
  }
}

TEST_CASE("a projection with the event time decodes its column, whatever its name") {
  std::string stream = sample_stream(2, 3000);
  ReadOptions options;
  options.projection = {false, {"n"}, true};
  StreamReader reader(memory_input("m", stream), options);
  Batch batch = decode_block(reader.next().value(), options.projection);
  REQUIRE(batch.time_column());
  CHECK(batch.paths.size() == 2);
  CHECK(time_range(batch).timed == time_range(sample_batch(0, 3000)).timed);
}

TEST_CASE("a state that may be a formula brings the other states of its block, one that is none does not") {
  const uint32_t rows = 3000;
  BatchBuilder builder;
  std::vector<uint32_t> paths;
  for (const char* name : {"k", "half", "n", "note"}) paths.push_back(builder.path(Path::key(name)));
  const uint32_t layout = builder.layout(paths);
  const std::vector<Type> types = {Type::string, Type::state, Type::state, Type::string};
  for (uint32_t row = 0; row < rows; row++) {
    const std::vector<std::string> texts = {concat("k", row), "\x0d\x01n / 2", concat("\x01\x01", row * 7919), "note"};
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < texts.size(); i++)
      cells.push_back({builder.column(paths[i], types[i]), static_cast<uint32_t>(texts[i].size()),
                       reinterpret_cast<uint64_t>(texts[i].data())});
    builder.append(layout, cells);
  }
  Written written;
  written.block(builder.finish(-1));
  written.writer.finish(0);
  const auto fields_read = [&](const std::string& name, bool events) {
    ReadOptions options;
    options.projection = {false, {name}, false, events};
    StreamReader reader(memory_input("m", written.bytes), options);
    const Batch batch = decode_block(*reader.next(), options.projection);
    std::string read;
    for (const Column& column : batch.columns) read += batch.paths[column.path].name() + " ";
    return read;
  };
  for (bool events : {false, true}) {
    CHECK(fields_read("half", events) == "half n ");
    CHECK(fields_read("n", events) == "n ");
    CHECK(fields_read("k", events) == "k ");
  }
}

TEST_CASE("a name in backquotes chooses the one key with a dot") {
  CHECK(Projection{false, {"`tags.all`"}}.wants(Path{"tags.all"}));
  CHECK(!Projection{false, {"`tags.all`"}}.wants(Path{"tags", "all"}));
  CHECK(Projection{false, {"tags.all"}}.wants(Path{"tags", "all"}));
  CHECK(Projection{}.wants(Path{"x"}));
}

TEST_CASE("damage in an unwanted column goes unnoticed, but END is verified") {
  std::string stream = sample_stream(1, 5000);
  ReadOptions options;
  options.projection = {false, {"n"}};
  StreamReader reader(memory_input("m", stream), options);
  auto block = reader.next();
  const ChunkEntry* unwanted = nullptr;
  for (const ChunkEntry& entry : block->meta->chunks)
    if (entry.path != kLayoutChunkPath && block->meta->paths[entry.path] == Path{"id"}) unwanted = &entry;
  REQUIRE(unwanted);
  RecordAt record = records_of(stream)[1];
  stream[record.offset + kRecordHeaderBytes + block->header.meta_stored + unwanted->offset + 100] ^= 1;
  CHECK(!read_all(stream, options).error);
  CHECK(read_all(stream).error == ErrorKind::corrupt);
  CHECK_NOTHROW(check_stream(memory_input("m", stream), true));
  CHECK_THROWS_AS(check_stream(memory_input("m", stream), false), Error);
  stream[record.offset + 17] ^= 1;
  CHECK(read_all(stream, options).error == ErrorKind::corrupt);
}

TEST_CASE("an unknown encoding fails only where its column is needed") {
  // Rows without the field and with it, told apart by the encoding in the directory.
  std::string stream = sample_stream(1, 50);
  RecordAt record = records_of(stream)[1];
  uint32_t meta = load<uint32_t>(stream.data() + record.offset + kAtMetaStored);
  char* last_entry = stream.data() + record.offset + kRecordHeaderBytes + meta - kChunkEntryBytes;
  last_entry[3] = 99;
  reseal(stream);
  StreamReader reader(memory_input("m", stream), {});
  auto block = reader.next();
  std::string field = block->meta->paths[block->meta->chunks.back().path].name();
  ReadOptions needed, other;
  needed.projection = {false, {field}};
  other.projection = {false, {"kind"}};
  REQUIRE(field != "kind");
  CHECK(read_all(stream, needed).error == ErrorKind::corrupt);
  CHECK(!read_all(stream, other).error);
}

TEST_CASE("reserved bytes, unknown flags, compatible features and minor versions are ignored") {
  std::string stream = small_sample();
  for (const RecordAt& record : records_of(stream)) {
    char* at = stream.data() + record.offset;
    if (record.type == 'H') {
      at[82] = 9;  // minor version
      at[96] = 1;  // compatible feature
      at[150] = 1;
    }
    if (record.type == 'B') at[53] = at[130] = 1;
    if (record.type == 'i') at[25] = at[100] = 1;
    if (record.type == 'E') at[20] = at[180] = 1;
    at[7] = 0x40;  // an unknown flag
  }
  reseal(stream);
  Outcome outcome = read_all(stream);
  INFO(outcome.message);
  CHECK(!outcome.error);
  CHECK(outcome.rows == read_all(small_sample()).rows);
}

TEST_CASE("an unknown optional record is skipped") {
  std::string stream = large_sample();
  std::vector<RecordAt> records = records_of(stream);
  std::string extra(kRecordHeaderBytes, '\0');
  std::copy(kMagic.begin(), kMagic.end(), extra.begin());
  extra[kAtType] = 'q';
  store(extra.data() + kAtBodyBytes, uint64_t{3});
  extra += "abc";
  stream.insert(records[13].offset, extra);
  store(stream.data() + stream.size() - kRecordHeaderBytes + 72, uint64_t{stream.size()});
  reseal(stream);
  CHECK(read_all(stream).rows == read_all(large_sample()).rows);
  CHECK(read_all(trickle_input(stream, 50)).rows == read_all(large_sample()).rows);
}

TEST_CASE("joined files are a stream") {
  std::string joined = large_sample() + small_sample() + large_sample();
  Outcome outcome = read_all(joined);
  CHECK(!outcome.error);
  CHECK(outcome.totals.segments == 3);
  CHECK(outcome.rows.size() == 2 * 12 * kLargeBlockRows + 36);
  CHECK(outcome.totals.ledger == created(2 * 12 * kLargeBlockRows + 36));
  CHECK(check_stream(memory_input("m", joined), false).segments == 3);
  auto segments = list_segments(*memory_input("m", joined));
  REQUIRE(segments.size() == 3);
  CHECK(segments[1].offset == large_sample().size());
  CHECK(segments[2].offset == large_sample().size() + small_sample().size());
  CHECK(segments[1].end.rows == 36);
}

TEST_CASE("a block whose rows lack the event-time field stays in the segment") {
  Written w;
  BatchBuilder builder;
  uint32_t path = builder.path(Path{"other"}), column = builder.column(path, Type::int64), layout = builder.layout({&path, 1});
  const Cell one{column, 0, 1};
  builder.append(layout, {&one, 1});
  w.block(sample_batch(0, 5));
  w.block(builder.finish(-1));
  w.block(sample_batch(5, 5));
  w.writer.finish(0);
  CHECK(list_segments(*memory_input("m", w.bytes)).size() == 1);
  CHECK(check_stream(memory_input("m", w.bytes), false).rows == 11);
}

TEST_CASE("a column of empty texts alone passes the full check") {
  Written w;
  BatchBuilder builder;
  uint32_t path = builder.path(Path{"empty"}), column = builder.column(path, Type::string), layout = builder.layout({&path, 1});
  const Cell empty{column, 0, 0};
  for (int i = 0; i < 3; i++) builder.append(layout, {&empty, 1});
  w.block(builder.finish(-1));
  w.writer.finish(0);
  CHECK(check_stream(memory_input("m", w.bytes), false).rows == 3);
}

TEST_CASE("a change of the event-time field begins a segment") {
  Written w;
  w.block(sample_batch(0, 5));
  w.block(without_time(sample_batch(5, 5)));
  w.block(without_time(sample_batch(10, 5)));
  w.block(slice(sample_batch(0, 1), 0, 0));
  w.block(sample_batch(15, 5));
  w.writer.finish(kEndInterrupted);
  CHECK(read_all(w.bytes).rows.size() == 20);
  auto segments = list_segments(*memory_input("m", w.bytes));
  REQUIRE(segments.size() == 3);
  CHECK(segments[0].end.flags == kEndMore);
  CHECK(segments[1].end.flags == kEndMore);
  CHECK(segments[2].end.flags == kEndInterrupted);
  CHECK(segments[0].header.time_path == Path{"ts"});
  CHECK(!segments[1].header.time_path);
  CHECK(segments[1].end.blocks == 3);
  CHECK(check_stream(memory_input("m", w.bytes), false).flags == kEndInterrupted);
}

TEST_CASE("the end of input after MORE is truncated") {
  Written w;
  w.block(sample_batch(0, 5));
  w.block(without_time(sample_batch(5, 5)));
  w.writer.finish(0);
  auto segments = list_segments(*memory_input("m", w.bytes));
  std::string cut = w.bytes.substr(0, segments.at(1).offset);
  Outcome outcome = read_all(cut);
  CHECK(outcome.error == ErrorKind::truncated);
  CHECK(outcome.rows.size() == 5);
  CHECK(outcome.message.find("more would follow") != std::string::npos);
  CHECK_THROWS_AS(list_segments(*memory_input("m", cut)), Error);
}

TEST_CASE("ABORT is truncated, after its rows") {
  Written w;
  w.block(sample_batch(0, 5));
  Ledger half;
  half.in = 7;  // seven came in, nothing is known of them yet
  w.writer.add(half);
  w.writer.abort(74);
  Outcome outcome = read_all(w.bytes);
  CHECK(outcome.error == ErrorKind::truncated);
  CHECK(outcome.rows.size() == 5);
  CHECK(outcome.message.find("gave up with exit status 74") != std::string::npos);
}

TEST_CASE("ABORT before the first block") {
  Written w;
  w.writer.abort(65);
  CHECK(read_all(w.bytes).error == ErrorKind::truncated);
}

TEST_CASE("a stream without finish() has no END") {
  Written w;
  w.block(sample_batch(0, 5));
  Outcome outcome = read_all(w.bytes);
  CHECK(outcome.error == ErrorKind::truncated);
  CHECK(outcome.rows.size() == 5);
}

TEST_CASE("a ledger that does not balance is a bug") {
  Written w;
  w.block(sample_batch(0, 5));
  Ledger wrong;
  wrong.in = 1;
  w.writer.add(wrong);
  CHECK_THROWS_AS(w.writer.finish(0), Error);
}

TEST_CASE("a block whose rows are not in the ledger is a bug") {
  Written w;
  CHECK_THROWS_AS(w.writer.write(encode_block(sample_batch(0, 5), {}), created(4)), Error);
}

TEST_CASE("each segment's ledger balances, also where a batch was cut between them") {
  Written w;
  Ledger first, second;
  first.in = 12;  // of both blocks, and two that were filtered
  first.filtered = 2;
  first.passed = first.out = 5;
  second.passed = second.out = 5;
  w.writer.write(encode_block(sample_batch(0, 5), {}), first);
  w.writer.write(encode_block(without_time(sample_batch(5, 5)), {}), second);
  w.writer.finish(0);
  auto segments = list_segments(*memory_input("m", w.bytes));
  CHECK(segments.at(0).end.ledger.in == 7);
  CHECK(segments.at(1).end.ledger.in == 5);
  Ledger total = read_all(w.bytes).totals.ledger;
  CHECK(total == w.writer.ledger());
  CHECK(total.in == 12);
}

TEST_CASE("a ledger prints all of its entries") {
  Ledger ledger{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  CHECK(
      ledger.json() ==
      R"({"in":1,"passed":2,"filtered":3,"duplicate":4,"rejected":5,"late":6,"untimed":7,"absorbed":8,"applied":9,"out":10,"created":11})");
  CHECK(!ledger.balanced());
  CHECK(created(3).balanced());
  Ledger sum = ledger;
  sum += ledger;
  CHECK(sum == Ledger{2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22});
}

TEST_CASE("a batch over the caps of a block is a bug") {
  Batch batch = sample_batch(0, 2);
  batch.layouts.resize(3);
  CHECK_THROWS_AS(encode_block(batch, {}), Error);
}

}  // namespace ev
