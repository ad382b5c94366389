#include "archive/staging.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "io/descriptor.h"
#include "io/publish.h"
#include "io/temporaries.h"

namespace ev {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kPrefix = ".ev-tmp-";
constexpr std::string_view kLockFile = "/lock";
constexpr int kMostNames = 1000;

/// Removes a folder of files, the lock at last: until then nobody takes it for one that its owner has just made.
void remove_flat(const std::string& folder) noexcept {
  std::error_code ec;
  for (fs::directory_iterator entries(folder, ec), end; !ec && entries != end; entries.increment(ec)) {
    const std::string path = entries->path().string();
    if (!path.ends_with(kLockFile)) ::unlink(path.c_str());
  }
  ::unlink(concat(folder, kLockFile).c_str());
  ::rmdir(folder.c_str());
}

}  // namespace

void make_folders(const std::string& path, std::vector<std::string>& made) {
  if (::mkdir(path.c_str(), 0777) == 0) {
    made.push_back(path);
    return;
  }
  int error = errno;
  struct stat st {};
  if (error == EEXIST) {
    if (::stat(path.c_str(), &st) == 0 && S_ISDIR(st.st_mode)) return;
    throw Error(ErrorKind::cannot_create, path, "is no folder", "move it away or write elsewhere");
  }
  const std::string above = folder_of(path);
  if (error != ENOENT || above == path) throw cannot_create(path, error);
  make_folders(above, made);
  if (::mkdir(path.c_str(), 0777) == 0)
    made.push_back(path);
  else if (errno != EEXIST)
    throw cannot_create(path, errno);
}

Staging::Staging(const std::string& root) {
  make_folders(root, made_);
  clean(root);
  for (int n = 0; n < kMostNames; n++) {
    std::string path = concat(root, root.ends_with('/') ? "" : "/", kPrefix, static_cast<int64_t>(::getpid()), "-", n);
    if (::mkdir(path.c_str(), 0700) != 0) {
      if (errno == EEXIST) continue;
      const int error = errno;
      remove();
      throw cannot_create(root, error);
    }
    folder_ = std::move(path);
    slot_ = remember_temporary_folder(folder_);
    if (claim(folder_)) return;
    forget_temporary(std::exchange(slot_, -1));
  }
  folder_.clear();
  remove();
  throw Error(ErrorKind::cannot_create, root, "is full of temporaries of earlier runs",
              concat("remove ", kPrefix, "*"));
}

/// Locks the folder. False if somebody who cleans up was quicker: he takes a folder whose lock is free for a left-over.
bool Staging::claim(const std::string& path) {
  try {
    lock_ = std::make_unique<FileLock>(concat(path, kLockFile), path, std::chrono::nanoseconds(0), StopCheck{});
    return lock_->in_force();
  } catch (const Error& error) {
    // A file system without locks: nobody can clean up there, so nothing is lost.
    if (error.kind() == ErrorKind::io) return true;
    return false;
  }
}

void Staging::clean(const std::string& root) {
  std::error_code ec;
  for (fs::directory_iterator entries(root, ec), end; !ec && entries != end; entries.increment(ec)) {
    std::error_code failed;
    if (!entries->path().filename().string().starts_with(kPrefix) || !fs::is_directory(entries->symlink_status(failed)))
      continue;
    const std::string folder = entries->path().string();
    try {
      FileLock lock(concat(folder, kLockFile), folder, std::chrono::nanoseconds(0), StopCheck{});
      if (!lock.in_force()) continue;
      remove_flat(folder);
      cleaned_++;
    } catch (const Error&) {
      // Its run lives, somebody else cleans up, or we may not.
    }
  }
}

std::string Staging::file(uint64_t number) const {
  return concat(folder_, "/", number);
}

void Staging::remove() noexcept {
  if (!folder_.empty()) remove_flat(folder_);
  folder_.clear();
  forget_temporary(std::exchange(slot_, -1));
  lock_.reset();
  for (std::size_t i = made_.size(); i-- > 0;) ::rmdir(made_[i].c_str());
  made_.clear();
}

OpenFiles::~OpenFiles() {
  for (const File& file : files_) ::close(file.fd);
}

int OpenFiles::open(const std::string& path, const std::string& name) {
  for (auto file = files_.begin(); file != files_.end(); ++file) {
    if (file->path != path) continue;
    files_.splice(files_.begin(), files_, file);
    return file->fd;
  }
  if (files_.size() == kMost) close(files_.back().path, files_.back().name);
  int fd;
  do fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) throw cannot_create(name, errno);
  files_.push_front({path, name, fd});
  return fd;
}

void OpenFiles::close(const std::string& path, const std::string& name) {
  for (auto file = files_.begin(); file != files_.end(); ++file) {
    if (file->path != path) continue;
    const int fd = file->fd;
    const std::string shown = name;  // may be the file's own
    files_.erase(file);
    if (::close(fd) != 0 && errno != EINTR) throw_write_error(shown, "cannot be closed", errno);
    return;
  }
}

void StagedFile::write(std::span<const uint8_t> bytes) {
  write_all(files_.open(path_, name_), bytes, name_);
  written_ += bytes.size();
}

}  // namespace ev
