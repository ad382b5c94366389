#include "source/source.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "io/output.h"
#include "stream/writer.h"

using namespace ev;
namespace fs = std::filesystem;

namespace {

/// A folder that goes with the test.
struct Folder {
  fs::path path = fs::temp_directory_path() / ("ev-source-test-" + std::to_string(getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() { fs::remove_all(path); }
  std::string file(const std::string& name, const std::string& bytes) const {
    std::ofstream(path / name, std::ios::binary) << bytes;
    return path / name;
  }
};

SourceOptions options_for(std::vector<std::string> paths) {
  SourceOptions options;
  options.paths = std::move(paths);
  return options;
}

struct Taken {
  uint64_t rows = 0, blocks = 0;
  Ledger ledger;
  std::vector<Batch> batches;
};

Taken take_all(Source& source) {
  Taken taken;
  while (std::optional<SourceUnit> unit = source.next()) {
    SourceItem item = source.open(std::move(*unit), 0);
    taken.ledger += item.ledger;
    if (item.block) {
      taken.blocks++;
      taken.rows += item.block->header.rows;
    } else {
      taken.rows += item.batch->rows;
      taken.batches.push_back(std::move(*item.batch));
    }
  }
  taken.ledger += source.skipped();
  return taken;
}

/// JSON lines as a stream with blocks of `rows`.
std::string stream_of(const Folder& folder, const std::string& lines, uint32_t rows) {
  SourceOptions options = options_for({folder.file("to-stream.jsonl", lines)});
  options.block_rows = rows;
  Source source(options);
  std::string bytes;
  std::unique_ptr<Output> out = memory_output(bytes);
  StreamWriter writer(*out);
  for (Batch& batch : take_all(source).batches) {
    Ledger ledger;
    ledger.in = ledger.passed = ledger.out = batch.rows;
    writer.write(encode_block(batch, {}), ledger);
  }
  writer.finish(0);
  out->finish();
  return bytes;
}

std::string timed_lines(int from, int to) {
  std::string lines;
  for (int i = from; i < to; i++) lines += "{\"n\":" + std::to_string(i) + ",\"ts\":" + std::to_string(1717200000 + i) + "}\n";
  return lines;
}

int64_t at(int n) { return (int64_t{1717200000} + n) * 1'000'000'000; }

}  // namespace

TEST_CASE("text and streams give the same rows") {
  Folder folder;
  std::string text = folder.file("a.jsonl", timed_lines(0, 100));
  std::string stream = folder.file("a.ev", stream_of(folder, timed_lines(0, 100), 30));
  Source from_text(options_for({text})), from_stream(options_for({stream}));
  Taken a = take_all(from_text), b = take_all(from_stream);
  CHECK(a.rows == 100);
  CHECK(b.rows == 100);
  CHECK(a.ledger == b.ledger);
}

TEST_CASE("a time range drops rows outside, untimed ones too, and counts both") {
  Folder folder;
  std::string lines = timed_lines(0, 50) + "{\"n\":1}\n{\"n\":2,\"ts\":null}\n" + timed_lines(50, 100);
  std::string stream = folder.file("a.ev", stream_of(folder, lines, 10));
  for (const std::string& path : {folder.file("a.jsonl", lines), stream})
    for (bool pass : {false, true}) {
      SourceOptions options = options_for({path});
      options.pass_blocks = pass;
      options.since = at(20);
      options.until = at(60);
      Source source(options);
      Taken taken = take_all(source);
      CHECK(taken.rows == 40);
      CHECK(taken.ledger.in == 102);
      CHECK(taken.ledger.filtered == 60);
      CHECK(taken.ledger.untimed == 2);
      if (pass && path == stream) CHECK(taken.blocks >= 2);
    }
}

TEST_CASE("an input without event time refuses a time range") {
  Folder folder;
  std::string lines = "{\"n\":1}\n";
  for (int i = 0; i < 1100; i++) lines += "{\"n\":2}\n";
  for (const std::string& path : {folder.file("a.jsonl", lines), folder.file("a.ev", stream_of(folder, lines, 10))}) {
    SourceOptions options = options_for({path});
    options.since = 0;
    Source source(options);
    try {
      take_all(source);
      FAIL("accepted");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::usage);
    }
  }
}

TEST_CASE("inputs are read in their order, streams and text side by side") {
  Folder folder;
  std::string a = folder.file("a.jsonl", timed_lines(0, 5)), b = folder.file("b.ev", stream_of(folder, timed_lines(5, 9), 2));
  Source source(options_for({a, b}));
  Taken taken = take_all(source);
  CHECK(taken.rows == 9);
  CHECK(taken.batches[0].rows == 5);
}

TEST_CASE("what is neither stream nor JSON lines says what it looks like") {
  Folder folder;
  Source source(options_for({folder.file("a.csv", "id,name\n1,x\n2,y\n")}));
  try {
    source.next();
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(std::string(error.what()).find("csv") != std::string::npos);
  }
}

TEST_CASE("zero bytes are an empty log to ingest and a dead producer to the others") {
  Folder folder;
  std::string path = folder.file("empty", "");
  SourceOptions ingest = options_for({path});
  ingest.text_only = true;
  Source log(ingest);
  CHECK(take_all(log).rows == 0);
  Source stream(options_for({path}));
  try {
    stream.next();
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::truncated);
  }
}

TEST_CASE("ingest refuses an event stream") {
  Folder folder;
  SourceOptions options = options_for({folder.file("a.ev", stream_of(folder, timed_lines(0, 3), 10))});
  options.text_only = true;
  Source source(options);
  CHECK_THROWS_AS(source.next(), Error);
}

TEST_CASE("accept_partial takes what is intact of a cut stream and says PARTIAL") {
  Folder folder;
  std::string bytes = stream_of(folder, timed_lines(0, 100), 10);
  std::string path = folder.file("cut.ev", bytes.substr(0, bytes.size() / 2));
  Source strict(options_for({path}));
  CHECK_THROWS_AS(take_all(strict), Error);
  SourceOptions options = options_for({path});
  options.accept_partial = true;
  Source lenient(options);
  Taken taken = take_all(lenient);
  CHECK(taken.rows > 0);
  CHECK(taken.rows < 100);
  CHECK(taken.rows % 10 == 0);
  CHECK((lenient.end_flags() & kEndPartial));
  CHECK(lenient.accepted().size() == 1);
}

TEST_CASE("the event time is found by name, in the order of the names") {
  Folder folder;
  std::string path = folder.file("a.jsonl", "{\"date\":\"no time\",\"created_at\":\"2024-06-01T00:00:00Z\",\"x\":1717200000}\n");
  Source found(options_for({path}));
  take_all(found);
  REQUIRE(found.time_path());
  CHECK(found.time_path()->name() == "created_at");
  SourceOptions named = options_for({path});
  named.time_fields = {"y", "x"};
  Source by_name(named);
  Taken taken = take_all(by_name);
  REQUIRE(by_name.time_path());
  CHECK(by_name.time_path()->name() == "x");
  REQUIRE(taken.batches[0].time_column());
  CHECK(taken.batches[0].time_column()->integer(0) == at(0));
}

TEST_CASE("a stop request ends the reading and is told") {
  Folder folder;
  SourceOptions options = options_for({folder.file("a.jsonl", timed_lines(0, 100))});
  options.block_rows = 10;
  int asked = 0;
  options.stop.stop = [&] { return ++asked > 8; };
  Source source(options);
  Taken taken = take_all(source);
  CHECK(taken.rows < 100);
  CHECK(source.interrupted());
}

TEST_CASE("a time range works where the event time is no field that the tool reads") {
  Folder folder;
  std::string lines = timed_lines(0, 100);
  for (const std::string& path : {folder.file("a.jsonl", lines), folder.file("a.ev", stream_of(folder, lines, 10))}) {
    SourceOptions options = options_for({path});
    options.fields = FieldChoice{false, {"n"}};
    options.since = at(25);
    options.until = at(35);
    Source source(options);
    CHECK(take_all(source).rows == 10);
  }
}

TEST_CASE("a short text without event time refuses a time range, too") {
  Folder folder;
  SourceOptions options = options_for({folder.file("a.jsonl", "{\"n\":1}\n")});
  options.since = 0;
  Source source(options);
  CHECK_THROWS_AS(take_all(source), Error);
}

TEST_CASE("names in backquotes choose the same fields of text and of streams") {
  Folder folder;
  std::string lines = "{\"a.b\":1,\"x\":{\"y\":2},\"z\":3}\n";
  for (const std::string& path : {folder.file("a.jsonl", lines), folder.file("a.ev", stream_of(folder, lines, 10))}) {
    SourceOptions options = options_for({path});
    options.fields = FieldChoice{false, {"`a.b`", "`x`.`y`"}};
    Source source(options);
    Taken taken = take_all(source);
    REQUIRE(taken.batches.size() == 1);
    CHECK(taken.batches[0].columns.size() == 2);
  }
}
