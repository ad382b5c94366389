// Files: written beside their final name, then renamed over it, so that nobody ever sees half of one.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "io/descriptor.h"
#include "io/direct_output.h"
#include "io/output.h"
#include "io/temporaries.h"

namespace ev {

namespace fs = std::filesystem;

namespace {

constexpr int kMaxLinks = 40;
constexpr int kMaxTemporaryNames = 1000;

Error exists_already(const std::string& path) {
  return Error(ErrorKind::cannot_create, path, "exists already",
               "remove it, write elsewhere or leave out --no-clobber");
}

Error cannot_create(const std::string& path, int error) {
  switch (error) {
    case ENOENT:
      return Error(ErrorKind::cannot_create, path, "its folder does not exist", "make it with mkdir -p");
    case EACCES:
      return Error(ErrorKind::cannot_create, path, "permission denied", "look at its folder with ls -ld");
    case ENOSPC:
      return Error(ErrorKind::cannot_create, path, "no space left on device", "free some space");
    default:
      return system_error(ErrorKind::cannot_create, path, "cannot be created", error);
  }
}

/// The file that a chain of links points at: it is replaced, not the link. It need not exist.
fs::path follow_links(const std::string& path) {
  fs::path target = path;
  for (int i = 0; i < kMaxLinks; i++) {
    std::error_code ec;
    if (!fs::is_symlink(fs::symlink_status(target, ec))) return target;
    fs::path next = fs::read_symlink(target, ec);
    if (ec) throw cannot_create(path, ec.value());
    target = next.is_absolute() ? next : target.parent_path() / next;
  }
  throw cannot_create(path, ELOOP);
}

std::string folder_of(const fs::path& target) {
  return target.has_parent_path() ? target.parent_path().string() : std::string(".");
}

class FileOutput final : public Output {
 public:
  FileOutput(std::string name, fs::path target, std::optional<struct stat> old, bool no_clobber)
      : name_(std::move(name)), target_(std::move(target)), no_clobber_(no_clobber) {
    create();
    slot_ = remember_temporary(temporary_);
    if (old) inherit(*old);
  }
  ~FileOutput() override { abandon(); }
  FileOutput(const FileOutput&) = delete;
  FileOutput& operator=(const FileOutput&) = delete;

  void write(std::span<const uint8_t> bytes) override {
    failed_ = true;  // until it went well: a file with a hole is never made final
    write_all(fd_, bytes, name_);
    failed_ = false;
    written_ += bytes.size();
  }

  void finish() override {
    if (fd_ < 0 || failed_) throw Error(ErrorKind::bug, name_, "finished after it failed or was finished");
    try {
      if (::fsync(fd_) != 0 && errno != EINVAL && errno != ENOTSUP)
        throw_write_error(name_, "cannot be made durable", errno);
      int fd = std::exchange(fd_, -1);
      if (::close(fd) != 0 && errno != EINTR) throw_write_error(name_, "cannot be closed", errno);
      publish();
    } catch (...) {
      abandon();
      throw;
    }
    sync_folder();
  }

  void abandon() noexcept override {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    forget();
  }
  bool is_terminal() const override { return false; }
  bool is_file() const override { return true; }
  const std::string& name() const override { return name_; }

 private:
  /// Opens `.NAME.ev-tmp-PID-N` beside the target, with the first N that is free.
  void create() {
    std::string stem = "." + target_.filename().string();
    std::string ending = concat(".ev-tmp-", static_cast<int64_t>(::getpid()), "-");
    std::size_t room = NAME_MAX - ending.size() - 4;
    if (stem.size() > room) stem.resize(room);
    for (int n = 0; n < kMaxTemporaryNames; n++) {
      std::string path = (target_.parent_path() / concat(stem, ending, n)).string();
      do fd_ = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      while (fd_ < 0 && errno == EINTR);
      if (fd_ >= 0) {
        temporary_ = std::move(path);
        return;
      }
      if (errno != EEXIST) throw cannot_create(name_, errno);
    }
    throw Error(ErrorKind::cannot_create, name_, "its folder is full of temporaries of earlier runs",
                concat("remove ", stem, ".ev-tmp-*"));
  }

  /// Owner and permissions of the file that will be replaced, as far as we may set them. Set-user-id bits are for
  /// programs; a log does not inherit them.
  void inherit(const struct stat& old) noexcept {
    struct stat own {};
    if (::fstat(fd_, &own) == 0 && (own.st_uid != old.st_uid || own.st_gid != old.st_gid)) {
      // The owner can be kept by root only, the group by its members.
      if (::fchown(fd_, old.st_uid, old.st_gid) != 0 && ::fchown(fd_, static_cast<uid_t>(-1), old.st_gid) != 0) {
      }
    }
    ::fchmod(fd_, old.st_mode & 0777);
  }

  /// Gives the file its final name, in one step.
  void publish() {
    const char *from = temporary_.c_str(), *to = target_.c_str();
    if (!no_clobber_) {
      if (::rename(from, to) != 0) throw_write_error(name_, "cannot be renamed to its name", errno);
    } else if (::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) != 0) {
      if (errno == EEXIST) throw exists_already(name_);
      // Not every file system knows that flag; link() refuses an existing name as well.
      if (errno != EINVAL && errno != ENOSYS) throw_write_error(name_, "cannot be renamed to its name", errno);
      if (::link(from, to) != 0) {
        if (errno == EEXIST) throw exists_already(name_);
        throw_write_error(name_, "cannot be given its name", errno);
      }
      ::unlink(from);
    }
    forget();
  }

  /// The new name survives a crash only once its folder was synced. The file is there already: what cannot be opened
  /// (a folder without read permission) or synced (some network file systems) is no reason to fail.
  void sync_folder() {
    int fd = ::open(folder_of(target_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    int error = ::fsync(fd) == 0 ? 0 : errno;
    ::close(fd);
    if (error == EIO || error == ENOSPC) throw_write_error(name_, "its folder cannot be made durable", error);
  }

  void forget() noexcept {
    temporary_.clear();
    forget_temporary(std::exchange(slot_, -1));
  }

  std::string name_;
  fs::path target_;
  std::string temporary_;
  int fd_ = -1;
  int slot_ = -1;
  bool no_clobber_;
  bool failed_ = false;
};

}  // namespace

std::unique_ptr<Output> open_output(const std::string& path, bool no_clobber) {
  if (path == "-" || path == "/dev/stdout") return standard_output();
  if (path.empty()) throw Error(ErrorKind::cannot_create, "''", "an empty file name");
  struct stat st {};
  bool exists = ::stat(path.c_str(), &st) == 0;
  if (!exists && errno != ENOENT) throw cannot_create(path, errno);
  if (exists && S_ISDIR(st.st_mode)) throw Error(ErrorKind::cannot_create, path, "is a folder", "name a file in it");
  if (exists && !S_ISREG(st.st_mode)) return open_direct(path, S_ISSOCK(st.st_mode));
  if (path.ends_with('/'))
    throw Error(ErrorKind::cannot_create, path, "its folder does not exist", "make it with mkdir -p");
  if (exists && no_clobber) throw exists_already(path);
  fs::path target = follow_links(path);
  // A rename would replace even a file that nobody may write to.
  if (exists && ::faccessat(AT_FDCWD, target.c_str(), W_OK, AT_EACCESS) != 0) {
    if (errno == EACCES) throw Error(ErrorKind::cannot_create, path, "may not be written", "change it with chmod +w");
    throw cannot_create(path, errno);
  }
  return std::make_unique<FileOutput>(path, std::move(target), exists ? std::optional(st) : std::nullopt, no_clobber);
}

}  // namespace ev
