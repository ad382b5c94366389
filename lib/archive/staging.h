// Where the files of a run stand until they are final: a hidden folder in the root of an archive.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "io/file_lock.h"
#include "io/output.h"

namespace ev {

/// Makes the folder and those above it that are missing; what was made is appended to `made`, the uppermost first.
/// Throws Error(cannot_create).
void make_folders(const std::string& path, std::vector<std::string>& made);

/// The folder `.ev-tmp-PID-N`, locked as long as this lives, so that others can tell whether it is in use: what dead
/// runs left in the same root is removed first. One thread at a time.
class Staging {
 public:
  /// Makes the root, too, if it is missing. Throws Error(cannot_create).
  explicit Staging(const std::string& root);
  ~Staging() { remove(); }
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  /// A file of that number, which need not exist.
  std::string file(uint64_t number) const;
  /// Runs that died and were cleaned up after.
  uint32_t cleaned() const { return cleaned_; }
  /// Removes the folder and all in it; also the root, if it was made here and nothing is in it.
  void remove() noexcept;
  /// Folders that were made for the root: their names are not durable yet.
  const std::vector<std::string>& made_folders() const { return made_; }

 private:
  void clean(const std::string& root);
  bool claim(const std::string& path);

  std::string folder_;
  std::unique_ptr<FileLock> lock_;
  std::vector<std::string> made_;
  uint32_t cleaned_ = 0;
  int slot_ = -1;
};

/// Files that are open at once: the one that was not written for longest is closed for another one.
class OpenFiles {
 public:
  static constexpr std::size_t kMost = 64;
  ~OpenFiles();
  OpenFiles() = default;
  OpenFiles(const OpenFiles&) = delete;
  OpenFiles& operator=(const OpenFiles&) = delete;

  /// A descriptor that appends to the file, which is made if it is missing. Good until the next call.
  int open(const std::string& path, const std::string& name);
  /// Closes the file if it is open. Throws Error(io).
  void close(const std::string& path, const std::string& name);
  std::size_t count() const { return files_.size(); }

 private:
  struct File {
    std::string path, name;
    int fd;
  };
  std::list<File> files_;  // the one used last stands first
};

/// A file of a staging folder as an output. finish() closes it: making it durable and final is left to publish().
class StagedFile final : public Output {
 public:
  /// `name` is what messages call it.
  StagedFile(OpenFiles& files, std::string path, std::string name)
      : files_(files), path_(std::move(path)), name_(std::move(name)) {}
  void write(std::span<const uint8_t> bytes) override;
  void finish() override { files_.close(path_, name_); }
  void abandon() noexcept override {}
  bool is_terminal() const override { return false; }
  bool is_file() const override { return true; }
  const std::string& name() const override { return name_; }

 private:
  OpenFiles& files_;
  std::string path_, name_;
};

}  // namespace ev
