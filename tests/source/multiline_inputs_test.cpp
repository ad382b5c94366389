// Records of several lines in files that grow: the last one is taken when nobody goes on with it, and never twice.
#include "base/error.h"
#include "log_folder.h"
#include "source/text_units.h"

using namespace ev;
using Paths = std::vector<std::string>;
using Messages = std::vector<std::string>;

namespace {

Messages messages_of(Source& source, std::optional<SourceUnit>&& unit) {
  Messages messages;
  const SourceItem item = source.open(std::move(*unit), 0);
  for (const Column& column : item.batch->columns)
    for (std::size_t i = 0; i < column.size(); i++) messages.emplace_back(column.text(i));
  return messages;
}

Messages take_messages(Source& source) {
  Messages all;
  while (std::optional<SourceUnit> unit = source.next())
    for (std::string& message : messages_of(source, std::move(unit))) all.push_back(std::move(message));
  return all;
}

struct MultilineRuns : Runs {
  explicit MultilineRuns(std::string path) : Runs(Paths{std::move(path)}) {
    options.format = parse_text_format("lines");
    options.format->record_start = "^\\d";
  }
  /// As if the file had been written this long ago.
  MultilineRuns& after(std::chrono::nanoseconds rest, const std::string& path) {
    now_ns = file_facts(path)->modified_ns + rest.count();
    return *this;
  }
  Messages take() { return take_by(take_messages); }
  Messages run() {
    Messages messages = take();
    committed = reached;
    return messages;
  }
  Messages repeat() { return repeat_by(ranges, take_messages); }
};

using namespace std::chrono_literals;

}  // namespace

namespace doctest {
template <>
struct StringMaker<Messages> {
  static String convert(const Messages& messages) {
    std::string text;
    for (const std::string& message : messages) text += "[" + message + "] ";
    return text.c_str();
  }
};
}  // namespace doctest

TEST_CASE("a last record is left until its file has rested") {
  LogFolder folder;
  const std::string log = folder / "a.log";
  MultilineRuns runs(folder.path());
  folder.write("a.log", "1\n x\n2\n");
  CHECK(runs.after(kRecordRest - 1ns, log).run() == Messages{"1\n x"});
  folder.append("a.log", " y\n z");
  CHECK(runs.after(0s, log).run().empty());
  CHECK(runs.repeat().empty());
  // A line that is not whole is left at any rate.
  CHECK(runs.after(kRecordRest, log).run() == Messages{"2\n y"});
  CHECK(runs.repeat() == Messages{"2\n y"});
  CHECK(runs.run().empty());
  folder.append("a.log", "!\n3\n");
  CHECK(runs.after(kRecordRest, log).run() == Messages{" z!", "3"});
  CHECK(runs.committed[0].line == 7);
  CHECK(runs.run().empty());
}

TEST_CASE("a last record is left where its file grows while it is read") {
  LogFolder folder;
  const std::string log = folder / "a.log";
  folder.write("a.log", "1\n x\n2\n");
  NewInputsOptions how;
  how.paths = {log};
  how.now_ns = [&] { return file_facts(log)->modified_ns + 2'000'000'000; };
  NewInputs inputs(how, {});
  std::optional<QueuedInput> input = inputs.next();
  REQUIRE(input);
  CHECK(input->settled == 7);
  folder.append("a.log", " y\n");
  TextFormat format = parse_text_format("lines");
  format.record_start = "^\\d";
  TextUnits units(std::move(input->input), 100, 0s, format, {{}, 1, input->hold_back, input->settled});
  std::optional<TextUnit> unit = units.next();
  REQUIRE(unit);
  CHECK(std::string_view(unit->text.data(), unit->text.size()) == "1\n x\n");
  CHECK_FALSE(units.next());
}

TEST_CASE("under follow, what goes on with a record that was taken for whole comes out again in the same way") {
  LogFolder folder;
  const std::string log = folder / "a.log";
  MultilineRuns runs(log);
  bool stop = false;
  NewInputsOptions how;
  how.paths = {log};
  how.follow = true;
  how.stop.stop = [&] { return stop; };
  how.now_ns = [&] { return runs.now(); };
  folder.write("a.log", "");
  NewInputs inputs(how, {});
  SourceOptions options = runs.with(inputs);
  options.stop = how.stop;
  Source source(options);
  Messages messages;
  const auto read = [&](std::size_t wanted) {
    while (messages.size() < wanted)
      for (const std::string& message : messages_of(source, source.next())) messages.push_back(message);
  };
  const auto write = [&](const std::string& text) {
    folder.append("a.log", text);
    folder.let_rest("a.log");
  };
  write("1\n x\n");
  read(1);
  write(" y\n2\n");
  read(3);
  CHECK(inputs.ranges().size() == 2);
  // What begins with a record needs no range of its own.
  write("3\n z\n");
  read(4);
  CHECK(inputs.ranges().size() == 2);
  stop = true;
  CHECK_FALSE(source.next());
  CHECK(messages == Messages{"1\n x", " y", "2", "3\n z"});
  CHECK(runs.repeat_by(inputs.ranges(), take_messages) == messages);
}

TEST_CASE("under follow, a last record is looked at again when it may have rested") {
  LogFolder folder;
  const std::string log = folder / "a.log";
  MultilineRuns runs(log);
  NewInputsOptions how;
  how.paths = {log};
  how.follow = true;
  how.now_ns = [&] { return runs.now(); };
  folder.write("a.log", "1\n x\n");
  NewInputs inputs(how, {});
  Source source(runs.with(inputs));
  const auto begin = std::chrono::steady_clock::now();
  CHECK(messages_of(source, source.next()) == Messages{"1\n x"});
  const auto waited = std::chrono::steady_clock::now() - begin;
  CHECK(waited > kRecordRest / 2);
  CHECK(waited < NewInputs::kScanEvery);
}

TEST_CASE("a format that is known goes on with the multiline of the options") {
  LogFolder folder;
  const std::string log = folder / "a.log";
  MultilineRuns runs(folder.path());
  folder.write("a.log", "1\n x\n");
  CHECK(runs.after(kRecordRest, log).run() == Messages{"1\n x"});
  folder.append("a.log", "2\n x\n");
  runs.options.format.reset();
  CHECK(runs.after(kRecordRest, log).run() == Messages{"2\n x"});
  folder.append("a.log", "3\n x\n");
  runs.options.format = parse_text_format("lines");
  runs.options.format->record_start = "x";
  CHECK(runs.after(kRecordRest, log).run() == Messages{"3", " x"});
  folder.append("a.log", "4\n x\n");
  runs.options.format->record_start.clear();
  CHECK(runs.after(0s, log).run() == Messages{"4", " x"});
}

TEST_CASE("of compressed files a last record is taken when they rest") {
  LogFolder folder;
  MultilineRuns runs(folder.path());
  folder.write("a.log", "1\n x\n2\n y");
  folder.gzip("a.log");
  const std::string log = folder / "a.log.gz";
  CHECK(runs.after(5s, log).run() == Messages{"1\n x"});
  CHECK(runs.after(std::chrono::nanoseconds(NewInputs::kRestingNs), log).run() == Messages{"2\n y"});
}
