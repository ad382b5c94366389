#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>

#include "base/pod_vector.h"
#include "base/text.h"
#include "cli/command_line.h"
#include "cli/exit_status.h"
#include "cli/failures.h"
#include "cli/heap.h"
#include "cli/interrupt.h"
#include "cli/session.h"
#include "cli/shared_options.h"
#include "cli/version.h"

namespace ev {
namespace {

/// A program started with standard descriptors closed would get their numbers for the next files it opens, and then
/// read its own pipe or write messages into a stream. They are filled with what can only fail: input that cannot be
/// read, output that cannot be written. Messages may get lost.
void fill_closed_descriptors() {
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest free number is this one: all below it are open.
    [[maybe_unused]] int opened = ::open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_WRONLY);
  }
}

int64_t now_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void print(std::string_view text) {
  auto out = standard_output();
  out->write(as_bytes(text));
  out->finish();
}

/// --help and the like. Whether there was one.
bool answer(const Tool& tool, const Command::State& command, const SharedText& text) {
  if (text.help)
    print(help_text(tool, command));
  else if (text.version)
    print(concat("ev-", tool.name(), " ", kVersion, "\n"));
  else if (text.list_options)
    print(option_list(command));
  else if (text.summary)
    print(concat(tool.summary(), "\n"));
  else
    return false;
  return true;
}

/// Everything from the parsed command line on.
class Run {
 public:
  Run(Tool& tool, const SharedText& text, Messages& messages) : tool_(tool), text_(text), messages_(messages) {}

  int operator()() {
    int64_t now = now_ns();
    session_ = std::make_unique<ToolSession>(tool_.name(), tool_.shared(), check_shared(text_, now),
                                             check_report(text_), messages_);
    session_->set_reader([this](int64_t then) { return check_shared(text_, then); });
    if (session_->options().threads > 1) reserve_huge_pages();
    tool_.validate();
    session_->exit_at_least(tool_.run(*session_));
    if (session_->output_left_open())
      throw Error(ErrorKind::bug, "", "the program ended without having finished its output");
    session_->report();
    return session_->exit_status();
  }

  /// Exit status after a failure.
  int after(const Ending& ending) {
    if (!session_) return ending.broken_pipe ? 128 + SIGPIPE : ending.exit;
    int code = worse_exit(ending.exit, session_->exit_status());
    int child = session_->give_up();
    if (ending.broken_pipe) {
      if (!session_->exporting() || child == 128 + SIGPIPE) return 128 + SIGPIPE;
      return worse_exit(code, child);  // our own ev-export stopped reading and has said why
    }
    // What ev-export makes of the cut-off stream only follows from our failure.
    bool began = ending.exit != exit_code(ErrorKind::usage);
    if (began) run_and_catch(messages_, [&] { return session_->report(), 0; });
    return code;
  }

  void clear_progress() {
    if (session_) session_->clear_progress();
  }

 private:
  Tool& tool_;
  const SharedText& text_;
  Messages& messages_;
  std::unique_ptr<ToolSession> session_;
};

int run_to_exit_status(Tool& tool, int argc, const char* const* argv) {
  Messages messages(concat("ev-", tool.name()));
  Command::State state;
  SharedText text;
  text.set = tool.shared();
  Run run(tool, text, messages);
  auto body = [&] {
    install_interrupt();
    Command command(state);
    tool.declare(command);
    declare_shared(state, text);
    state.parse(argc, argv);
    text.given = state.given;
    return answer(tool, state, text) ? 0 : run();
  };
  Ending ending = run_and_catch(messages, body, [&] { run.clear_progress(); });
  int code = ending.failed ? run.after(ending) : ending.exit;
  int signal = interrupt_signal();
  return signal ? worse_exit(code, 128 + signal) : code;
}

}  // namespace

int run_tool(Tool& tool, int argc, char** argv) {
  fill_closed_descriptors();
  tune_heap();
  int code = run_to_exit_status(tool, argc, argv);
  if (code == 128 + SIGPIPE) die_by_signal(SIGPIPE);
  return code;
}

}  // namespace ev
