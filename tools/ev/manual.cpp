#include "ev/manual.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "cli/programs.h"

extern char** environ;

namespace ev {
namespace {

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> all;
  for (std::string& word : words) all.push_back(word.data());
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> command(const std::string& name, const std::vector<std::string>& arguments) {
  std::vector<std::string> words{name};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return words;
}

/// Page of `topic` that belongs to this executable.
std::optional<std::string> own_page(std::string_view topic) {
  std::string folder = own_folder();
  if (folder.empty()) return std::nullopt;
  for (char section : {'1', '5', '7'}) {
    std::string file = concat(topic, ".", section);
    // Installed; then from BUILD/bin with BUILD one, two or three folders below the top of the source tree.
    for (const std::string& place : {concat("/../share/man/man", section, "/"), std::string("/../../man/"),
                                     std::string("/../../../man/"), std::string("/../../../../man/")}) {
      std::string path = concat(folder, place, file);
      if (::access(path.c_str(), R_OK) == 0) return path;
    }
  }
  return std::nullopt;
}

}  // namespace

void open_manual(std::string_view name) {
  auto man = find_program("man");
  if (!man) return;
  std::string topic = name.empty() || name == "ev" ? "ev" : concat("ev-", name);
  if (name.find('/') != name.npos) return;
  if (auto page = own_page(topic)) execute(*man, "man", {*page});
  if (!output_of(*man, {"-w", topic}).empty()) execute(*man, "man", {topic});
}

void execute(const std::string& path, const std::string& name, const std::vector<std::string>& arguments) {
  std::vector<std::string> words = command(name, arguments);
  ::execv(path.c_str(), pointers(words).data());
  throw system_error(ErrorKind::no_input, path, "cannot be executed", errno);
}

std::string output_of(const std::string& path, const std::vector<std::string>& arguments) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<std::string> words = command(path, arguments);
  pid_t process = -1;
  int error = ::posix_spawn(&process, path.c_str(), &actions, nullptr, pointers(words).data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string text;
  char part[4096];
  for (ssize_t n; error == 0 && ((n = ::read(ends[0], part, sizeof part)) > 0 || (n < 0 && errno == EINTR));)
    if (n > 0) text.append(part, static_cast<std::size_t>(n));
  ::close(ends[0]);
  int status = 1;
  while (error == 0 && ::waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  return error == 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0 ? text : std::string();
}

}  // namespace ev
