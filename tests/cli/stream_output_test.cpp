#include "cli/stream_output.h"

#include <doctest/doctest.h>

#include "child_run.h"
#include "event/batch_builder.h"
#include "stream/reader.h"

using ev::Session;

namespace {

ev::Batch numbers(uint32_t rows) {
  ev::BatchBuilder builder;
  uint32_t path = builder.path(ev::Path::key("n"));
  uint32_t column = builder.column(path, ev::Type::int64);
  uint32_t paths[] = {path};
  uint32_t layout = builder.layout(paths);
  for (uint32_t i = 0; i < rows; i++) {
    ev::Cell cell;
    cell.column = column;
    cell.word = i;
    builder.append(layout, {&cell, 1});
  }
  return builder.finish(-1);
}

ev::Ledger passing(uint64_t in, uint64_t passed) {
  ev::Ledger ledger;
  ledger.in = in;
  ledger.passed = passed;
  ledger.filtered = in - passed;
  return ledger;
}

struct Read {
  std::vector<uint32_t> rows;
  std::vector<ev::BlockHeader> headers;
  ev::StreamTotals totals;
  std::string error;
};

Read read_stream(const std::string& bytes) {
  Read read;
  ev::StreamReader reader(ev::memory_input("test", bytes), {});
  try {
    while (auto block = reader.next()) {
      read.rows.push_back(block->header.rows);
      read.headers.push_back(block->header);
    }
    read.totals = reader.totals();
  } catch (const ev::Error& error) {
    read.error = error.what();
    CHECK(error.kind() == ev::ErrorKind::truncated);
  }
  return read;
}

Outcome run_body(std::function<void(Session&, ev::StreamOutput&)> body, std::vector<std::string> arguments = {}) {
  TestTool tool;
  tool.on_run = [body](Session& s) {
    ev::StreamOutput out(s);
    ev::run_with_abort(out, [&] { body(s, out); });
    return 0;
  };
  return run_child(tool, std::move(arguments));
}

}  // namespace

TEST_CASE("batches are cut to the rows of a block and the ledger is shared out") {
  Outcome o = run_body(
      [](Session&, ev::StreamOutput& out) {
        out.write(out.encode(numbers(10), passing(25, 10)));
        out.write(out.encode(numbers(0), passing(5, 0)));
        out.finish(0);
      },
      {"--block-rows", "4", "--stats"});
  REQUIRE_MESSAGE(o.exit == 0, o.err);
  Read read = read_stream(o.out);
  CHECK(read.error == "");
  CHECK(read.rows == std::vector<uint32_t>{4, 4, 2});
  CHECK(read.totals.rows == 10);
  CHECK(read.totals.ledger.in == 30);
  CHECK(read.totals.ledger.passed == 10);
  CHECK(read.totals.ledger.filtered == 20);
  CHECK(read.totals.ledger.out == 10);
  CHECK(holds(o.err, "\"ledger\":{\"in\":30,\"passed\":10,\"filtered\":20,"));
}

TEST_CASE("the watermark goes with the last part only, and alone where no row is left") {
  Outcome o = run_body(
      [](Session&, ev::StreamOutput& out) {
        ev::Batch batch = numbers(6);
        batch.watermark = 77;
        out.write(out.encode(std::move(batch), passing(6, 6)));
        ev::Batch none = numbers(0);
        none.watermark = 99;
        out.write(out.encode(std::move(none), passing(3, 0)));
        out.finish(0);
      },
      {"--block-rows", "4"});
  Read read = read_stream(o.out);
  REQUIRE(read.rows == std::vector<uint32_t>{4, 2, 0});
  CHECK((read.headers[0].flags & ev::kBlockHasWatermark) == 0);
  CHECK((read.headers[1].flags & ev::kBlockHasWatermark) != 0);
  CHECK(read.headers[1].watermark == 77);
  CHECK(read.headers[2].watermark == 99);
}

TEST_CASE("rows that nobody accounts for are a bug, told downstream") {
  Outcome o = run_body([](Session&, ev::StreamOutput& out) { out.encode(numbers(10), passing(10, 9)); });
  CHECK(o.exit == 70);
  CHECK(holds(o.err, "10 rows go out, but 9 passed and 0 were created"));
  CHECK(holds(read_stream(o.out).error, "70"));
}

TEST_CASE("a failure ends a direct output with ABORT and its exit status") {
  Outcome o = run_body([](Session&, ev::StreamOutput& out) {
    out.write(out.encode(numbers(3), passing(3, 3)));
    throw ev::Error(ev::ErrorKind::corrupt, "x", "y");
  });
  CHECK(o.exit == 65);
  Read read = read_stream(o.out);
  CHECK(read.rows == std::vector<uint32_t>{3});
  CHECK(holds(read.error, "65"));
}

TEST_CASE("a failure leaves no file") {
  Folder folder;
  Outcome o = run_body(
      [](Session&, ev::StreamOutput& out) {
        out.write(out.encode(numbers(3), passing(3, 3)));
        throw ev::Error(ev::ErrorKind::corrupt, "x", "y");
      },
      {"-o", folder.file("out.ev")});
  CHECK(o.exit == 65);
  CHECK(folder.files() == 0);
}

TEST_CASE("without finish() there is no END") {
  TestTool tool;
  tool.on_run = [](Session& s) {
    ev::StreamOutput out(s);
    out.write(out.encode(numbers(3), passing(3, 3)));
    return 0;
  };
  Outcome o = run_child(tool, {});
  CHECK(o.exit == 70);
  CHECK_FALSE(read_stream(o.out).error.empty());
}

TEST_CASE("files are compressed, pipes are not, unless told otherwise") {
  Folder folder;
  auto body = [](Session&, ev::StreamOutput& out) {
    ev::BatchBuilder builder;
    uint32_t path = builder.path(ev::Path::key("t"));
    uint32_t paths[] = {path};
    uint32_t layout = builder.layout(paths), column = builder.column(path, ev::Type::string);
    for (uint32_t i = 0; i < 2000; i++) {
      std::string text = "the same words again and again, number " + std::to_string(i);
      ev::Cell cell;
      cell.column = column;
      cell.word = reinterpret_cast<uint64_t>(text.data());
      cell.length = static_cast<uint32_t>(text.size());
      builder.append(layout, {&cell, 1});
    }
    out.write(out.encode(builder.finish(-1), passing(2000, 2000)));
    out.finish(0);
  };
  auto size_of = [&](std::vector<std::string> arguments, bool file) {
    if (file) arguments.insert(arguments.end(), {"-o", folder.file("out.ev")});
    Outcome o = run_body(body, arguments);
    CHECK(o.exit == 0);
    return file ? folder.text("out.ev").size() : o.out.size();
  };
  auto in_pipe = size_of({}, false), in_file = size_of({}, true);
  CHECK(in_file * 3 < in_pipe);
  CHECK(size_of({"--compress", "none"}, true) == in_pipe);
  CHECK(size_of({"--compress", "zstd:1"}, false) == in_file);
  CHECK(size_of({"--compress", "auto"}, true) == in_file);
}
