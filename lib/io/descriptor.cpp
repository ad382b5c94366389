#include "io/descriptor.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace ev {

void throw_write_error(const std::string& name, const char* verb, int error) {
  switch (error) {
    case EPIPE:
      throw BrokenPipe();
    case ENOSPC:
      throw Error(ErrorKind::io, name, "no space left on device", "free some space or write elsewhere with -o");
    case EDQUOT:
      throw Error(ErrorKind::io, name, "disk quota exceeded", "free some space or write elsewhere with -o");
    case EFBIG:
      throw Error(ErrorKind::io, name, "file too large", "raise the limit (ulimit -f) or write elsewhere");
    case EXDEV:
      throw Error(ErrorKind::io, name, "is on another file system than the folder that is written to",
                  "write to its folder by itself");
    default:
      throw system_error(ErrorKind::io, name, verb, error);
  }
}

void write_all(int fd, std::span<const uint8_t> bytes, const std::string& name) {
  while (!bytes.empty()) {
    ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN) {
      // Standard output may share its non-blocking mode with another program, such as ssh or node.
      pollfd p{fd, POLLOUT, 0};
      ::poll(&p, 1, -1);
    } else if (errno != EINTR) {
      throw_write_error(name, "cannot be written", errno);
    }
  }
}

}  // namespace ev
