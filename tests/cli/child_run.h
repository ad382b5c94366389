// Runs a tool in a child process, as main() would, and collects what it says.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cli/tool.h"

/// A tool made of functions.
class TestTool : public ev::Tool {
 public:
  std::string_view name() const override { return "probe"; }
  std::string_view summary() const override { return "probes the shared code"; }
  ev::SharedOptionSet shared() const override { return set; }
  std::vector<std::string> examples() const override { return {"ev probe -b kind x.ev"}; }
  void declare(ev::Command& command) override {
    command.list("-b,--by", "FIELDS", by, "fields to group by");
    command.text("-x,--extra", "TEXT", extra, "something of its own");
    command.number("--head", "N", head, "how many");
    command.flag("--any", any, "whether there is one");
    command.flag("--secret", secret, "for tests");
    command.hide_last();
  }
  void validate() override {
    if (on_validate) on_validate();
  }
  int run(ev::Session& session) override { return on_run ? on_run(session) : 0; }

  ev::SharedOptionSet set;
  std::function<void()> on_validate;
  std::function<int(ev::Session&)> on_run;
  std::vector<std::string> by;
  std::optional<std::string> extra;
  std::optional<uint64_t> head;
  bool any = false, secret = false;
};

struct Outcome {
  int exit = -1;   // as a shell would say: 128+n for signal n
  int signal = 0;  // that ended it
  std::string out, err;
};

/// `in_child` is called in the child before the tool; `in_parent` in the parent, with the child's id, once it runs.
inline Outcome run_child(TestTool& tool, std::vector<std::string> arguments, std::function<void()> in_child = {},
                         std::function<void(pid_t)> in_parent = {}) {
  int out[2], err[2];
  if (::pipe(out) != 0 || ::pipe(err) != 0) std::abort();
  pid_t child = ::fork();
  if (child == 0) {
    // The test program's own handlers would report what the tool dies of.
    for (int s : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGSEGV, SIGABRT}) ::signal(s, SIG_DFL);
    ::dup2(out[1], STDOUT_FILENO);
    ::dup2(err[1], STDERR_FILENO);
    for (int fd : {out[0], out[1], err[0], err[1]}) ::close(fd);
    if (in_child) in_child();
    arguments.insert(arguments.begin(), "ev-probe");
    std::vector<char*> argv;
    for (auto& a : arguments) argv.push_back(a.data());
    argv.push_back(nullptr);
    ::_exit(ev::run_tool(tool, static_cast<int>(arguments.size()), argv.data()));
  }
  ::close(out[1]);
  ::close(err[1]);
  if (in_parent) in_parent(child);
  Outcome outcome;
  pollfd fds[2] = {{out[0], POLLIN, 0}, {err[0], POLLIN, 0}};
  std::string* texts[2] = {&outcome.out, &outcome.err};
  for (int open = 2; open > 0;) {
    if (::poll(fds, 2, -1) < 0) continue;
    for (int i = 0; i < 2; i++) {
      if (!fds[i].revents) continue;
      char part[4096];
      ssize_t n = ::read(fds[i].fd, part, sizeof part);
      if (n > 0) {
        texts[i]->append(part, static_cast<std::size_t>(n));
      } else {
        ::close(fds[i].fd);
        fds[i].fd = -1;
        open--;
      }
    }
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  outcome.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  outcome.exit = outcome.signal ? 128 + outcome.signal : WEXITSTATUS(status);
  return outcome;
}

inline bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != text.npos;
}

/// A folder that is gone when the test is over.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "ev-cli-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::string text(const std::string& name) const {
    std::ifstream in(path_ / name);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string program(const std::string& name, const std::string& script) const {
    std::ofstream(path_ / name) << "#!/bin/sh\n" << script;
    std::filesystem::permissions(path_ / name, std::filesystem::perms::owner_all);
    return path_.string();
  }
  std::size_t files() const {
    std::size_t n = 0;
    for (auto& entry : std::filesystem::directory_iterator(path_)) n += entry.exists();
    return n;
  }

 private:
  std::filesystem::path path_;
};
