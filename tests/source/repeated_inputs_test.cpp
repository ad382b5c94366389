#include "source/repeated_inputs.h"

#include <random>

#include "base/error.h"
#include "log_folder.h"

using namespace ev;
using Numbers = std::vector<int64_t>;
using Paths = std::vector<std::string>;

TEST_CASE("what was taken is taken again, exactly") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.write("a.log", numbered(0, 20));
  folder.write("b.log", numbered(20, 22) + "{\"n\":");
  CHECK(runs.run() == from_to(0, 22));
  folder.append("a.log", numbered(30, 40));
  CHECK(runs.take() == from_to(30, 40));
  const std::vector<TakenRange> ranges = runs.ranges;
  folder.append("a.log", numbered(40, 50));
  folder.append("b.log", "22}\n");
  CHECK(runs.repeat(ranges) == from_to(30, 40));
}

TEST_CASE("what was taken is found after rotation of every kind") {
  for (const char* way : {"rename", "copy", "compress", "copy and compress"}) {
    CAPTURE(way);
    for (std::size_t filling : {0, 300}) {
      LogFolder folder;
      Runs runs(Paths{folder / "app.log"});
      folder.write("app.log", numbered(0, 10, filling));
      CHECK(runs.run() == from_to(0, 10));
      folder.append("app.log", numbered(10, 20, filling));
      CHECK(runs.take() == from_to(10, 20));
      const std::vector<TakenRange> ranges = runs.ranges;
      const std::vector<InputPosition> reached = runs.reached;
      folder.append("app.log", numbered(20, 25, filling));
      const std::string how = way;
      if (how.starts_with("copy"))
        folder.copy_and_truncate("app.log", "app.log.1");
      else
        folder.rename("app.log", "app.log.1");
      if (how.ends_with("compress")) folder.gzip("app.log.1");
      folder.append("app.log", numbered(25, 30, filling));
      CHECK(runs.repeat(ranges) == from_to(10, 20));
      runs.committed = reached;
      Numbers rest = runs.run();
      std::sort(rest.begin(), rest.end());
      CHECK(rest == from_to(20, 30));
    }
  }
}

TEST_CASE("what is not there any more is said") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.write("a.log", numbered(0, 20));
  CHECK(runs.take() == from_to(0, 20));
  const std::vector<TakenRange> ranges = runs.ranges;
  folder.write("a.log", numbered(1, 30));
  try {
    runs.repeat(ranges);
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::no_input);
    CHECK(error.remedy() == "do without");
  }
}

TEST_CASE("an input whose event time is found in its middle has a range before and one after") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  std::string text = numbered(0, 20);
  for (int n = 20; n < 40; n++) text += "{\"n\":" + std::to_string(n) + ",\"ts\":\"2024-06-01T00:00:00Z\"}\n";
  folder.write("a.log", text);
  CHECK(runs.take() == from_to(0, 40));
  REQUIRE(runs.ranges.size() == 2);
  CHECK_FALSE(runs.ranges[0].reading.time_path);
  CHECK(runs.ranges[1].reading.time_path == Path::key("ts"));
  CHECK(runs.ranges[0].to.offset == runs.ranges[1].from);
  CHECK(runs.repeat(runs.ranges) == from_to(0, 40));
}

TEST_CASE("a last line that was taken of a resting file is taken again without its newline") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.gzip_append("{\"n\":0}\n{\"n\":1}", "a.gz");
  folder.let_rest("a.gz");
  CHECK(runs.take() == from_to(0, 2));
  CHECK(runs.repeat(runs.ranges) == from_to(0, 2));
}

TEST_CASE("ranges of the middle of a compressed file, and of tables with their header") {
  LogFolder folder;
  Runs runs(Paths{folder.path()});
  folder.gzip_append(numbered(0, 30), "a.gz");
  CHECK(runs.run() == from_to(0, 30));
  folder.gzip_append(numbered(30, 35), "a.gz");
  folder.write("b.csv", "x,n\n1,35\n2,36\n");
  CHECK(runs.take() == from_to(30, 37));
  const std::vector<TakenRange> ranges = runs.ranges;
  folder.gzip_append(numbered(40, 45), "a.gz");
  folder.append("b.csv", "3,37\n");
  CHECK(runs.repeat(ranges) == from_to(30, 37));
}

namespace {

/// A log that is written to, rotated in every way, and read by runs some of which die: a model that knows every line.
class Rotation {
 public:
  /// The whole folder is read, or app.log alone. Rotated twice between two runs, a single name loses the file between:
  /// so its log rotates once.
  Rotation(uint32_t seed, bool whole_folder)
      : random_(seed),
        whole_folder_(whole_folder),
        runs_(whole_folder ? Paths{folder_.path()} : Paths{folder_ / "app.log"}) {
    folder_.write("app.log", "");
    run();
  }

  void step() {
    switch (random_() % 8) {
      case 0:
      case 1:
      case 2:
        return append();
      case 3:
        return rotate();
      case 4:
        return compress();
      default:
        return run();
    }
  }
  void finish() {
    end_line();
    dies_ = false;
    run();
    std::sort(taken_.begin(), taken_.end());
    CHECK(taken_ == from_to(0, next_));
    runs_.committed = committed_;
    CHECK(runs_.take().empty());
  }

 private:
  void end_line() {
    if (partial_) folder_.append("app.log", "\n");
    partial_ = false;
  }
  void append() {
    end_line();
    const int count = static_cast<int>(random_() % 5);
    const std::size_t filling = random_() % 2 ? 0 : 200;
    folder_.append("app.log", numbered(next_, next_ + count, filling));
    next_ += count;
    partial_ = random_() % 3 == 0;
    if (partial_) folder_.append("app.log", "{\"n\":" + std::to_string(next_++) + "}");
  }
  void rotate() {
    if (rotated_ && !whole_folder_) return;
    rotated_ = true;
    end_line();
    // Older files move up, as logrotate has it.
    for (int n = 6; n >= 1; n--)
      for (const char* end : {"", ".gz"}) {
        const std::string from = "app.log." + std::to_string(n) + end;
        if (fs::exists(folder_ / from)) folder_.rename(from, "app.log." + std::to_string(n + 1) + end);
      }
    if (random_() % 2) {
      folder_.copy_and_truncate("app.log", "app.log.1");
    } else {
      folder_.rename("app.log", "app.log.1");
      folder_.write("app.log", "");
    }
  }
  void compress() {
    for (int n = 1; n <= 7; n++)
      if (const std::string name = "app.log." + std::to_string(n); fs::exists(folder_ / name))
        return folder_.gzip(name);
  }
  /// A run that finds prepared segments repeats each, which gives the same, before it goes on. It may die before it
  /// commits: then what it took is prepared.
  void run() {
    for (const auto& [ranges, numbers] : prepared_) CHECK(runs_.repeat(ranges) == numbers);
    if (!prepared_.empty()) runs_.committed = prepared_state_;
    const Numbers fresh = runs_.take();
    if (!fresh.empty()) prepared_.emplace_back(runs_.ranges, fresh);
    prepared_state_ = runs_.reached;
    if (dies_ && next_ > 0 && random_() % 2) {
      runs_.committed = committed_;
      return;
    }
    for (const auto& [ranges, numbers] : prepared_) taken_.insert(taken_.end(), numbers.begin(), numbers.end());
    prepared_.clear();
    rotated_ = false;
    committed_ = runs_.committed = prepared_state_;
  }

  std::mt19937 random_;
  bool whole_folder_;
  LogFolder folder_;
  Runs runs_;
  int next_ = 0;
  bool partial_ = false, dies_ = true, rotated_ = false;
  Numbers taken_;
  std::vector<std::pair<std::vector<TakenRange>, Numbers>> prepared_;
  std::vector<InputPosition> prepared_state_, committed_;
};

}  // namespace

TEST_CASE("every line is taken once, through any sequence of writes, rotations and runs that die") {
  const char* wanted = std::getenv("EV_ROTATION_CASES");
  for (uint32_t seed = 0; seed < (wanted ? std::strtoul(wanted, nullptr, 10) : 14); seed++) {
    CAPTURE(seed);
    Rotation rotation(seed, seed % 2 == 0);
    for (int i = 0; i < 40; i++) rotation.step();
    rotation.finish();
  }
}
