// What every program shares: its options, messages, exit status, signals, statistics. A tool's main() calls run_tool().
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "codec/chunk.h"
#include "expr/expression.h"
#include "io/input.h"
#include "io/output.h"
#include "stream/ledger.h"

namespace ev {

/// Declares the options of a tool; a thin cover of CLI11, so that help, man page and completion come from one place.
/// `names` as in CLI11: "-b,--by". A list option takes one argument, split at commas outside brackets and quotes.
class Command {
 public:
  void flag(std::string_view names, bool& into, std::string_view help);
  void text(std::string_view names, std::string_view placeholder, std::string& into, std::string_view help);
  void text(std::string_view names, std::string_view placeholder, std::optional<std::string>& into, std::string_view help);
  void list(std::string_view names, std::string_view placeholder, std::vector<std::string>& into, std::string_view help);
  /// May be given several times, each with one value that is taken whole.
  void texts(std::string_view names, std::string_view placeholder, std::vector<std::string>& into, std::string_view help);
  void number(std::string_view names, std::string_view placeholder, std::optional<uint64_t>& into, std::string_view help);
  /// FILE... at the end of the line.
  void files(std::vector<std::string>& into, std::string_view help);
  /// Hides the option just declared from help: for tests of evkit itself.
  void hide_last();

  struct State;
  explicit Command(State& state) : state_(state) {}

 private:
  State& state_;
};

/// Which of the shared options a tool has (all have -j, --stats, --progress, -q, -v, --help, --version).
struct SharedOptionSet {
  bool output = true;       // -o, --no-clobber
  bool inputs = true;       // FILE...
  bool rows = true;         // it takes rows: --accept-partial, --since, --until, --timezone
  bool where = true;        // with rows: --where
  bool stream_out = true;   // output is an event stream: --compress, --to
  bool text_in = true;      // -t for text inputs, --latency
  bool memory = true;       // --memory
  bool locks = false;       // it works with states that others may lock: --wait
};

class PathTemplate;

/// The shared options, validated.
struct SharedOptions {
  std::vector<std::string> files;
  std::string output = "-";
  std::shared_ptr<const PathTemplate> route;  // -o as a template or a folder of parts; `output` is its text then
  bool no_clobber = false;
  int64_t since = std::numeric_limits<int64_t>::min();
  int64_t until = std::numeric_limits<int64_t>::max();
  bool has_time_range() const {
    return since != std::numeric_limits<int64_t>::min() || until != std::numeric_limits<int64_t>::max();
  }
  unsigned threads = 1;
  uint64_t memory = 0;
  std::optional<Compression> compression;  // nullopt: auto (zstd in a file, none in a pipe)
  std::chrono::nanoseconds latency{20'000'000};
  std::chrono::nanoseconds wait{0};        // for locks
  std::string timezone;                    // IANA name, empty: UTC
  std::vector<std::string> time_fields;
  std::optional<Expression> where;
  std::optional<std::string> to;           // --to FORMAT
  bool accept_partial = false;
  bool quiet = false, verbose = false;
  int64_t now_ns = 0;                      // when the program started: what times in options are counted from
  std::vector<std::pair<std::string, std::string>> given;  // all options of the command line, as typed, by their long names
  uint32_t block_rows = 65536;             // hidden, for tests
};

/// What a running tool has: its options, where it speaks, what it counts.
class Session {
 public:
  virtual ~Session() = default;
  virtual const SharedOptions& options() const = 0;
  /// From now on options() are as if the program had been started then.
  virtual void count_from(int64_t now_ns) = 0;
  /// Ask inputs to stop on the first SIGINT or SIGTERM (sources only).
  virtual StopCheck stop_check() const = 0;
  /// For PipelineOptions::on_cancel: makes inputs with a stop_check() stop. Where the reader of our output went away and
  /// our own input is idle, nothing would wake us to find out: then the process ends here, by SIGPIPE.
  virtual void cancel(std::exception_ptr why) noexcept = 0;
  /// 0, or the signal that came.
  virtual int signal() const = 0;
  /// stderr: "tool: TEXT". warn() always (unless -q), notice() on a terminal or with -v only.
  virtual void warn(std::string_view text) = 0;
  virtual void notice(std::string_view text) = 0;
  /// Raises the exit status to at least this (worst wins: 70 74 65 76 69 75 3).
  virtual void exit_at_least(int code) = 0;
  /// Opens the output of -o (or standard output). With a terminal or --to, a stream goes through `ev-export`.
  virtual Output& output() = 0;
  /// Commits the output: everything was written. A tool that opens its output and returns without it has failed.
  virtual void finish_output() = 0;
  /// In place of it: what stands under the output's name stays, and what was written is dropped.
  virtual void drop_output() noexcept = 0;
  /// Drops what was written, and output() opens anew what -o names. What refers to the old one must not be used any more.
  virtual void restart_output() = 0;
  /// What --progress and --stats show; called from one thread at a time.
  struct Progress {
    uint64_t bytes = 0, rows = 0;
    std::optional<uint64_t> bytes_total;
  };
  virtual void progress(const Progress& now) = 0;
  /// The ledger so far, at last the final one: for --stats.
  virtual void set_ledger(const Ledger& ledger) = 0;
  /// Bytes written to temporary files, for --stats.
  virtual void add_spilled(uint64_t bytes) = 0;
};

/// One tool. Options are declared, parsed and validated before run(); no file is opened before.
class Tool {
 public:
  virtual ~Tool() = default;
  virtual std::string_view name() const = 0;     // "aggregate"
  virtual std::string_view summary() const = 0;  // one line for --help
  virtual std::string_view usage_tail() const { return "[FILE...]"; }
  virtual SharedOptionSet shared() const { return {}; }
  /// One or two command lines for --help.
  virtual std::vector<std::string> examples() const { return {}; }
  virtual void declare(Command& command) = 0;
  /// Turns what was parsed into what run() needs. Throws Error(usage).
  virtual void validate() {}
  /// Exit status; exit_at_least() may raise it.
  virtual int run(Session& session) = 0;
};

/// Parses, runs, maps every failure to its message and exit status. The only place that catches.
int run_tool(Tool& tool, int argc, char** argv);

}  // namespace ev
