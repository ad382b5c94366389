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
#include "io/publish.h"
#include "io/temporaries.h"

namespace ev {

namespace fs = std::filesystem;

namespace {

constexpr int kMaxTemporaryNames = 1000;

class FileOutput final : public Output {
 public:
  FileOutput(std::string name, fs::path target, std::optional<struct stat> old, bool no_clobber)
      : name_(std::move(name)), target_(std::move(target)), no_clobber_(no_clobber) {
    create();
    slot_ = remember_temporary(temporary_);
    if (old) inherit_permissions(fd_, *old);
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
    sync_folder(folder_of(target_), name_);
  }

  void abandon() noexcept override {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    forget();
  }
  bool is_terminal() const override { return false; }
  bool is_file() const override { return true; }
  const std::string& name() const override { return name_; }
  std::optional<FileId> file() const override {
    const auto facts = file_facts(fd_);
    return facts ? std::optional(facts->id) : std::nullopt;
  }

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

  /// Gives the file its final name, in one step.
  void publish() {
    if (!no_clobber_)
      rename_over(temporary_, target_.string(), name_);
    else if (!rename_new(temporary_, target_.string(), name_))
      throw exists_already(name_);
    forget();
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
