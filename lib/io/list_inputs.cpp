#include <algorithm>
#include <filesystem>

#include "base/error.h"
#include "io/input.h"

namespace ev {

namespace fs = std::filesystem;

namespace {

Error cannot_list(const fs::path& path, const std::error_code& ec) {
  return system_error(ErrorKind::no_input, path.string(), "cannot be listed", ec.value());
}

/// Files below `folder`. Links to folders are not followed (they may form a circle), links to files are; what is
/// neither, such as a FIFO, is left out. A dangling link is kept, so that opening it reports it.
void list_folder(const fs::path& folder, bool any_ending, std::vector<std::string>& files) {
  std::error_code ec;
  fs::directory_iterator entries(folder, ec);
  if (ec) throw cannot_list(folder, ec);
  for (; entries != fs::directory_iterator(); entries.increment(ec)) {
    const fs::path& path = entries->path();
    const std::string name = path.filename().string();
    if (name.starts_with('.')) continue;
    fs::file_status own = entries->symlink_status(ec);
    if (fs::is_directory(own)) {
      list_folder(path, any_ending, files);
      continue;
    }
    bool link = fs::is_symlink(own);
    fs::file_status status = link ? entries->status(ec) : own;
    if (!fs::is_regular_file(status) && !(link && !fs::exists(status))) continue;
    if (any_ending || name.ends_with(".ev")) files.push_back(path.string());
  }
  if (ec) throw cannot_list(folder, ec);
}

}  // namespace

std::vector<std::string> list_inputs(std::span<const std::string> paths, bool any_ending, bool may_be_empty) {
  std::vector<std::string> all;
  for (const std::string& path : paths) {
    if (path == "-") {
      all.push_back(path);
      continue;
    }
    std::error_code ec;
    fs::file_status status = fs::status(path, ec);
    if (status.type() == fs::file_type::not_found)
      throw Error(ErrorKind::no_input, path, "no such file or folder", "check the name; - is standard input");
    if (status.type() == fs::file_type::none)
      throw system_error(ErrorKind::no_input, path, "cannot be inspected", ec.value());
    if (!fs::is_directory(status)) {
      all.push_back(path);
      continue;
    }
    std::vector<std::string> below;
    list_folder(path, any_ending, below);
    if (below.empty() && !may_be_empty) {
      throw Error(ErrorKind::no_input, path, any_ending ? "a folder without files" : "a folder without *.ev files",
                  any_ending ? "" : "name files of other endings one by one");
    }
    std::sort(below.begin(), below.end());
    all.insert(all.end(), below.begin(), below.end());
  }
  return all;
}

}  // namespace ev
