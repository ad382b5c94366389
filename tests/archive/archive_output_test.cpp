#include "archive/archive_output.h"

#include <doctest/doctest.h>

#include <fstream>

#include "archive/commit.h"
#include "archive/event_files.h"
#include "base/error.h"
#include "base/time.h"
#include "io/temp_folder.h"

using namespace ev;
using namespace ev::test;

namespace fs = std::filesystem;

namespace {

const Path kKey{"key"};
const Path kTime{"at"};

/// Events whose key has few frequent and many rare values, of several types, or is missing; most have a time.
std::vector<Event> keyed_events(std::size_t n, uint64_t keys, uint64_t seed = 1) {
  RandomEvents random(seed);
  std::vector<Event> events = random.events(n);
  for (Event& event : events) {
    for (Field& field : event) {  // what a stream may hold
      if (field.type == Type::string || field.type == Type::json)
        for (char& c : field.text) c = static_cast<char>(c & 0x7f);
      if (field.type == Type::json) field.text = "[" + std::to_string(field.text.size()) + "]";
      if (field.form != 0) field.form = default_form(0);
      if (field.type == Type::uint64) field.word |= uint64_t{1} << 63;
    }
    const uint64_t which = random.below(2) ? random.below(3) : random.below(keys);
    if (which % 11 == 10)
      event.push_back(word_field(kKey, which));
    else if (which != 7)
      event.push_back(text_field(kKey, "k" + std::to_string(which)));
    if (random.below(10) > 0) event.push_back(word_field(kTime, random.below(3 * 3600) * 1'000'000'000, Type::time));
  }
  return events;
}

/// The folder of an event by the key, told by the documentation.
std::string folder_by_key(const Event& event) {
  for (const Field& field : event)
    if (field.path == kKey) return field.type == Type::string ? field.text : std::to_string(field.word);
  return "_null";
}

std::shared_ptr<const PathTemplate> parse(const std::string& text) {
  return std::make_shared<const PathTemplate>(text, "");
}

/// Runs, and gives the events of each folder; every folder has one file, which is named by its digest.
std::map<std::string, std::vector<Event>> run(const TempFolder& folder, const std::string& where,
                                              const std::vector<Event>& events, const RunStyle& style) {
  fs::remove_all(folder / "out");
  ArchiveOutput out(parse(folder / ("out/" + where)), style.options);
  route(out, events, kTime, style);
  out.finish();
  std::map<std::string, std::vector<Event>> found;
  for (const std::string& file : list_files(folder / "out")) {
    StreamTotals totals;
    const fs::path path = fs::path("out") / file;
    std::vector<Event> read = read_file(folder / path.string(), &totals);
    REQUIRE(path.filename() == part_name(totals.digest));
    REQUIRE(totals.rows == read.size());
    REQUIRE(totals.ledger.passed == totals.rows);
    REQUIRE(totals.flags == style.end_flags);
    REQUIRE(found.emplace(fs::path(file).parent_path().string(), std::move(read)).second);
  }
  return found;
}

std::map<std::string, std::vector<Event>> by_key(const std::vector<Event>& events) {
  std::map<std::string, std::vector<Event>> expected;
  for (const Event& event : events) expected[folder_by_key(event)].push_back(event);
  return expected;
}

std::map<std::string, std::string> contents(const std::string& folder) {
  std::map<std::string, std::string> all;
  for (const std::string& file : list_files(folder)) all[file] = TempFolder::content(folder + "/" + file);
  return all;
}

RunStyle tight(uint64_t memory, uint32_t fair_rows) {
  RunStyle style;
  style.options.limits.memory = memory;
  style.options.limits.fair_rows = fair_rows;
  return style;
}

}  // namespace

TEST_CASE("each row is in the folder of its value, in the order of the input") {
  TempFolder folder(TempFolder::in_memory());
  const std::vector<Event> events = keyed_events(5000, 50);
  const auto expected = by_key(events);
  REQUIRE(expected.size() > 40);
  CHECK(run(folder, "{key}/", events, {}) == expected);
}

TEST_CASE("files are the same to the byte, however rows came in batches and whichever block was ready first") {
  TempFolder folder(TempFolder::in_memory());
  const std::vector<Event> events = keyed_events(8000, 30);
  RunStyle style;
  style.options.limits.block_rows = 200;
  style.options.open_segments = 2;
  style.batch_rows = 3000;
  run(folder, "{key}/", events, style);
  const auto expected = contents(folder / "out");
  bool several_segments = false;
  for (const auto& [file, bytes] : expected)
    several_segments |= list_segments(*open_input(folder / ("out/" + file))).size() > 1;
  REQUIRE(several_segments);
  for (uint64_t seed = 1; seed < 5; seed++) {
    CAPTURE(seed);
    style.seed = seed;
    CHECK(run(folder, "{key}/", events, style) == by_key(events));
    CHECK(contents(folder / "out") == expected);
  }
  // Which segment a block gets into depends on the batches as well, where there are more files than may be open.
  style.seed = 0;
  style.options.open_segments = 64;
  run(folder, "{key}/", events, style);
  const auto one_segment = contents(folder / "out");
  for (uint32_t batch_rows : {1u, 199u, 8000u}) {
    CAPTURE(batch_rows);
    style.batch_rows = batch_rows;
    run(folder, "{key}/", events, style);
    CHECK(contents(folder / "out") == one_segment);
  }
}

TEST_CASE("where memory runs out, large destinations get smaller blocks, and the others are spooled") {
  TempFolder folder(TempFolder::in_memory());
  const std::vector<Event> events = keyed_events(8000, 300);
  const auto expected = by_key(events);
  struct Case {
    uint64_t memory;
    uint32_t fair_rows, batch_rows;
    bool spools;
  };
  for (const Case& c : {Case{uint64_t{1} << 30, 100, 1000, false}, Case{800'000, 10, 1000, false},
                        Case{400'000, 20'000, 500, true}, Case{100'000, 300, 300, true}, Case{20'000, 50, 100, true}}) {
    CAPTURE(c.memory);
    RunStyle style = tight(c.memory, c.fair_rows);
    style.batch_rows = c.batch_rows;
    fs::remove_all(folder / "out");
    ArchiveOutput out(parse(folder / "out/{key}/"), style.options);
    route(out, events, kTime, style);
    CHECK((out.spooled() > 0) == c.spools);
    out.finish();
    CHECK(out.result().added == expected.size());
    style.seed = c.batch_rows;
    CHECK(run(folder, "{key}/", events, style) == expected);
  }
}

TEST_CASE("a folder for each hour; events without a time have one, too") {
  TempFolder folder(TempFolder::in_memory());
  const std::vector<Event> events = keyed_events(3000, 5);
  std::map<std::string, std::vector<Event>> expected;
  for (const Event& event : events) {
    std::string hour = "_untimed";
    for (const Field& field : event)
      if (field.path == kTime) hour = "1970/01/01/0" + std::to_string(field.word / 3'600'000'000'000);
    expected[hour].push_back(event);
  }
  CHECK(run(folder, "{time:%Y/%m/%d/%H}/", events, {}) == expected);
  CHECK(run(folder, "{at:%Y/%m/%d/%H}/", events, tight(50'000, 200)) == expected);
}

TEST_CASE("several fields") {
  TempFolder folder(TempFolder::in_memory());
  const std::vector<Event> events = keyed_events(3000, 20);
  std::map<std::string, std::vector<Event>> expected;
  for (const Event& event : events) {
    std::string minute = "_untimed";
    for (const Field& field : event)
      if (field.path == kTime) minute = std::to_string(field.word / 3'600'000'000'000);
    expected["x-" + folder_by_key(event) + "-0" + minute + "/y"].push_back(event);
  }
  std::map<std::string, std::vector<Event>> got = run(folder, "x-{key}-{time:%H}/y/", events, {});
  std::map<std::string, std::vector<Event>> renamed;
  for (auto& [name, rows] : got) {
    std::string with_zero = name;
    if (auto at = name.find("-_untimed"); at != name.npos) with_zero.replace(at, 1, "-0");
    renamed[with_zero] = rows;
  }
  CHECK(renamed == expected);
}

TEST_CASE("a file for each value, and the whole in one folder") {
  TempFolder folder(TempFolder::in_memory());
  const std::vector<Event> events = keyed_events(500, 10);
  {
    ArchiveOutput out(parse(folder / "files/{key}.ev"), {});
    route(out, events, kTime, {});
    CHECK(list_files(folder / "files").size() > 1);  // nothing but what is staged
    CHECK(!fs::exists(folder / "files/k1.ev"));
    out.finish();
  }
  const auto expected = by_key(events);
  CHECK(list_files(folder / "files").size() == expected.size());
  for (const auto& [key, rows] : expected) CHECK(read_file(folder / ("files/" + key + ".ev")) == rows);
  CHECK(run(folder, "", events, {}) == std::map<std::string, std::vector<Event>>{{"", events}});
}

TEST_CASE("no rows, no files and no folder") {
  TempFolder folder(TempFolder::in_memory());
  CHECK(run(folder, "{key}/", {keyed_events(1, 1)}, {}).size() == 1);
  fs::remove_all(folder / "out");
  ArchiveOutput out(parse(folder / "out/a/{key}/"), {});
  route(out, {}, kTime, {});
  CHECK(out.absent_fields().empty());
  out.finish();
  CHECK(out.result().added == 0);
  CHECK(folder.entries() == 0);
}

TEST_CASE("what is abandoned leaves nothing, nor does what was never finished") {
  TempFolder folder(TempFolder::in_memory());
  for (bool abandon : {true, false}) {
    ArchiveOutput out(parse(folder / "out/a/{key}/"), {});
    route(out, keyed_events(100, 5), kTime, {});
    if (abandon) out.abandon();
  }
  CHECK(folder.entries() == 0);
}

TEST_CASE("ENDs carry the flags of the run, also where a file had ended early") {
  TempFolder folder(TempFolder::in_memory());
  std::vector<Event> events;
  // 30 destinations with a whole block each; none has rows left when all were added.
  for (int i = 0; i < 3000; i++) events.push_back({text_field(kKey, "k" + std::to_string(i / 100))});
  RunStyle style;
  style.options.limits.block_rows = 50;
  style.options.open_segments = 3;
  style.end_flags = kEndInterrupted | kEndPartial;
  CHECK(run(folder, "{key}/", events, style) == by_key(events));
  style.seed = 3;
  CHECK(run(folder, "{key}/", events, style) == by_key(events));
}

TEST_CASE("created rows stay created") {
  TempFolder folder(TempFolder::in_memory());
  ArchiveOutput out(parse(folder / "out/{key}/"), {});
  std::vector<Event> events;
  for (int i = 0; i < 10; i++) events.push_back({text_field(kKey, i % 2 ? "odd" : "even")});
  out.add(out.split(build_timed(events, std::nullopt), 7));  // 7, 8, 9 are created
  out.close(0);
  while (auto job = out.next_job()) out.put(out.run(std::move(*job)));
  out.finish();
  std::map<std::string, Ledger> ledgers;
  for (const std::string& file : list_files(folder / "out")) {
    StreamTotals totals;
    read_file(folder / ("out/" + file), &totals);
    ledgers[fs::path(file).parent_path().string()] = totals.ledger;
  }
  CHECK(ledgers["odd"].created == 2);
  CHECK(ledgers["odd"].passed == 3);
  CHECK(ledgers["even"].created == 1);
  CHECK(ledgers["even"].passed == 4);
}

TEST_CASE("a part that is there already is not added again") {
  TempFolder folder(TempFolder::in_memory());
  const std::vector<Event> first = keyed_events(200, 5, 1), second = keyed_events(300, 5, 2);
  auto add = [&](const std::vector<Event>& events) {
    ArchiveOutput out(parse(folder / "out/{key}/"), {});
    route(out, events, kTime, {});
    out.finish();
    return out.result();
  };
  const std::size_t folders = by_key(first).size(), more = by_key(second).size();
  CHECK(add(first).added == folders);
  const auto once = contents(folder / "out");
  const ArchiveResult again = add(first);
  CHECK(again.added == 0);
  CHECK(again.equal == folders);
  CHECK(again.equal_rows == 200);
  CHECK(contents(folder / "out") == once);
  CHECK(add(second).added == more);
  CHECK(list_files(folder / "out").size() == folders + more);
  for (const auto& [file, bytes] : once) CHECK(contents(folder / "out")[file] == bytes);
}

TEST_CASE("fields that no row has are told") {
  TempFolder folder(TempFolder::in_memory());
  ArchiveOutput out(parse(folder / "out/{key}/{nothing}/{time:%Y}/{key:%Y}/"), {});
  route(out, {{text_field(kKey, "a")}}, kTime, {});
  std::vector<std::string> names;
  for (const TemplateField* field : out.absent_fields()) names.push_back(field->name);
  CHECK(names == std::vector<std::string>{"nothing", "time", "key"});
  out.finish();
  CHECK(list_files(folder / "out")[0].starts_with("a/_null/_untimed/_untimed/part-"));
}

TEST_CASE("two fields of one name are refused") {
  TempFolder folder(TempFolder::in_memory());
  ArchiveOutput out(parse(folder / "out/{a.b}/"), {});
  CHECK_THROWS_AS(route(out, {{word_field(Path{"a.b"}, 1), word_field(Path{"a", "b"}, 2)}}, std::nullopt, {}), Error);
  ArchiveOutput quoted(parse(folder / "out/{`a.b`}/"), {});
  route(quoted, {{word_field(Path{"a.b"}, 1), word_field(Path{"a", "b"}, 2)}}, std::nullopt, {});
  quoted.finish();
  CHECK(fs::exists(folder / "out/1"));
}

TEST_CASE("more destinations than there may be are an error that names the template") {
  TempFolder folder(TempFolder::in_memory());
  ArchiveOptions options;
  options.destinations = 20;
  ArchiveOutput out(parse(folder / "out/{key}/"), options);
  std::vector<Event> events;
  for (int i = 0; i < 21; i++) events.push_back({word_field(kKey, static_cast<uint64_t>(i))});
  try {
    route(out, events, kTime, {});
    FAIL("21 destinations");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(error.place() == folder / "out/{key}/");
    CHECK(error.reason() == "over a limit: the template has more than 20 destinations");
  }
  CHECK(ArchiveOptions{}.destinations == 131072);
}

TEST_CASE("inputs with different event times: each segment names its own") {
  TempFolder folder(TempFolder::in_memory());
  const Path other{"other"};
  for (uint64_t memory : {uint64_t{1} << 30, uint64_t{2000}}) {
    fs::remove_all(folder / "out");
    ArchiveOptions options;
    options.limits.memory = memory;
    options.limits.fair_rows = 1000;
    ArchiveOutput out(parse(folder / "out/{key}/"), options);
    std::vector<Event> all;
    for (int i = 0; i < 6; i++) {
      const Path& time = i % 2 ? kTime : other;
      std::vector<Event> events;
      for (uint64_t n = 0; n < 40; n++)
        events.push_back({text_field(kKey, n % 2 ? "a" : "b"), word_field(time, n * 1'000'000'000, Type::time)});
      out.add(out.split(build_timed(events, time), 40));
      for (Event& event : events)
        if (event[0].text == "a") all.push_back(std::move(event));
    }
    out.close(0);
    while (auto job = out.next_job()) out.put(out.run(std::move(*job)));
    out.finish();
    const std::string file = folder / ("out/" + list_files(folder / "out")[0]);
    CHECK(read_file(file) == all);
    StreamReader reader(open_input(file), {});
    std::vector<std::string> times;
    uint64_t timed = 0;
    while (auto block = reader.next()) {
      REQUIRE(block->time_path);
      if (times.empty() || times.back() != block->time_path->name()) times.push_back(block->time_path->name());
      timed += block->header.timed_rows;
    }
    CHECK(timed == 120);
    CHECK(times == std::vector<std::string>{"other", "at", "other", "at", "other", "at"});
  }
}

TEST_CASE("blocks keep to the caps: a large row stands alone, many fields are parted") {
  TempFolder folder(TempFolder::in_memory());
  std::vector<Event> events;
  for (int i = 0; i < 6; i++)
    events.push_back(
        {text_field(kKey, "big"), text_field(Path{"x"}, std::string(i == 3 ? 17'000'000 : 6'000'000, 'x'))});
  for (int i = 0; i < 44; i++) {  // more fields than the 65,535 of a batch
    Event event = {text_field(kKey, "wide")};
    for (int n = 0; n < 1500; n++) event.push_back(word_field(Path{"f" + std::to_string(i * 1500 + n)}, 1));
    events.push_back(event);
  }
  RunStyle style;
  style.batch_rows = 30;
  CHECK(run(folder, "{key}/", events, style) == by_key(events));
  std::vector<uint32_t> rows;
  StreamReader reader(open_input(folder / ("out/" + list_files(folder / "out")[0])), {});
  while (auto block = reader.next()) rows.push_back(block->header.rows);
  CHECK(rows == std::vector<uint32_t>{2, 1, 1, 2});
}
