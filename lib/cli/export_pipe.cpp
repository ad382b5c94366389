#include "cli/export_pipe.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "cli/programs.h"

extern char** environ;

namespace ev {
namespace {

constexpr const char* kProgram = "ev-export";
constexpr int kPipeBytes = 1 << 20;

class ExportProcess final : public ExportPipe {
 public:
  ExportProcess(pid_t process, int pipe) : process_(process), pipe_(pipe) {}
  ~ExportProcess() override { wait(); }
  ExportProcess(const ExportProcess&) = delete;
  ExportProcess& operator=(const ExportProcess&) = delete;

  void write(std::span<const uint8_t> bytes) override {
    while (!bytes.empty()) {
      ssize_t n = ::write(pipe_, bytes.data(), bytes.size());
      if (n < 0) {
        if (errno == EINTR) continue;
        if (errno == EPIPE) throw BrokenPipe();
        throw system_error(ErrorKind::io, name_, "cannot be written", errno);
      }
      written_ += static_cast<uint64_t>(n);
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
  }
  void finish() override { close_pipe(); }
  void abandon() noexcept override { close_pipe(); }
  bool is_terminal() const override { return false; }
  bool is_file() const override { return false; }
  const std::string& name() const override { return name_; }

  int wait() noexcept override {
    close_pipe();
    if (process_ > 0) {
      int status = 0;
      pid_t done;
      do done = ::waitpid(process_, &status, 0);
      while (done < 0 && errno == EINTR);
      process_ = -1;
      if (done < 0)
        exit_ = exit_code(ErrorKind::bug);
      else
        exit_ = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
    return exit_;
  }

 private:
  void close_pipe() noexcept {
    if (pipe_ >= 0) ::close(pipe_);
    pipe_ = -1;
  }

  pid_t process_;
  int pipe_;
  int exit_ = 0;
  std::string name_ = kProgram;
};

struct SpawnSettings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  SpawnSettings(int input) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawnattr_init(&attributes);
    // We ignore SIGPIPE; it must not.
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
};

}  // namespace

std::unique_ptr<ExportPipe> open_export(const std::vector<std::string>& arguments) {
  auto path = find_program(kProgram);
  if (!path) {
    throw Error(ErrorKind::cannot_create, kProgram, "not found, but needed to print events",
                "put it beside this program or in PATH, or write the stream with -o FILE");
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw system_error(ErrorKind::io, kProgram, "no pipe", errno);
  ::fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);
  std::vector<char*> argv;
  std::string name = kProgram;
  argv.push_back(name.data());
  std::vector<std::string> copies = arguments;
  for (std::string& argument : copies) argv.push_back(argument.data());
  argv.push_back(nullptr);
  SpawnSettings settings(ends[0]);
  pid_t process = -1;
  int error = ::posix_spawn(&process, path->c_str(), &settings.actions, &settings.attributes, argv.data(), environ);
  ::close(ends[0]);
  if (error != 0) {
    ::close(ends[1]);
    throw system_error(ErrorKind::cannot_create, *path, "cannot be started", error);
  }
  return std::make_unique<ExportProcess>(process, ends[1]);
}

}  // namespace ev
