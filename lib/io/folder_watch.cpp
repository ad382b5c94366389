#include "io/folder_watch.h"

#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <map>
#include <set>

namespace ev {
namespace {

using std::chrono::nanoseconds;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kLookEvery{200};
constexpr uint32_t kNames = IN_CREATE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | IN_MOVE_SELF;
constexpr uint32_t kContent = IN_MODIFY | IN_CLOSE_WRITE;

bool stopped(const StopCheck& stop) {
  return stop.stop && stop.stop();
}

/// Waits until `fd` (-1: none) is readable, a stop is asked for, or the time is over. True: it is readable.
bool wait_readable(int fd, nanoseconds time, const StopCheck& stop) {
  const auto until = Clock::now() + time;
  bool watch_wake = stop.wake_fd >= 0;
  for (;;) {
    if (stopped(stop)) return false;
    pollfd fds[2] = {{fd, POLLIN, 0}, {watch_wake ? stop.wake_fd : -1, POLLIN, 0}};
    const auto left = std::max(nanoseconds(0), nanoseconds(until - Clock::now())).count();
    const timespec rest{left / 1'000'000'000, left % 1'000'000'000};
    const int n = ::ppoll(fds, 2, &rest, nullptr);
    if (n > 0 && fds[0].revents != 0) return true;
    if (n == 0) return false;
    // Woken by a signal, or by somebody else's wake-up, which must not make this spin.
    if (n > 0) watch_wake = stopped(stop);
  }
}

class PollingWatch final : public FolderWatch {
 public:
  explicit PollingWatch(nanoseconds every) : every_(every) {}
  void watch(const std::string&) override {}
  FolderChanges wait(nanoseconds at_most, nanoseconds, const StopCheck& stop) override {
    wait_readable(-1, std::min(at_most, every_), stop);
    return {{}, true};
  }

 private:
  nanoseconds every_;
};

class InotifyWatch final : public FolderWatch {
 public:
  InotifyWatch() : fd_(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK)) {}
  ~InotifyWatch() override { drop(); }
  InotifyWatch(const InotifyWatch&) = delete;
  InotifyWatch& operator=(const InotifyWatch&) = delete;

  void watch(const std::string& folder) override {
    if (fd_ < 0) return;
    const int watch = ::inotify_add_watch(fd_, folder.empty() ? "." : folder.c_str(), kNames | kContent | IN_ONLYDIR);
    if (watch >= 0)
      folders_[watch].insert(folder);
    else if (errno != ENOENT && errno != ENOTDIR)
      drop();  // it went away, or else there are more folders than may be watched
  }

  FolderChanges wait(nanoseconds at_most, nanoseconds gather, const StopCheck& stop) override {
    if (fd_ < 0) return polling_.wait(at_most, gather, stop);
    FolderChanges changes;
    if (!wait_readable(fd_, at_most, stop)) return {{}, true};
    // What is there may come from one write of many: others are given their time.
    wait_readable(-1, gather, stop);
    drain(changes);
    return changes;
  }

 private:
  void drop() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }

  void drain(FolderChanges& changes) {
    alignas(inotify_event) char buffer[64 * (sizeof(inotify_event) + NAME_MAX + 1)];
    for (;;) {
      const ssize_t n = ::read(fd_, buffer, sizeof buffer);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      for (ssize_t at = 0; at < n;) {
        inotify_event event;
        std::memcpy(&event, buffer + at, sizeof event);
        add(event, event.len > 0 ? buffer + at + sizeof event : "", changes);
        at += static_cast<ssize_t>(sizeof event + event.len);
      }
    }
    std::sort(changes.grown.begin(), changes.grown.end());
    changes.grown.erase(std::unique(changes.grown.begin(), changes.grown.end()), changes.grown.end());
  }

  void add(const inotify_event& event, const char* name, FolderChanges& changes) {
    auto folder = folders_.find(event.wd);
    if (event.mask & IN_IGNORED) {
      if (folder != folders_.end()) folders_.erase(folder);
      changes.names = true;
    } else if ((event.mask & IN_Q_OVERFLOW) || folder == folders_.end() || (event.mask & kNames)) {
      changes.names = true;
    } else if (*name != '\0') {
      for (const std::string& way : folder->second)
        changes.grown.push_back((std::filesystem::path(way) / name).string());
    }
  }

  int fd_;
  std::map<int, std::set<std::string>> folders_;  // by the names that they were given
  PollingWatch polling_{kLookEvery};
};

}  // namespace

std::unique_ptr<FolderWatch> watch_folders() {
  return std::make_unique<InotifyWatch>();
}
std::unique_ptr<FolderWatch> poll_folders(nanoseconds every) {
  return std::make_unique<PollingWatch>(every);
}

}  // namespace ev
