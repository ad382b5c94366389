#include "cli/shared_options.h"

#include <doctest/doctest.h>

#include "base/time.h"
#include "child_run.h"
#include "io/process_memory.h"
#include "pipeline/ordered.h"

using Words = std::vector<std::string>;

namespace {

constexpr int64_t kNow = 1717243200 * ev::kSecond;  // 2024-06-01T12:00:00Z

struct Given {
  ev::SharedOptions options;
  ev::ReportOptions report;
};

Given given(Words words) {
  ev::Command::State state;
  ev::SharedText text;
  ev::declare_shared(state, text);
  words.insert(words.begin(), "ev-probe");
  std::vector<const char*> argv;
  for (auto& w : words) argv.push_back(w.c_str());
  state.parse(static_cast<int>(argv.size()), argv.data());
  return {ev::check_shared(text, kNow), ev::check_report(text)};
}

std::string failure(Words words) {
  try {
    given(std::move(words));
  } catch (const ev::Error& error) {
    CHECK(error.kind() == ev::ErrorKind::usage);
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("defaults") {
  Given g = given({});
  CHECK(g.options.files.empty());
  CHECK(g.options.output == "-");
  CHECK_FALSE(g.options.has_time_range());
  CHECK(g.options.threads == ev::default_threads());
  CHECK(g.options.memory == std::min<uint64_t>(ev::usable_memory() / 4, uint64_t{1} << 30));
  CHECK_FALSE(g.options.compression);
  CHECK(g.options.latency == std::chrono::milliseconds(20));
  CHECK(g.options.timezone.empty());
  CHECK(g.options.block_rows == 65536);
  CHECK_FALSE(g.report.stats);
  CHECK_FALSE(g.report.progress);
}

TEST_CASE("files, output, flags") {
  Given g =
      given({"a", "-o", "out.ev", "--no-clobber", "--accept-partial", "-v", "b", "-t", "ts,time", "--to", "jsonl"});
  CHECK(g.options.files == Words{"a", "b"});
  CHECK(g.options.output == "out.ev");
  CHECK(g.options.no_clobber);
  CHECK(g.options.accept_partial);
  CHECK(g.options.verbose);
  CHECK(g.options.time_fields == Words{"ts", "time"});
  CHECK(g.options.to == "jsonl");
  CHECK(given({"-q"}).options.quiet);
}

TEST_CASE("times are taken at one instant and in the zone given") {
  Given g = given({"--since", "-1h", "--until", "now"});
  CHECK(g.options.since == kNow - 3600 * ev::kSecond);
  CHECK(g.options.until == kNow);
  CHECK(g.options.has_time_range());
  Given zoned = given({"--since", "2024-06-01", "--timezone", "Europe/Berlin"});
  CHECK(zoned.options.since == kNow - 14 * 3600 * ev::kSecond);
  CHECK(zoned.options.timezone == "Europe/Berlin");
  CHECK(given({"--timezone", "UTC"}).options.timezone.empty());
}

TEST_CASE("bad times") {
  CHECK(failure({"--since", "soon"}).starts_with("--since: "));
  CHECK(failure({"--until", "2024-13-01"}).starts_with("--until: "));
  CHECK(failure({"--timezone", "Mars/Olympus"}).starts_with("--timezone: "));
  CHECK(failure({"--since", "now", "--until", "now"}) ==
        "--since, --until: no time lies between them; --since 2024-06-01T12:00:00Z must be before --until "
        "2024-06-01T12:00:00Z");
}

TEST_CASE("a condition is parsed with the zone and the time of the options") {
  CHECK(!given({}).options.where);
  CHECK(given({"-w", "value > 100"}).options.where->text() == "value > 100");
  CHECK(given({"--where", "a == 1", "--timezone", "Europe/Berlin"}).options.where->fields() == Words{"a"});
  CHECK(failure({"-w", "value >"}).starts_with("--where: column 8 of \"value >\": a value is missing at the end"));
  CHECK(failure({"-w", "value + 1"}) == "--where: column 7 of \"value + 1\": this is no condition; compare it with something");
  CHECK(failure({"-w", "a", "-w", "b"}) != "accepted");
}

TEST_CASE("threads") {
  CHECK(given({"-j", "3"}).options.threads == 3);
  CHECK(given({"-j1"}).options.threads == 1);
  CHECK(failure({"-j", "0"}) == "--threads: '0': out of range; it goes from 1 to 256");
  CHECK(failure({"--threads=257"}) == "--threads: '257': out of range; it goes from 1 to 256");
  CHECK(failure({"-j", "many"}) == "--threads: 'many': is not a whole number");
}

TEST_CASE("memory") {
  CHECK(given({"--memory", "64M"}).options.memory == uint64_t{64} << 20);
  CHECK(failure({"--memory", "1k"}) == "--memory: '1k': too little; give at least 1M");
  CHECK(failure({"--memory", "lots"}).starts_with("--memory: size 'lots': "));
}

TEST_CASE("compression") {
  auto how = [](const char* text) { return given({"--compress", text}).options.compression; };
  CHECK_FALSE(how("auto"));
  CHECK(how("none")->codec == ev::Codec::none);
  CHECK(how("zstd")->codec == ev::Codec::zstd);
  CHECK(how("zstd:7")->level == 7);
  for (const char* bad : {"zstd:0", "zstd:20", "zstd:", "zstd:x", "zstd:3x"})
    CHECK(failure({"--compress", bad}) ==
          "--compress: '" + std::string(bad) + "': no such level; zstd levels go from 1 to 19");
  CHECK(failure({"--compress", "gzip"}) == "--compress: 'gzip': unknown; use auto, none, zstd or zstd:LEVEL");
}

TEST_CASE("wait") {
  ev::Command::State state;
  ev::SharedText text;
  text.set.locks = true;
  text.set.output = false;
  ev::declare_shared(state, text);
  const char* argv[] = {"ev-probe", "--wait", "1m"};
  state.parse(3, argv);
  CHECK(ev::check_shared(text, kNow).wait == std::chrono::minutes(1));
  CHECK(ev::check_shared({}, kNow).wait == std::chrono::seconds(0));
  const char* output[] = {"ev-probe", "-o", "x"};
  CHECK_THROWS_AS(state.parse(3, output), ev::Error);
  CHECK(failure({"--wait", "1s"}).find("--wait") != std::string::npos);
}

TEST_CASE("latency") {
  CHECK(given({"--latency", "1s"}).options.latency == std::chrono::seconds(1));
  CHECK(given({"--latency", "0"}).options.latency == std::chrono::seconds(0));
  CHECK(failure({"--latency", "fast"}).starts_with("--latency: "));
}

TEST_CASE("format") {
  CHECK(failure({"--to", "jsnl"}) == "--to: 'jsnl': unknown format; did you mean jsonl?");
  CHECK(failure({"--to", "pdf-document"}).starts_with("--to: 'pdf-document': unknown format; there are "));
}

TEST_CASE("block rows") {
  CHECK(given({"--block-rows", "7"}).options.block_rows == 7);
  CHECK(failure({"--block-rows", "0"}) == "--block-rows: '0': out of range; it goes from 1 to 65536");
  CHECK(failure({"--block-rows", "65537"}) == "--block-rows: '65537': out of range; it goes from 1 to 65536");
}

TEST_CASE("stats and progress") {
  CHECK(given({"--stats"}).report.stats == "-");
  CHECK(given({"--stats=f"}).report.stats == "f");
  Given every = given({"--stats-every", "2s"});
  CHECK(every.report.stats == "-");
  CHECK(every.report.stats_every == 2 * ev::kSecond);
  CHECK(given({"--progress"}).report.progress == true);
  CHECK(given({"--no-progress"}).report.progress == false);
  CHECK(given({"-q"}).report.progress == false);
  CHECK(given({"-q", "--progress"}).report.progress == true);
  CHECK(failure({"--progress", "--no-progress"}) == "--progress, --no-progress: contradict each other");
  CHECK(failure({"-q", "-v"}) == "-q, -v: contradict each other");
  CHECK(failure({"--stats-every", "often"}).starts_with("--stats-every: "));
}

TEST_CASE("an empty output name is refused") {
  CHECK(failure({"-o", ""}) == "--output: an empty file name");
}
