#include "source/checkpoint.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "source/input_files.h"

using namespace ev;

namespace {

InputPosition full_position() {
  InputPosition position;
  position.path = "/var/log/a b%\n.log";
  position.id = {64769, 123456789012345u, -5};
  position.mark = {18446744073709551615u, 0, 0xfedcba9876543210u};
  position.line = 4711;
  position.packed = PackedFile{99, 1717200000123456789};
  position.reading.format = parse_text_format("csv");
  position.reading.format->columns = {"a", "b c"};
  position.reading.time_path = Path{"t", "$date"};
  position.reading.records_left = 17;
  position.history = true;
  position.gone_since_ns = 1;
  return position;
}

PreparedRun full_run() {
  PreparedRun run;
  run.options = "--time=ts\n--since=-1h";
  run.destination = "archive/{time:%Y}/";
  run.output = OutputFile{"/x/y.ev", {1, 2, 3}};
  TakenSegment& segment = run.segments.emplace_back();
  segment.now_ns = -1;
  segment.rows = 12;
  segment.digest = {0x0123456789abcdefu, 0xf000000000000001u};
  TakenRange& range = segment.ranges.emplace_back();
  range.path = "a";
  range.id = {1, 2, 3};
  range.from = 5;
  range.line = 2;
  range.to = {7, 8, 9};
  range.reading.format = TextFormat{};
  run.segments.emplace_back();
  return run;
}

}  // namespace

TEST_CASE("positions come back from a checkpoint") {
  const std::vector<InputPosition> positions{full_position(), InputPosition{}};
  CHECK(decode_positions(encode_positions(positions), "c") == positions);
  CHECK(decode_positions(encode_positions({}), "c").empty());
}

TEST_CASE("what is prepared comes back from a checkpoint") {
  CHECK(decode_prepared(encode_prepared(full_run()), "c") == full_run());
  CHECK(decode_prepared(encode_prepared({}), "c") == PreparedRun{});
}

TEST_CASE("a body that this version did not write is corrupt") {
  for (const char* body :
       {"", "checkpoint\n", "checkpoint version=2\n", "other version=1\n", "checkpoint version=1\noutput path=x\n",
        "checkpoint version=1\ninput path=x device=1 inode=1 born=0 offset=1 head=0 tail=0 line=1\n"})
    CHECK_THROWS_AS(decode_positions(body, "c"), Error);
  for (const char* body : {"", "checkpoint version=1\ninput path=x\n", "checkpoint version=1\nrange path=x\n",
                           "checkpoint version=1\nsegment now=0 rows=0 digest=0123\n"})
    CHECK_THROWS_AS(decode_prepared(body, "c"), Error);
  // A range that ends before it begins.
  PreparedRun run = full_run();
  run.segments[0].ranges[0].from = 8;
  CHECK_THROWS_AS(decode_prepared(encode_prepared(run), "c"), Error);
}

TEST_CASE("a text is known by its beginning and by what was taken last, however it came") {
  std::string text;
  for (int i = 0; i < 1000; i++) text += std::to_string(i * 7919) + "\n";
  for (std::size_t size : {std::size_t{0}, std::size_t{5}, kMarkBytes, kMarkBytes + 1, std::size_t{3000}}) {
    TakenText whole;
    whole.add(std::string_view(text).substr(0, size));
    for (std::size_t piece : {1, 700, 1024, 2000}) {
      TakenText pieces;
      for (std::size_t at = 0; at < size; at += piece)
        pieces.add(std::string_view(text).substr(at, std::min(piece, size - at)));
      CHECK(pieces.mark() == whole.mark());
    }
    CHECK(whole.mark().begins_like(text));
    if (size > 0) {
      CHECK_FALSE(whole.mark().begins_like("x" + text));
      CHECK_FALSE(whole.mark().begins_like(text.substr(0, whole.mark().bytes() - 1)));
    }
  }
}

TEST_CASE("names before rotation") {
  auto before = [](const char* path) { return std::string(name_before_rotation(path)); };
  for (const char* path :
       {"l/app.log", "l/app.log.1", "l/app.log.12.gz", "l/app.log-20240601", "l/app.log-20240601.zst", "l/app.log.old",
        "l/app.log-2024-06-01-1717200000.gz", "l/app.log.2024-06-01"})
    CHECK(before(path) == "l/app.log");
  for (const char* path : {"job-1", "app2", "20240601", "logs/1", "l.1/a", "app-2024-06-01.log", "v1.2.3", ""})
    CHECK(before(path) == path);
  CHECK(named_after("app.log.1", "app.log"));
  CHECK(named_after("app.log", "app.log"));
  CHECK_FALSE(named_after("app.logger", "app.log"));
  CHECK_FALSE(named_after("app", "app.log"));
}
