#include "source/new_inputs.h"

#include "base/error.h"
#include "log_folder.h"

using namespace ev;
using Numbers = std::vector<int64_t>;
using Paths = std::vector<std::string>;

namespace {

/// Runs over the folder, and runs over the one file app.log in it: rotation is seen from both.
std::vector<Runs> both(const LogFolder& folder) {
  return {Runs(Paths{folder.path()}), Runs(Paths{folder / "app.log"})};
}

Numbers sorted(Numbers numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

}  // namespace

TEST_CASE("a run takes what was appended since the last one, and nothing twice") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.write("a.log", numbered(0, 20));
  CHECK(runs.run() == from_to(0, 20));
  CHECK(runs.run().empty());
  folder.append("a.log", numbered(20, 23));
  folder.write("b.log", numbered(23, 30));
  CHECK(runs.run() == from_to(20, 30));
  CHECK(runs.run().empty());
  REQUIRE(runs.committed.size() == 2);
  CHECK(runs.committed[0].line == 24);
}

TEST_CASE("without a commit the same is taken again") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.write("a.log", numbered(0, 5));
  CHECK(runs.take() == from_to(0, 5));
  folder.append("a.log", numbered(5, 9));
  CHECK(runs.take() == from_to(0, 9));
}

TEST_CASE("a last line is held back until it is whole") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.write("a.log", numbered(0, 2) + "{\"n\":");
  CHECK(runs.run() == from_to(0, 2));
  folder.append("a.log", "2");
  CHECK(runs.run().empty());
  folder.append("a.log", "}\n{\"n\":3}");
  CHECK(runs.run() == from_to(2, 3));
  folder.append("a.log", "\n");
  CHECK(runs.run() == from_to(3, 4));
}

TEST_CASE("a line that is too long and has no end yet is held back, too") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.write("a.log", numbered(0, 2) + std::string(kMaxLineBytes + 5, 'x'));
  CHECK(runs.run() == from_to(0, 2));
  CHECK(runs.committed[0].line == 3);
  folder.append("a.log", "x\n" + numbered(2, 4));
  CHECK(runs.run() == from_to(2, 4));
  CHECK(runs.committed[0].line == 6);
}

TEST_CASE("rotation by renaming: the end of the old file and all of the new one") {
  LogFolder folder;
  for (Runs& runs : both(folder)) {
    folder.write("app.log", numbered(0, 4));
    CHECK(runs.run() == from_to(0, 4));
    folder.append("app.log", numbered(4, 6));
    folder.rename("app.log", "app.log.1");
    folder.write("app.log", numbered(6, 9));
    CHECK(sorted(runs.run()) == from_to(4, 9));
    // The writer has not noticed yet.
    folder.append("app.log.1", numbered(9, 10));
    folder.append("app.log", numbered(10, 12));
    CHECK(sorted(runs.run()) == from_to(9, 12));
    folder.rename("app.log.1", "app.log.2");
    folder.rename("app.log", "app.log.1");
    CHECK(runs.run().empty());
    folder.write("app.log", numbered(12, 13));
    CHECK(runs.run() == from_to(12, 13));
    for (const char* name : {"app.log", "app.log.1", "app.log.2"}) fs::remove(folder / name);
  }
}

TEST_CASE("what rotation made of a file before it was named is no input, what it makes later is") {
  LogFolder folder;
  Runs runs(Paths{folder / "app.log"});
  folder.write("app.log", numbered(5, 9));
  folder.write("app.log.1", numbered(0, 5));
  folder.write("app.log.2", numbered(100, 105));
  folder.gzip("app.log.2");
  folder.write("other.log", numbered(0, 5));
  CHECK(runs.run() == from_to(5, 9));
  CHECK(runs.run().empty());
  folder.rename("app.log.2.gz", "app.log.3.gz");
  folder.rename("app.log.1", "app.log.2");
  folder.gzip("app.log.2");
  CHECK(runs.run().empty());
  // The writer still had the old file.
  folder.write("app.log.1", numbered(20, 22));
  CHECK(runs.run() == from_to(20, 22));
}

TEST_CASE("rotation by copying and truncating: the copy goes on where the original stood") {
  LogFolder folder;
  for (std::size_t filling : {0, 400})
    for (Runs& runs : both(folder)) {
      folder.write("app.log", numbered(0, 4, filling));
      CHECK(runs.run() == from_to(0, 4));
      folder.append("app.log", numbered(4, 6, filling));
      folder.copy_and_truncate("app.log", "app.log.1");
      CHECK(runs.run() == from_to(4, 6));
      folder.append("app.log", numbered(6, 9, filling));
      CHECK(runs.run() == from_to(6, 9));
      CHECK(runs.run().empty());
      for (const char* name : {"app.log", "app.log.1"}) fs::remove(folder / name);
    }
}

TEST_CASE("copied and truncated while more was written than the copy has") {
  LogFolder folder;
  for (Runs& runs : both(folder)) {
    folder.write("app.log", numbered(0, 9, 400));
    CHECK(runs.run() == from_to(0, 9));
    folder.write("app.log.1", folder.content("app.log"));
    folder.append("app.log", numbered(9, 12, 400));
    CHECK(runs.run() == from_to(9, 12));
    folder.write("app.log", numbered(12, 13, 400));
    CHECK(runs.run() == from_to(12, 13));
    CHECK(runs.run().empty());
    for (const char* name : {"app.log", "app.log.1"}) fs::remove(folder / name);
  }
}

TEST_CASE("a copy that is being made is passed over, whole or in part") {
  LogFolder folder;
  for (std::size_t filling : {0, 300})
    for (Runs& runs : both(folder)) {
      folder.write("app.log", numbered(0, 8, filling));
      CHECK(runs.run() == from_to(0, 8));
      const std::string text = folder.content("app.log");
      for (std::size_t size : {std::size_t{0}, std::size_t{5}, text.size() / 2, text.size()}) {
        folder.write("app.log.1", text.substr(0, size));
        CHECK(runs.run().empty());
      }
      folder.write("app.log", numbered(8, 10, filling));
      CHECK(runs.run() == from_to(8, 10));
      CHECK(runs.run().empty());
      for (const char* name : {"app.log", "app.log.1"}) fs::remove(folder / name);
    }
}

TEST_CASE("compression after rotation: the text is known through it") {
  LogFolder folder;
  for (Runs& runs : both(folder)) {
    folder.write("app.log", numbered(0, 50, 100));
    CHECK(runs.run() == from_to(0, 50));
    folder.append("app.log", numbered(50, 55, 100));
    folder.rename("app.log", "app.log.1");
    folder.gzip("app.log.1");
    folder.write("app.log", numbered(55, 60, 100));
    CHECK(sorted(runs.run()) == from_to(50, 60));
    CHECK(runs.run().empty());
    folder.rename("app.log.1.gz", "app.log.2.gz");
    CHECK(runs.run().empty());
    for (const char* name : {"app.log", "app.log.2.gz"}) fs::remove(folder / name);
  }
}

TEST_CASE("a compressed file is taken once, and what is added to it once more") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.gzip_append(numbered(0, 30), "a.gz");
  CHECK(runs.run() == from_to(0, 30));
  CHECK(runs.run().empty());
  folder.gzip_append(numbered(30, 35), "a.gz");
  CHECK(runs.run() == from_to(30, 35));
  fs::last_write_time(folder / "a.gz", fs::file_time_type::clock::now());
  CHECK(runs.run().empty());
}

TEST_CASE("a compressed file that ends early gives its whole lines, and is told of until the rest is there") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.gzip_append(numbered(0, 3000, 50), "whole");
  const std::string packed = folder.content("whole");
  fs::remove(folder / "whole");
  folder.write("a.gz", packed.substr(0, packed.size() / 2));
  Numbers taken = runs.run();
  CHECK(taken.size() > 100);
  CHECK(taken.size() < 3000);
  REQUIRE(runs.unfinished.size() == 1);
  CHECK(runs.unfinished[0].kind() == ErrorKind::truncated);
  CHECK(runs.run().empty());
  CHECK(runs.unfinished.size() == 1);
  folder.write("a.gz", packed);
  const Numbers rest = runs.run();
  taken.insert(taken.end(), rest.begin(), rest.end());
  CHECK(taken == from_to(0, 3000));
  CHECK(runs.unfinished.empty());
  folder.write("tiny.gz", packed.substr(0, 12));
  CHECK(runs.run().empty());
  CHECK(runs.unfinished.size() == 1);
}

TEST_CASE("a last line of a compressed file that was too new is taken later, though the file stays as it is") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.gzip_append("{\"n\":0}\n{\"n\":1}", "a.gz");
  const int64_t written_ns = file_facts(folder / "a.gz")->modified_ns;
  runs.now_ns = written_ns + NewInputs::kRestingNs - 1;
  CHECK(runs.run() == from_to(0, 1));
  CHECK(runs.run().empty());
  runs.now_ns = written_ns + NewInputs::kRestingNs;
  CHECK(runs.run() == from_to(1, 2));
  CHECK(runs.run().empty());
}

TEST_CASE("a last line without newline is taken of a compressed file that rests") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.gzip_append("{\"n\":0}\n{\"n\":1}", "a.gz");
  CHECK(runs.run() == from_to(0, 1));
  CHECK(runs.run().empty());
  folder.let_rest("a.gz");
  CHECK(runs.run() == from_to(1, 2));
  CHECK(runs.run().empty());
}

TEST_CASE("a file that was truncated or written anew begins anew") {
  LogFolder folder;
  for (Runs& runs : both(folder)) {
    folder.write("app.log", numbered(0, 9));
    CHECK(runs.run() == from_to(0, 9));
    folder.write("app.log", numbered(9, 10));  // shorter
    CHECK(runs.run() == from_to(9, 10));
    folder.write("app.log", numbered(10, 30));  // longer
    CHECK(runs.run() == from_to(10, 30));
    folder.write("app.log", numbered(30, 50));  // as long
    CHECK(runs.run() == from_to(30, 50));
    // The same beginning, something else before the offset.
    std::string text = numbered(30, 50) + numbered(60, 70, 2000);
    folder.write("app.log", text);
    CHECK(runs.run() == from_to(60, 70));
    text[text.size() - 10] = 'y';
    folder.write("app.log", text);
    Numbers again = from_to(30, 50);
    for (int n = 60; n < 70; n++) again.push_back(n);
    CHECK(runs.run() == again);
  }
}

TEST_CASE("files are known again where devices or inodes got other numbers") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.write("a.log", numbered(0, 9));
  folder.write("b.log", numbered(9, 20));
  CHECK(runs.run() == from_to(0, 20));
  for (InputPosition& position : runs.committed) position.id.device++;
  folder.append("a.log", numbered(20, 22));
  CHECK(runs.run() == from_to(20, 22));
  CHECK(runs.run().empty());
}

TEST_CASE("a file of another name that begins as one that is gone is no copy, unless it is long") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.write("job-1", numbered(0, 1));
  CHECK(runs.run() == from_to(0, 1));
  fs::remove(folder / "job-1");
  folder.write("job-2", numbered(0, 2));
  CHECK(runs.run() == from_to(0, 2));
  folder.write("long-1", numbered(100, 120, 100));
  CHECK(runs.run() == from_to(100, 120));
  fs::remove(folder / "long-1");
  folder.write("moved", numbered(100, 125, 100));
  CHECK(runs.run() == from_to(120, 125));
}

TEST_CASE("inputs that are gone are remembered for a while") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  runs.now_ns = 1'000'000'000'000'000;
  folder.write("a.log", numbered(0, 3));
  const std::string text = folder.content("a.log");
  CHECK(runs.run() == from_to(0, 3));
  folder.rename("a.log", ".hidden");
  CHECK(runs.run().empty());
  REQUIRE(runs.committed.size() == 1);
  CHECK(runs.committed[0].gone_since_ns == runs.now_ns);
  runs.now_ns += kGoneKeptNs;
  CHECK(runs.run().empty());
  CHECK(runs.committed.size() == 1);
  runs.now_ns += 1;
  folder.rename(".hidden", "a.log");
  CHECK(runs.run().empty());
  CHECK(runs.committed[0].gone_since_ns == 0);
  folder.rename("a.log", ".hidden");
  CHECK(runs.run().empty());
  runs.now_ns += kGoneKeptNs + 1;
  CHECK(runs.run().empty());
  CHECK(runs.committed.empty());
}

TEST_CASE("so many that are gone are remembered, and no more") {
  std::vector<InputPosition> positions;
  for (std::size_t i = 0; i < kMaxGoneInputs + 10; i++) {
    InputPosition& position = positions.emplace_back();
    position.path = "gone-" + std::to_string(i);
    position.id = {1, i + 1};
    position.mark.offset = 1;
    position.gone_since_ns = static_cast<int64_t>(1 + i);
  }
  KnownTexts known(positions);
  known.mark_gone({}, 1'000'000);
  REQUIRE(known.positions().size() == kMaxGoneInputs);
  CHECK(known.positions()[0].path == "gone-10");
}

TEST_CASE("a table goes on with its columns, and a log with the event time it was found to have") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.write("a.csv", "n;\"when;\";y\n1;2024-06-01T00:00:00Z;a\n");
  folder.write("b.jsonl", "{\"n\":2}\n{\"n\":3,\"ts\":\"2024-06-01T00:00:00Z\"}\n");
  CHECK(runs.run() == Numbers{1, 2, 3});
  folder.append("a.csv", "4;2024-06-01T00:00:01Z;\"b\nb\"\n5;x;\"open\n");
  folder.append("b.jsonl", "{\"n\":6,\"time\":\"2024-06-01T00:00:00Z\",\"ts\":\"2024-06-01T00:00:02Z\"}\n");
  CHECK(runs.run() == Numbers{4, 6});
  REQUIRE(runs.committed.size() == 2);
  CHECK(runs.committed[0].reading.format->columns == std::vector<std::string>{"n", "when;", "y"});
  CHECK(runs.committed[0].line == 5);
  CHECK(runs.committed[1].reading.time_path == Path::key("ts"));
  folder.append("a.csv", "\"\n");
  CHECK(runs.run() == Numbers{5});
}

TEST_CASE("the format of a file is told once there is enough of it") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.write("a", "");
  folder.write("b", "\n\n");
  folder.write("c", "n,x");
  folder.write("d", "hello");
  CHECK(runs.run().empty());
  folder.append("a", "{\"n\":1}\n");
  folder.append("b", "n=2 x=3\n");
  folder.append("c", "\n");
  CHECK(runs.run() == Numbers{1, 2});
  folder.append("c", "3,4\n");
  CHECK(runs.run() == Numbers{3});
  folder.append("d", "\nworld\n");
  CHECK_THROWS_AS(runs.run(), Error);
}

TEST_CASE("options that are given in a later run count from there on") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.write("a.csv", "n,x,date\n1,2,2024-06-01\n");
  CHECK(runs.run() == Numbers{1});
  CHECK(runs.committed[0].reading.time_path == Path::key("date"));
  folder.append("a.csv", "2,3,2024-06-01\n");
  runs.options.time_fields = {"x"};
  runs.options.format = parse_text_format("csv");
  CHECK(runs.run() == Numbers{2});
  CHECK(runs.committed[0].reading.time_path == Path::key("x"));
  CHECK(runs.committed[0].reading.format->columns.size() == 3);
  folder.append("a.csv", "3,4,2024-06-01\n");
  runs.options.format = parse_text_format("tsv");
  CHECK_THROWS_AS(runs.take(), Error);
  runs.options.format->columns = {"all"};
  CHECK(runs.take().empty());
  CHECK(runs.reached[0].reading.format->columns.size() == 1);
}

TEST_CASE("what is no regular file or not there is refused, unless it was there once") {
  LogFolder folder;
  CHECK_THROWS_AS((Runs(Paths{"-"}).run()), Error);
  CHECK_THROWS_AS((Runs(Paths{}).run()), Error);
  CHECK_THROWS_AS((Runs(Paths{folder / "nosuch"}).run()), Error);
  REQUIRE(mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK_THROWS_AS((Runs(Paths{folder / "fifo"}).run()), Error);
  Runs runs(Paths{folder / "app.log"});
  folder.write("app.log", numbered(0, 2));
  CHECK(runs.run() == from_to(0, 2));
  folder.append("app.log", numbered(2, 3));
  folder.rename("app.log", "app.log.1");
  CHECK(runs.run() == from_to(2, 3));
  CHECK(runs.run().empty());
  CHECK(Runs(Paths{folder.path()}).run() == from_to(0, 3));
}

TEST_CASE("the state of a run is none of its inputs") {
  LogFolder folder;
  folder.write("state", "evkit-state 1 checkpoint\n");
  folder.write("a.log", numbered(0, 2));
  CHECK(InputFiles({folder.path()}, folder / "state").list() == Paths{folder / "a.log"});
  CHECK(InputFiles({folder / "a.log"}, folder / "state").beside().empty());
}
