// Files, pipes, terminals and devices as inputs.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"
#include "io/input.h"

namespace ev {

namespace {

// A pipe of the default 64 KiB makes reader and writer take turns far more often than it pays.
constexpr int kPipeBytes = 1 << 20;

class FileInput final : public Input {
 public:
  FileInput(int fd, bool owned, std::string name, StopCheck stop)
      : fd_(fd), owned_(owned), name_(std::move(name)), stop_(std::move(stop)) {}
  ~FileInput() override {
    if (owned_) ::close(fd_);
  }
  FileInput(const FileInput&) = delete;
  FileInput& operator=(const FileInput&) = delete;

  /// Looks at what was opened. Throws Error(no_input).
  void inspect() {
    struct stat st {};
    if (::fstat(fd_, &st) != 0) {
      if (errno == EBADF) throw Error(ErrorKind::no_input, name_, "is closed", "give a FILE or open it in the shell");
      throw system_error(ErrorKind::no_input, name_, "cannot be inspected", errno);
    }
    if (S_ISDIR(st.st_mode)) throw Error(ErrorKind::no_input, name_, "is a folder", "name the files in it");
    if ((::fcntl(fd_, F_GETFL) & O_ACCMODE) == O_WRONLY)
      throw Error(ErrorKind::no_input, name_, "is closed, or open for writing only", "give a FILE or open it in the shell");
    regular_ = S_ISREG(st.st_mode);
    // A descriptor that was inherited may stand in the middle of its file; offsets of pread() would not fit then.
    seekable_ = regular_ && ::lseek(fd_, 0, SEEK_CUR) == 0;
    if (regular_) ::posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
    if (S_ISFIFO(st.st_mode) && ::fcntl(fd_, F_GETPIPE_SZ) < kPipeBytes) ::fcntl(fd_, F_SETPIPE_SZ, kPipeBytes);
  }

  std::size_t read(std::span<uint8_t> into) override {
    if (into.empty()) return 0;
    for (;;) {
      if (!regular_) wait(-1);
      if (stopped_ || asked_to_stop()) {
        stopped_ = true;
        return 0;
      }
      ssize_t n = ::read(fd_, into.data(), into.size());
      if (n >= 0) {
        consumed_ += static_cast<uint64_t>(n);
        return static_cast<std::size_t>(n);
      }
      if (errno != EINTR && errno != EAGAIN) throw system_error(ErrorKind::io, name_, "cannot be read", errno);
    }
  }

  bool ready(std::chrono::nanoseconds timeout) override {
    return regular_ || stopped_ || wait(std::max<int64_t>(timeout.count(), 0));
  }

  bool seekable() const override { return seekable_; }

  std::size_t pread(std::span<uint8_t> into, uint64_t offset) const override {
    std::size_t done = 0;
    while (done < into.size()) {
      ssize_t n = ::pread(fd_, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
      if (n == 0) break;
      if (n > 0)
        done += static_cast<std::size_t>(n);
      else if (errno != EINTR)
        throw system_error(ErrorKind::io, name_, "cannot be read", errno);
    }
    return done;
  }

  std::optional<uint64_t> size() const override {
    struct stat st {};
    if (!regular_ || ::fstat(fd_, &st) != 0) return std::nullopt;
    return static_cast<uint64_t>(st.st_size);
  }
  std::optional<FileFacts> facts() const override {
    return file_facts(fd_);
  }
  uint64_t consumed() const override { return consumed_; }
  const std::string& name() const override { return name_; }
  void ignore_stop() override {
    stop_ = {};
    stopped_ = false;
  }

 private:
  bool asked_to_stop() const { return stop_.stop && stop_.stop(); }

  /// Waits until read() would not block or a stop is asked for; false after `ns` (-1: no limit) without either.
  bool wait(int64_t ns) {
    using Clock = std::chrono::steady_clock;
    auto until = Clock::now() + std::chrono::nanoseconds(std::max<int64_t>(ns, 0));
    bool watch_wake = stop_.wake_fd >= 0;
    for (;;) {
      if (asked_to_stop()) return true;
      pollfd fds[2] = {{fd_, POLLIN, 0}, {stop_.wake_fd, POLLIN, 0}};
      timespec left{};
      if (ns >= 0) {
        auto rest = std::max<int64_t>(0, std::chrono::nanoseconds(until - Clock::now()).count());
        left = {rest / 1'000'000'000, rest % 1'000'000'000};
      }
      int n = ::ppoll(fds, watch_wake ? 2 : 1, ns >= 0 ? &left : nullptr, nullptr);
      if (n < 0 && errno != EINTR) throw system_error(ErrorKind::io, name_, "cannot be waited for", errno);
      if (n == 0) return false;
      if (n < 0) continue;
      if (fds[0].revents != 0) return true;
      if (!stop_.stop) return stopped_ = true;
      // Woken: the loop asks stop(). A wake-up without a stop is somebody else's; it must not make the loop spin.
      watch_wake = asked_to_stop();
    }
  }

  int fd_;
  bool owned_;
  bool regular_ = false;
  bool seekable_ = false;
  uint64_t consumed_ = 0;
  std::string name_;
  StopCheck stop_;
};

Error cannot_open(const std::string& path, int error) {
  switch (error) {
    case ENOENT:
      return Error(ErrorKind::no_input, path, "no such file", "check the name; - is standard input");
    case EACCES:
      return Error(ErrorKind::no_input, path, "permission denied", "look at its owner and mode with ls -l");
    case ENXIO:
      return Error(ErrorKind::no_input, path, "is a socket or a device that is not there", "name a file");
    default:
      return system_error(ErrorKind::no_input, path, "cannot be opened", error);
  }
}

}  // namespace

std::unique_ptr<Input> open_input(const std::string& path, StopCheck stop) {
  if (path == "-") {
    auto input = std::make_unique<FileInput>(STDIN_FILENO, false, "standard input", std::move(stop));
    input->inspect();
    return input;
  }
  // O_NONBLOCK: a FIFO without a writer would block here, deaf to the stop check; read() waits for it instead.
  int fd;
  do fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  while (fd < 0 && errno == EINTR);
  if (fd < 0) throw cannot_open(path, errno);
  auto input = std::make_unique<FileInput>(fd, true, path, std::move(stop));
  input->inspect();
  return input;
}

}  // namespace ev
