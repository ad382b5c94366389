#include "source/input_files.h"

#include <algorithm>
#include <filesystem>
#include <set>

#include "base/error.h"
#include "io/input.h"

namespace ev {

namespace fs = std::filesystem;

namespace {

bool is_there(const std::string& path) {
  std::error_code ec;
  return fs::status(path, ec).type() != fs::file_type::not_found;
}

bool is_folder(const std::string& path) {
  std::error_code ec;
  return fs::is_directory(path, ec);
}

std::string folder_of(const std::string& path) {
  return fs::path(path).parent_path().string();
}

void add_folders(const fs::path& folder, std::vector<std::string>& folders) {
  folders.push_back(folder.string());
  std::error_code ec;
  for (fs::directory_iterator at(folder, ec); !ec && at != fs::directory_iterator(); at.increment(ec))
    if (fs::is_directory(at->symlink_status(ec)) && !at->path().filename().string().starts_with('.'))
      add_folders(at->path(), folders);
}

}  // namespace

std::string_view name_before_rotation(std::string_view path) {
  for (std::string_view ending : {".gz", ".zst", ".old"})
    if (path.ends_with(ending)) path.remove_suffix(ending.size());
  const std::size_t folder = path.rfind('/') + 1;  // 0 where there is none
  const std::size_t end = path.find_last_not_of("0123456789.-_") + 1;
  if (end <= folder || end == path.size()) return path;
  // A number behind a point, or a date.
  const std::string_view number = path.substr(end);
  const bool counted =
      number.size() > 1 && number[0] == '.' && number.find_first_not_of("0123456789", 1) == number.npos;
  const auto digits = std::count_if(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
  return counted || (digits >= 8 && digits < static_cast<std::ptrdiff_t>(number.size())) ? path.substr(0, end) : path;
}

bool named_after(std::string_view path, std::string_view other) {
  return path.starts_with(other) &&
         (path.size() == other.size() || std::string_view(".-_~").find(path[other.size()]) != std::string_view::npos);
}

InputFiles::InputFiles(std::vector<std::string> arguments, std::string left_out)
    : arguments_(std::move(arguments)), left_out_(std::move(left_out)) {
  const bool stdin_named = std::find(arguments_.begin(), arguments_.end(), "-") != arguments_.end();
  if (arguments_.empty() || stdin_named)
    throw Error(ErrorKind::usage, "standard input", "is no file that can be gone on with later",
                "name files or folders");
}

void InputFiles::require(const std::vector<std::string>& known) const {
  for (const std::string& path : arguments_) {
    auto became = [&](const std::string& other) { return named_after(other, path); };
    if (!is_there(path) && std::none_of(known.begin(), known.end(), became))
      throw Error(ErrorKind::no_input, path, "no such file or folder", "check the name");
  }
}

std::vector<std::string> InputFiles::list() const {
  std::vector<std::string> files;
  for (const std::string& argument : arguments_) {
    if (is_folder(argument)) {
      for (std::string& path : list_inputs({&argument, 1}, true, true)) files.push_back(std::move(path));
    } else if (is_there(argument)) {
      files.push_back(argument);
    }
  }
  std::erase_if(files, [&](const std::string& path) {
    std::error_code ec;
    return fs::path(path).filename() == fs::path(left_out_).filename() && fs::equivalent(path, left_out_, ec);
  });
  return files;
}

std::vector<std::string> InputFiles::beside() const {
  std::set<std::string> files;
  for (const std::string& argument : arguments_) {
    if (is_folder(argument)) continue;
    std::error_code ec;
    const std::string folder = folder_of(argument);
    for (fs::directory_iterator at(folder.empty() ? "." : folder, ec); !ec && at != fs::directory_iterator();
         at.increment(ec)) {
      if (!at->is_regular_file(ec)) continue;
      // Named as the argument is, with or without "./".
      files.insert((fs::path(folder) / at->path().filename()).string());
    }
  }
  for (const std::string& argument : arguments_) files.erase(argument);
  files.erase(left_out_);
  return {files.begin(), files.end()};
}

const std::string* InputFiles::argument_of(const std::string& path) const {
  auto at = std::find(arguments_.begin(), arguments_.end(), name_before_rotation(path));
  return at == arguments_.end() ? nullptr : &*at;
}

std::vector<std::string> InputFiles::folders() const {
  std::vector<std::string> folders;
  for (const std::string& argument : arguments_) {
    if (is_folder(argument))
      add_folders(argument, folders);
    else
      folders.push_back(folder_of(argument));
  }
  return folders;
}

}  // namespace ev
