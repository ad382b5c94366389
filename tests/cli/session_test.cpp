// Where the output goes, and what --stats and --progress say.
#include <doctest/doctest.h>
#include <pty.h>

#include <chrono>
#include <thread>

#include "base/pod_vector.h"
#include "child_run.h"
#include "cli/progress_bar.h"
#include "cli/stats.h"

using ev::Session;

namespace {

TestTool writing(std::string text) {
  TestTool tool;
  tool.on_run = [text](Session& s) {
    s.output().write(ev::as_bytes(text));
    s.finish_output();
    return 0;
  };
  return tool;
}

/// A folder with an ev-export that tells its arguments and what it reads, found through PATH.
struct FakeExport {
  explicit FakeExport(const std::string& script = "echo \"export $@:\"; cat\n") {
    path = folder.program("ev-export", script);
  }
  void use() const { ::setenv("PATH", (path + ":/usr/bin:/bin").c_str(), 1); }
  Folder folder;
  std::string path;
};

/// Standard output of the child becomes a terminal whose other end is put into `text` at the end.
struct Terminal {
  int master = -1, slave = -1;
  Terminal() {
    if (::openpty(&master, &slave, nullptr, nullptr, nullptr) != 0) std::abort();
  }
  ~Terminal() {
    ::close(master);
    ::close(slave);
  }
  std::string text() {
    ::fcntl(master, F_SETFL, O_NONBLOCK);
    std::string all;
    char part[4096];
    for (ssize_t n; (n = ::read(master, part, sizeof part)) > 0;) all.append(part, static_cast<std::size_t>(n));
    return all;
  }
};

}  // namespace

TEST_CASE("to a pipe the stream goes as it is") {
  TestTool tool = writing("stream");
  Outcome o = run_child(tool, {});
  CHECK(o.exit == 0);
  CHECK(o.out == "stream");
}

TEST_CASE("--to hands the stream to ev-export with the options that concern it") {
  FakeExport fake;
  TestTool tool = writing("stream");
  Outcome o = run_child(tool, {"--to", "csv", "--timezone", "Europe/Paris", "-q"}, [&] { fake.use(); });
  CHECK(o.exit == 0);
  CHECK(o.out == "export -f csv --timezone Europe/Paris -q --no-progress:\nstream");
  Outcome file = run_child(tool, {"--to", "csv", "-o", "x y.csv", "--no-clobber"}, [&] { fake.use(); });
  CHECK(file.out == "export -f csv -o x y.csv --no-clobber --no-progress:\nstream");
}

TEST_CASE("a stream for a terminal becomes a table of 40 rows") {
  FakeExport fake;
  Terminal terminal;
  TestTool tool = writing("stream");
  Outcome o = run_child(tool, {}, [&] {
    fake.use();
    ::dup2(terminal.slave, STDOUT_FILENO);
  });
  CHECK(o.exit == 0);
  CHECK(terminal.text() == "export -f table --head 40 --no-progress:\r\nstream");
}

TEST_CASE("text for a terminal goes there as it is") {
  Terminal terminal;
  TestTool tool = writing("text");
  tool.set.stream_out = false;
  Outcome o = run_child(tool, {}, [&] { ::dup2(terminal.slave, STDOUT_FILENO); });
  CHECK(o.exit == 0);
  CHECK(terminal.text() == "text");
}

TEST_CASE("the exit status of ev-export counts") {
  TestTool tool = writing("stream");
  FakeExport failing("cat >/dev/null; exit 74\n");
  CHECK(run_child(tool, {"--to", "csv"}, [&] { failing.use(); }).exit == 74);
  FakeExport piped("cat >/dev/null; exit 141\n");
  CHECK(run_child(tool, {"--to", "csv"}, [&] { piped.use(); }).signal == SIGPIPE);
  FakeExport killed("kill -PIPE $$\n");
  CHECK(run_child(tool, {"--to", "csv"}, [&] { killed.use(); }).signal == SIGPIPE);
}

TEST_CASE("an ev-export that stops reading ends the run with its exit status, or by SIGPIPE") {
  TestTool tool;
  tool.on_run = [](Session& s) -> int {
    for (;;) s.output().write(ev::as_bytes(std::string(65536, 'x')));
  };
  FakeExport refused("exit 73\n");
  Outcome o = run_child(tool, {"--to", "csv"}, [&] { refused.use(); });
  CHECK(o.exit == 73);
  CHECK(o.err.empty());
  FakeExport content("exit 0\n");
  CHECK(run_child(tool, {"--to", "csv"}, [&] { content.use(); }).exit == 0);
  FakeExport piped("exit 141\n");
  CHECK(run_child(tool, {"--to", "csv"}, [&] { piped.use(); }).signal == SIGPIPE);
}

TEST_CASE("our own failure counts, not what ev-export makes of the rest") {
  FakeExport fake("cat >/dev/null; exit 76\n");
  TestTool tool;
  tool.on_run = [](Session& s) -> int {
    s.output().write(ev::as_bytes("half"));
    throw ev::Error(ev::ErrorKind::no_input, "y.ev", "no such file");
  };
  Outcome o = run_child(tool, {"--to", "csv"}, [&] { fake.use(); });
  CHECK(o.exit == 66);
  CHECK(o.err == "ev-probe: y.ev: no such file\n");
}

TEST_CASE("without an ev-export the remedy is told") {
  TestTool tool = writing("stream");
  Outcome o = run_child(tool, {"--to", "csv"}, [] { ::setenv("PATH", "/nonexistent", 1); });
  CHECK(o.exit == 73);
  CHECK(holds(o.err, "ev-probe: ev-export: not found"));
}

TEST_CASE("--stats is one line of JSON with what the tool counted") {
  TestTool tool;
  tool.on_run = [](Session& s) {
    ev::Ledger ledger;
    ledger.in = 5;
    ledger.passed = 4;
    ledger.filtered = 1;
    ledger.out = 4;
    s.set_ledger(ledger);
    s.progress({100, 5, 200});
    s.add_spilled(7);
    s.output().write(ev::as_bytes("12345678"));
    s.finish_output();
    return 0;
  };
  Outcome o = run_child(tool, {"--stats"});
  CHECK(o.out == "12345678");
  for (const char* part :
       {"{\"tool\":\"probe\",\"ledger\":{\"in\":5,\"passed\":4,", "\"bytes_in\":100,\"bytes_out\":8,",
        "\"seconds\":", "\"events_per_second\":", "\"peak_memory\":", "\"spilled\":7}\n"})
    CHECK_MESSAGE(holds(o.err, part), o.err);
  Folder folder;
  std::ofstream(folder.file("s.json")) << "something older and longer than what will replace it";
  Outcome file = run_child(tool, {"--stats=" + folder.file("s.json")});
  CHECK(file.err.empty());
  CHECK(folder.text("s.json").starts_with("{\"tool\":\"probe\""));
  CHECK(folder.text("s.json").ends_with("}\n"));
  CHECK(run_child(tool, {"--stats=/nonexistent/s.json"}).exit == 73);
}

TEST_CASE("--stats speaks after a failure, too") {
  TestTool tool;
  tool.on_run = [](Session&) -> int { throw ev::Error(ev::ErrorKind::corrupt, "x", "y"); };
  Outcome o = run_child(tool, {"--stats"});
  CHECK(o.exit == 65);
  CHECK(holds(o.err, "ev-probe: x: y\n{\"tool\":\"probe\""));
}

TEST_CASE("--stats-every repeats the line") {
  TestTool tool;
  tool.on_run = [](Session& s) {
    for (int i = 0; i < 5; i++) {
      s.progress({});
      std::this_thread::sleep_for(std::chrono::milliseconds(12));
    }
    return 0;
  };
  Outcome o = run_child(tool, {"--stats-every", "10ms"});
  CHECK(std::count(o.err.begin(), o.err.end(), '\n') >= 4);
}

TEST_CASE("the stats line counts what was made where nothing came in") {
  ev::Stats stats;
  stats.tool = "x";
  stats.ledger.out = 10;
  stats.seconds = 2;
  CHECK(holds(ev::stats_json(stats), "\"seconds\":2.0,\"events_per_second\":5,"));
  stats.ledger.in = 100;
  CHECK(holds(ev::stats_json(stats), "\"events_per_second\":50,"));
  stats.seconds = 0;
  CHECK(holds(ev::stats_json(stats), "\"events_per_second\":0,"));
}

TEST_CASE("the progress line") {
  using namespace std::chrono_literals;
  CHECK(ev::progress_line({50 << 20, 0, 100 << 20}, 10s, 100) ==
        "5.0 MiB/s  50.0 MiB of 100.0 MiB  [############------------] 50%  ETA 0:10");
  CHECK(ev::progress_line({100, 1234567, std::nullopt}, 100s, 100) == "1 B/s  100 B  1,234,567 events  12,345/s  1:40");
  CHECK(ev::progress_line({200, 0, 100}, 1s, 100) ==
        "200 B/s  200 B of 100 B  [########################] 100%  ETA 0:00");
  CHECK(ev::progress_line({50 << 20, 0, 100 << 20}, 10s, 20).size() == 19);
  CHECK(holds(ev::progress_line({1 << 20, 0, uint64_t{1} << 40}, 1s, 200), "ETA 291:16:15"));
}

TEST_CASE("the bar is drawn on a terminal, taken away before a message and at the end, and never without one") {
  TestTool tool;
  tool.on_run = [](Session& s) {
    std::this_thread::sleep_for(std::chrono::milliseconds(550));
    s.progress({50, 0, 100});
    s.warn("look");
    s.output().write(ev::as_bytes("x"));
    s.finish_output();
    return 0;
  };
  Terminal terminal;
  run_child(tool, {"f"}, [&] { ::dup2(terminal.slave, STDERR_FILENO); });
  std::string text = terminal.text();
  CHECK(text.starts_with("\r"));
  CHECK(holds(text, "50%"));
  CHECK(text.ends_with("\r\x1b[Kev-probe: look\r\n"));
  CHECK(run_child(tool, {"f"}).err == "ev-probe: look\n");
  Terminal off;
  run_child(tool, {"f", "--no-progress"}, [&] { ::dup2(off.slave, STDERR_FILENO); });
  CHECK(off.text() == "ev-probe: look\r\n");
  CHECK(holds(run_child(tool, {"f", "--progress"}).err, "50%"));
}
