// Real logs and the JSON conformance suite. They are no part of the repository: EV_DATA names the folder that has
// them; without it these tests are skipped.
#include <doctest/doctest.h>
#include <simdjson.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <sstream>
#include <string>

#include "parsed_rows.h"

using namespace ev;
using namespace ev::test;

namespace {

/// The folder, or empty with a message.
std::string data_folder() {
  const char* named = std::getenv("EV_DATA");
  if (named && std::filesystem::is_directory(named)) return named;
  MESSAGE("skipped: EV_DATA names no folder of real logs");
  return {};
}

std::string output_of(const std::string& command) {
  std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string out;
  char buffer[1 << 16];
  while (std::size_t n = std::fread(buffer, 1, sizeof buffer, pipe.get())) out.append(buffer, n);
  return out;
}

struct TemporaryFolder {
  std::string path;
  TemporaryFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "ev-text-XXXXXX";
    path = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path); }
};

bool accepted(const std::string& line) {
  JsonLinesParser parser;
  // A line of the same shape first, so that the predicting reader gets its turn.
  ParsedText parsed = parser.parse(make_unit("{\"v\":1}\n" + line));
  ParsedText plain = parser.parse_plain(make_unit("{\"v\":1}\n" + line));
  CHECK(difference(parsed, plain) == "");
  return parsed.rejects.empty() && parsed.batch.rows == 2;
}

bool is_top_level_object(const std::string& text) {
  std::size_t at = text.find_first_not_of(" \t\r\n");
  return at != text.npos && text[at] == '{';
}

/// A unit of lines [begin, end) of the text.
TextUnit unit_of(std::string_view text, std::size_t begin, std::size_t end) {
  TextUnit unit = make_unit(text.substr(begin, end - begin));
  unit.first_offset = begin;
  unit.first_line =
      1 + static_cast<uint64_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(begin), '\n'));
  return unit;
}

}  // namespace

TEST_CASE("JSON conformance suite") {
  std::string folder = data_folder();
  if (folder.empty()) return;
  TemporaryFolder temporary;
  REQUIRE(std::system(("tar --zstd -xf " + folder + "/JSONTestSuite.tar.zst -C " + temporary.path).c_str()) == 0);
  unsigned good = 0, bad = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(temporary.path)) {
    if (entry.path().extension() != ".json") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(file), {});
    while (text.ends_with('\n')) text.pop_back();
    if (text.find('\n') != text.npos) continue;
    std::string name = entry.path().filename();
    bool plain = accepted(text), wrapped = accepted("{\"v\":" + text + "}"),
         in_array = accepted("{\"v\":[" + text + "]}");
    CAPTURE(name);
    if (name.starts_with("y_")) {
      good++;
      CHECK(plain == is_top_level_object(text));
      CHECK(wrapped);
      CHECK(in_array);
    } else if (name.starts_with("n_")) {
      bad++;
      CHECK_FALSE(plain);
      CHECK_FALSE(wrapped);
      // An array around white space is a good one.
      if (text.find_first_not_of(" \t\r") != text.npos) CHECK_FALSE(in_array);
    }
  }
  CHECK(good > 80);
  CHECK(bad > 150);
}

TEST_CASE("real logs: both readers agree, also on mutated lines, and a cut at any line gives the same rows") {
  std::string folder = data_folder();
  if (folder.empty()) return;
  struct Log {
    const char* name;
    const char* time;
    unsigned rows;
  };
  for (Log log :
       {Log{"github-events", "created_at", 800}, Log{"mongod", "t.$date", 27995}, Log{"nginxplus", "timestamp", 500},
        Log{"windows-events", "@timestamp", 25993}, Log{"zeek-dns", "ts", 53615}}) {
    CAPTURE(log.name);
    std::string text = output_of("zstd -qdc " + folder + "/" + log.name + ".jsonl.zst");
    REQUIRE(!text.empty());
    uint32_t left = kTimeDetectionRecords;
    TimeRules rules;
    rules.plausible_only = true;
    auto plausible = std::make_shared<const TimeRules>(rules);
    auto time = find_time_field(text, default_time_fields(), false, {}, left);
    REQUIRE(time);
    CHECK(time->name() == log.time);
    JsonLinesParser parser, plain;
    TextUnit whole = make_unit(text);
    whole.time_path = time;
    whole.time_rules = plausible;
    ParsedText all = parser.parse(whole);
    CHECK(all.batch.rows == log.rows);
    CHECK(all.rejects.empty());
    CHECK(all.batch.time_path >= 0);
    CHECK(all.batch.time_column()->size() == log.rows);
    CHECK(difference(all, plain.parse_plain(whole)) == "");
    CHECK(difference(all, parser.parse(whole)) == "");

    std::mt19937_64 random(11);
    std::vector<std::string> rows = rows_of(all.batch), pieces;
    for (std::size_t begin = 0; begin < text.size();) {
      std::size_t end = text.find('\n', std::min(text.size() - 1, begin + random() % 2'000'000)) + 1;
      TextUnit unit = unit_of(text, begin, end);
      unit.time_path = time;
      unit.time_rules = plausible;
      for (std::string& row : rows_of(parser.parse(unit).batch)) pieces.push_back(std::move(row));
      begin = end;
    }
    CHECK(rows == pieces);

    for (std::size_t i = 0; i < text.size() / 400; i++)
      text[random() % text.size()] = static_cast<char>("\"\\{},:[]0e\n\x01\xff"[random() % 13]);
    TextUnit damaged = make_unit(text);
    ParsedText predicted = parser.parse(damaged);
    CHECK(predicted.rejects.size() > 100);
    CHECK(difference(predicted, plain.parse_plain(damaged)) == "");
  }
}
