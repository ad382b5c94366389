#include "rollup/rollup_store.h"

#include <algorithm>
#include <bit>
#include <filesystem>
#include <set>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "io/publish.h"
#include "rollup/applied_keys.h"

namespace ev {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kStateFile = "state";
constexpr std::string_view kEnding = ".ev";
/// Files of one size class are merged when there are so many; a class is four times as large as the one before.
constexpr std::size_t kMergeAt = 4;
constexpr uint64_t kSmallBytes = uint64_t{64} << 10;

unsigned size_class(uint64_t bytes) {
  return static_cast<unsigned>(std::bit_width(bytes / kSmallBytes) + 1) / 2;
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

void make_folder(const std::string& path) {
  std::error_code ec;
  if (fs::is_directory(path, ec)) {
    if (fs::exists(fs::path(path) / kStateFile, ec)) return;
    for (const fs::directory_entry& entry : fs::directory_iterator(path, ec))
      if (!entry.path().filename().string().starts_with("."))
        throw Error(ErrorKind::cannot_create, path, "is a folder with other things in it", "name a new folder");
    return;
  }
  if (fs::exists(path, ec))
    throw Error(ErrorKind::cannot_create, path, "is a file; a store is a folder", "name another one");
  if (!fs::create_directory(path, ec) && ec) throw cannot_create(path, ec.value());
  sync_folder(folder_of(fs::path(path)), path);
}

/// Throws Error(no_input) where there is no store.
void expect_store(const std::string& path) {
  std::error_code ec;
  const bool folder = fs::is_directory(path, ec);
  if (folder && fs::exists(fs::path(path) / kStateFile, ec)) return;
  throw Error(ErrorKind::no_input, path, folder ? "is no rollup store" : "no such store",
              "make it with: ev rollup create STORE --every 1m,1h,1d -b FIELDS -a CALLS");
}

RollupManifest decode(const std::optional<std::string>& body, const std::string& path) {
  if (!body) throw Error(ErrorKind::corrupt, path, "holds nothing", "make the store in a new folder");
  return decode_rollup_manifest(*body, path);
}

}  // namespace

bool create_rollup(const std::string& path, const RollupDefinition& definition, StateFileOptions options) {
  const std::string folder = without_slash(path);
  make_folder(folder);
  StateFile file(folder, kRollupKind, std::move(options));
  if (file.committed()) {
    const RollupManifest made = decode(file.committed(), folder);
    if (const auto differs = difference(made.definition, definition))
      throw Error(ErrorKind::usage, folder, concat("is a store of another definition: its ", *differs),
                  "make another store for it");
    return false;
  }
  RollupManifest manifest;
  manifest.definition = definition;
  manifest.levels.resize(definition.every.size());
  file.commit_at_once(encode_manifest(manifest));
  return true;
}

RollupManifest read_rollup(const std::string& path) {
  const std::string folder = without_slash(path);
  expect_store(folder);
  return decode(read_committed_state(folder, kRollupKind), folder);
}

RollupStore::RollupStore(const std::string& path, StateFileOptions options) : folder_(without_slash(path)) {
  expect_store(folder_);
  file_ = std::make_unique<StateFile>(folder_, kRollupKind, std::move(options));
  next_ = decode(file_->committed(), folder_);
  remove_unknown_files();
}

std::string RollupStore::new_file(std::string_view stem) {
  return concat(stem, "-", next_.next_file++, kEnding);
}

void RollupStore::commit() {
  file_->commit_at_once(encode_manifest(next_));
  remove_unknown_files();
}

/// "1m-17.ev", and what is written beside it: ".1m-17.ev.ev-tmp-PID-N".
bool RollupStore::is_ours(std::string_view name) const {
  if (name.starts_with('.')) {
    name.remove_prefix(1);
    name = name.substr(0, name.find(".ev-tmp-"));
  }
  if (!name.ends_with(kEnding)) return false;
  name.remove_suffix(kEnding.size());
  const std::size_t dash = name.rfind('-');
  if (dash == name.npos || name.substr(dash + 1).find_first_not_of("0123456789") != name.npos) return false;
  const std::string_view stem = name.substr(0, dash);
  const std::vector<std::string>& levels = next_.definition.every;
  return stem == kAppliedStem || std::find(levels.begin(), levels.end(), stem) != levels.end();
}

void RollupStore::remove_unknown_files() const {
  std::set<std::string> known;
  for (const std::vector<StoreFile>& level : next_.levels)
    for (const StoreFile& file : level) known.insert(file.name);
  for (const StoreFile& file : next_.applied_files) known.insert(file.name);
  std::error_code ec;
  for (fs::directory_iterator at(folder_, ec); !ec && at != fs::directory_iterator(); at.increment(ec)) {
    const std::string name = at->path().filename();
    if (is_ours(name) && !known.contains(name)) fs::remove(at->path(), ec);
  }
}

std::vector<StoreFile> files_to_merge(const std::vector<StoreFile>& files) {
  std::vector<StoreFile> found;
  for (unsigned of_class = 0; of_class <= size_class(kSealedBytes); of_class++) {
    found.clear();
    for (const StoreFile& file : files)
      if (file.bytes < kSealedBytes && size_class(file.bytes) == of_class) found.push_back(file);
    if (found.size() >= kMergeAt) return found;
  }
  return {};
}

void replace_files(std::vector<StoreFile>& files, const std::vector<StoreFile>& merged, StoreFile by) {
  std::erase_if(files, [&](const StoreFile& old) {
    return std::any_of(merged.begin(), merged.end(), [&](const StoreFile& file) { return file.name == old.name; });
  });
  files.push_back(std::move(by));
}

}  // namespace ev
