// Standard output, FIFOs, sockets and devices: written directly, nothing to make final but the close.
#include "io/direct_output.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "io/descriptor.h"

namespace ev {

namespace {

class DirectOutput final : public Output {
 public:
  DirectOutput(int fd, bool owned, std::string name) : fd_(fd), owned_(owned), name_(std::move(name)) {
    struct stat st {};
    file_ = ::fstat(fd_, &st) == 0 && S_ISREG(st.st_mode);
    terminal_ = ::isatty(fd_) == 1;
  }
  ~DirectOutput() override { abandon(); }
  DirectOutput(const DirectOutput&) = delete;
  DirectOutput& operator=(const DirectOutput&) = delete;

  void write(std::span<const uint8_t> bytes) override {
    write_all(fd_, bytes, name_);
    written_ += bytes.size();
  }
  void finish() override {
    // Closing a copy of standard output reports what a late write to a remote file system reports at close, and keeps
    // the number 1 from being given to another file.
    int fd = owned_ ? fd_ : ::dup(fd_);
    if (owned_) fd_ = -1;
    if (fd < 0) throw_write_error(name_, "cannot be closed", errno);
    if (::close(fd) != 0 && errno != EINTR) throw_write_error(name_, "cannot be closed", errno);
  }
  void abandon() noexcept override {
    if (owned_ && fd_ >= 0) ::close(fd_);
    if (owned_) fd_ = -1;
  }
  bool is_terminal() const override { return terminal_; }
  bool is_file() const override { return file_; }
  const std::string& name() const override { return name_; }

 private:
  int fd_;
  bool owned_;
  bool file_ = false;
  bool terminal_ = false;
  std::string name_;
};

class MemoryOutput final : public Output {
 public:
  explicit MemoryOutput(std::string& into) : into_(into) {}
  void write(std::span<const uint8_t> bytes) override {
    into_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    written_ += bytes.size();
  }
  void finish() override {}
  void abandon() noexcept override {}
  bool is_terminal() const override { return false; }
  bool is_file() const override { return false; }
  const std::string& name() const override { return name_; }

 private:
  std::string& into_;
  std::string name_ = "memory";
};

int connect_socket(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    errno = ENAMETOOLONG;
    return -1;
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  int result;
  do result = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  while (result != 0 && errno == EINTR);
  if (result == 0) return fd;
  int error = errno;
  ::close(fd);
  errno = error;
  return -1;
}

}  // namespace

std::unique_ptr<Output> open_direct(const std::string& path, bool socket) {
  int fd;
  if (socket) {
    fd = connect_socket(path);
  } else {
    do fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY);
    while (fd < 0 && errno == EINTR);
  }
  if (fd < 0) throw system_error(ErrorKind::cannot_create, path, "cannot be opened", errno);
  return std::make_unique<DirectOutput>(fd, true, path);
}

std::unique_ptr<Output> standard_output() {
  int flags = ::fcntl(STDOUT_FILENO, F_GETFL);
  if (flags < 0 || (flags & O_ACCMODE) == O_RDONLY) {
    throw Error(ErrorKind::cannot_create, "standard output", flags < 0 ? "is closed" : "is open for reading only",
                "open it in the shell or give -o FILE");
  }
  return std::make_unique<DirectOutput>(STDOUT_FILENO, false, "standard output");
}

std::unique_ptr<Output> memory_output(std::string& into) {
  return std::make_unique<MemoryOutput>(into);
}

}  // namespace ev
