#include "ev/driver.h"

#include <signal.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/pod_vector.h"
#include "base/text.h"
#include "cli/failures.h"
#include "cli/interrupt.h"
#include "cli/programs.h"
#include "cli/version.h"
#include "ev/completion.h"
#include "ev/manual.h"
#include "ev/overview.h"
#include "io/output.h"

namespace ev {
namespace {

constexpr std::pair<std::string_view, std::string_view> kAliases[] = {{"agg", "aggregate"}};

std::string full_name(std::string_view name) {
  for (auto [alias, program] : kAliases)
    if (name == alias) return std::string(program);
  return std::string(name);
}

void print(std::string_view text) {
  auto out = standard_output();
  out->write(as_bytes(text));
  out->finish();
}

Error unknown_program(std::string_view name) {
  std::vector<std::string> names = list_programs();
  names.insert(names.end(), {"help", "agg"});
  auto near = nearest(name, names);
  return Error(ErrorKind::usage, concat("'", name, "'"), "no such program",
               near ? concat("did you mean ev ", *near, "?") : "ev help lists the programs");
}

/// Returns only by an exception. `arguments` follow the program's own name.
[[noreturn]] void become(std::string_view name, const std::vector<std::string>& arguments) {
  std::string program = concat("ev-", full_name(name));
  // A name with a slash would lead out of the folders that are searched.
  auto path = name.find('/') == name.npos ? find_program(program) : std::nullopt;
  if (!path) throw unknown_program(name);
  execute(*path, program, arguments);
}

void help(const std::vector<std::string>& topics) {
  if (topics.empty()) return print(overview());
  std::string name = full_name(topics[0].starts_with("ev-") ? topics[0].substr(3) : topics[0]);
  open_manual(name);  // returns where there is none
  become(name, {"--help"});
}

int answer(const std::vector<std::string>& words) {
  std::string_view first = words.empty() ? "help" : std::string_view(words[0]);
  std::vector<std::string> rest(words.begin() + (words.empty() ? 0 : 1), words.end());
  if (first == "help" || first == "--help" || first == "-h") {
    help(rest);
  } else if (first == "--version") {
    print(concat("ev ", kVersion, "\n"));
  } else if (first == "--list-programs") {
    print(join(list_programs(), "\n") + "\n");
  } else if (first == "--completion") {
    if (rest != std::vector<std::string>{"bash"})
      throw Error(ErrorKind::usage, "--completion", "which shell?", "there is bash: ev --completion bash");
    print(bash_completion(list_programs()));
  } else if (first.starts_with('-')) {
    throw Error(ErrorKind::usage, std::string(first), "unknown option", "ev help lists the programs");
  } else {
    become(first, rest);
  }
  return 0;
}

}  // namespace

int drive(int argc, char** argv) {
  Messages messages("ev");
  std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  Ending ending = run_and_catch(messages, [&] { return answer(words); });
  if (ending.broken_pipe) die_by_signal(SIGPIPE);
  return ending.exit;
}

}  // namespace ev
