#include "cli/session.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/exit_status.h"
#include "cli/interrupt.h"
#include "cli/stats.h"
#include "cli/stream_output.h"
#include "io/process_memory.h"

namespace ev {
namespace {

constexpr const char* kTerminalRows = "40";

bool regular_file(int fd) {
  struct stat st {};
  return ::fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

}  // namespace

ToolSession::ToolSession(std::string_view tool, const SharedOptionSet& set, SharedOptions options, ReportOptions report,
                         Messages& messages)
    : tool_(tool),
      set_(set),
      options_(std::move(options)),
      report_(std::move(report)),
      messages_(messages),
      next_stats_(start_ + std::chrono::nanoseconds(report_.stats_every)) {
  messages_.set_quiet(options_.quiet);
  messages_.set_verbose(options_.verbose);
  if (report_.progress.value_or(wants_progress())) bar_.enable();
}

bool ToolSession::wants_progress() const {
  if (::isatty(STDERR_FILENO) != 1) return false;
  bool from_stdin = options_.files.empty();
  for (const std::string& file : options_.files) from_stdin |= file == "-";
  if (from_stdin && ::isatty(STDIN_FILENO) == 1) return false;  // somebody types
  bool to_stdout = options_.output == "-";
  // A table comes at the end; any other text runs over the same terminal as the bar would.
  bool table = set_.stream_out && (!options_.to || *options_.to == "table");
  if (to_stdout && ::isatty(STDOUT_FILENO) == 1 && !table) return false;
  // In the middle of a pipeline, its first and its last program show how far it is.
  bool reads_pipe = from_stdin && !regular_file(STDIN_FILENO);
  bool writes_pipe = to_stdout && ::isatty(STDOUT_FILENO) != 1 && !regular_file(STDOUT_FILENO);
  return !(reads_pipe && writes_pipe);
}

void ToolSession::count_from(int64_t now_ns) {
  if (now_ns != options_.now_ns) options_ = read_options_(now_ns);
}

StopCheck ToolSession::stop_check() const {
  return interrupt_check();
}

int ToolSession::signal() const {
  return interrupt_signal();
}

void ToolSession::cancel(std::exception_ptr why) noexcept {
  try {
    if (why && !export_) std::rethrow_exception(why);
  } catch (const BrokenPipe&) {
    remove_temporaries_now();
    die_by_signal(SIGPIPE);
  } catch (...) {
    // Comes out of the pipeline once produce() has returned.
  }
  cancel_inputs();
}

void ToolSession::warn(std::string_view text) {
  bar_.clear();
  messages_.warn(text);
}

void ToolSession::notice(std::string_view text) {
  bar_.clear();
  messages_.notice(text);
}

void ToolSession::exit_at_least(int code) {
  exit_ = worse_exit(exit_, code);
}

void ToolSession::open_export_pipe(std::vector<std::string> arguments) {
  auto add = [&](std::initializer_list<std::string> more) { arguments.insert(arguments.end(), more); };
  if (options_.output != "-") add({"-o", options_.output});
  if (options_.no_clobber) add({"--no-clobber"});
  if (!options_.timezone.empty()) add({"--timezone", options_.timezone});
  if (options_.quiet) add({"-q"});
  add({"--no-progress"});  // ours shows how far the input is
  auto pipe = open_export(arguments);
  export_ = pipe.get();
  output_ = std::move(pipe);
}

std::unique_ptr<Output> ToolSession::open_file() const {
  if (!options_.route) return open_output(options_.output, options_.no_clobber);
  ArchiveOptions archive;
  archive.compression = output_compression(options_, true);
  archive.no_clobber = options_.no_clobber;
  archive.limits.block_rows = options_.block_rows;
  return std::make_unique<ArchiveOutput>(options_.route, archive);
}

Output& ToolSession::output() {
  if (output_) return *output_;
  if (set_.stream_out && options_.to) {
    open_export_pipe({"-f", *options_.to});
  } else {
    output_ = open_file();
    if (set_.stream_out && output_->is_terminal()) {
      output_.reset();
      open_export_pipe({"-f", "table", "--head", kTerminalRows});
    }
  }
  return *output_;
}

void ToolSession::finish_output() {
  Output& out = output();
  bar_.clear();
  out.finish();
  output_finished_ = true;
  if (!export_) return;
  int code = export_->wait();
  if (code == 128 + SIGPIPE) throw BrokenPipe();
  exit_at_least(code);
}

void ToolSession::drop_output() noexcept {
  bar_.clear();
  if (output_) output_->abandon();
  output_finished_ = true;
}

void ToolSession::restart_output() {
  if (output_) output_->abandon();
  output_.reset();
  export_ = nullptr;
}

void ToolSession::progress(const Progress& now) {
  progress_ = now;
  bar_.update(now);
  if (report_.stats_every > 0 && Clock::now() >= next_stats_) {
    next_stats_ += std::chrono::nanoseconds(report_.stats_every);
    next_stats_ = std::max(next_stats_, Clock::now());
    bar_.clear();
    write_stats_now();
  }
}

int ToolSession::give_up() noexcept {
  bar_.clear();
  if (output_) output_->abandon();
  return export_ ? export_->wait() : 0;
}

void ToolSession::write_stats_now() {
  Stats stats;
  stats.tool = tool_;
  stats.ledger = ledger_;
  stats.bytes_in = progress_.bytes;
  stats.bytes_out = output_ ? output_->written() : 0;
  stats.seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  stats.peak_memory = peak_memory();
  stats.spilled = spilled_;
  write_stats(*report_.stats, stats);
}

void ToolSession::report() {
  if (report_.stats) write_stats_now();
}

}  // namespace ev
