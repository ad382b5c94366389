#include "io/file_lock.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"

namespace ev {
namespace {

// flock() has no time limit, so it is asked again and again.
constexpr std::chrono::milliseconds kAskEvery{20};

/// Sleeps, but for a signal that asks to stop.
void sleep(std::chrono::nanoseconds time, const StopCheck& stop) {
  auto ms = std::chrono::ceil<std::chrono::milliseconds>(time).count();
  pollfd wake{stop.wake_fd, POLLIN, 0};
  ::poll(&wake, stop.wake_fd >= 0 ? 1 : 0, static_cast<int>(ms));
}

}  // namespace

FileLock::FileLock(const std::string& path, const std::string& shown, std::chrono::nanoseconds wait,
                   const StopCheck& stop) {
  do fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0666);
  while (fd_ < 0 && errno == EINTR);
  if (fd_ < 0) throw system_error(ErrorKind::cannot_create, path, "cannot be opened as a lock", errno);
  using Clock = std::chrono::steady_clock;
  const auto until = Clock::now() + wait;
  while (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
    const int error = errno;
    if (error == EINTR) continue;
    const std::chrono::nanoseconds left = until - Clock::now();
    const bool stopped = stop.stop && stop.stop();
    if (error == EWOULDBLOCK && left.count() > 0 && !stopped) {
      sleep(std::min<std::chrono::nanoseconds>(left, kAskEvery), stop);
      continue;
    }
    ::close(fd_);
    if (error != EWOULDBLOCK) throw system_error(ErrorKind::io, path, "cannot be locked", error);
    throw Error(ErrorKind::locked, shown, "another process is at work with it",
                "try again later, or wait with --wait 1m");
  }
}

bool FileLock::in_force() const {
  struct stat st {};
  return ::fstat(fd_, &st) == 0 && st.st_nlink > 0;
}

FileLock::~FileLock() {
  ::close(fd_);
}

}  // namespace ev
