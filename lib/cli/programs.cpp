#include "cli/programs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <set>
#include <system_error>

#include "base/text.h"

namespace ev {
namespace {

bool executable(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::vector<std::string> search_folders() {
  std::vector<std::string> folders;
  if (std::string own = own_folder(); !own.empty()) folders.push_back(own);
  const char* path = std::getenv("PATH");
  std::string_view rest = path ? path : "/usr/local/bin:/usr/bin:/bin";
  while (!rest.empty()) {
    std::size_t colon = std::min(rest.find(':'), rest.size());
    if (colon > 0) folders.emplace_back(rest.substr(0, colon));
    rest.remove_prefix(std::min(colon + 1, rest.size()));
  }
  return folders;
}

}  // namespace

std::string own_folder() {
  std::error_code error;
  std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? std::string() : self.parent_path().string();
}

std::optional<std::string> find_program(std::string_view name) {
  for (const std::string& folder : search_folders())
    if (std::string path = concat(folder, "/", name); executable(path)) return path;
  return std::nullopt;
}

std::vector<std::string> list_programs() {
  std::set<std::string> names;
  for (const std::string& folder : search_folders()) {
    std::error_code error;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      std::string name = entry->path().filename().string();
      bool plain = name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == name.npos;  // no ev-x.bak, ev-x~
      if (plain && name.size() > 3 && name.starts_with("ev-") && executable(entry->path().string()))
        names.insert(name.substr(3));
    }
  }
  return {names.begin(), names.end()};
}

}  // namespace ev
