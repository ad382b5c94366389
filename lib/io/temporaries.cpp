#include "io/temporaries.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>

#include "io/output.h"

namespace ev {

namespace {

// A slot goes empty -> filling -> open -> empty. The handler takes an open one for good (taken), so that no other
// thread changes the path while it is read. Only the owner of a slot leaves `filling` and `open`.
enum SlotState : int { empty, filling, open, taken };
struct Slot {
  std::atomic<int> state;
  bool folder;
  char path[PATH_MAX];
};
static_assert(std::atomic<int>::is_always_lock_free, "the table is read by a signal handler");

// The one mutable global of the library: a signal handler has nothing else to reach the files by.
constinit std::array<Slot, 1024> temporaries{};

int remember(const std::string& path, bool folder) noexcept {
  if (path.size() >= PATH_MAX) return -1;
  for (std::size_t i = 0; i < temporaries.size(); i++) {
    int expected = empty;
    if (!temporaries[i].state.compare_exchange_strong(expected, filling)) continue;
    std::memcpy(temporaries[i].path, path.c_str(), path.size() + 1);
    temporaries[i].folder = folder;
    temporaries[i].state.store(open);
    return static_cast<int>(i);
  }
  return -1;
}

/// Calls nothing but the system, since readdir() may take memory, which is not safe in a signal handler.
void remove_folder(const char* path) noexcept {
  const int fd = ::open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return;
  alignas(dirent64) char entries[8192];
  // Names may be passed over while others are removed: until a pass finds nothing to remove.
  for (bool removed = true; removed;) {
    removed = false;
    ::lseek(fd, 0, SEEK_SET);
    for (long bytes; (bytes = ::syscall(SYS_getdents64, fd, entries, sizeof entries)) > 0;) {
      for (long at = 0; at < bytes;) {
        const auto* entry = reinterpret_cast<const dirent64*>(entries + at);
        removed |= ::unlinkat(fd, entry->d_name, 0) == 0;
        at += entry->d_reclen;
      }
    }
  }
  ::close(fd);
  ::rmdir(path);
}

}  // namespace

int remember_temporary(const std::string& path) noexcept {
  return remember(path, false);
}
int remember_temporary_folder(const std::string& path) noexcept {
  return remember(path, true);
}

void forget_temporary(int place) noexcept {
  if (place < 0) return;
  int expected = open;
  temporaries[static_cast<std::size_t>(place)].state.compare_exchange_strong(expected, empty);
}

void remove_temporaries_now() noexcept {
  int saved = errno;
  for (Slot& slot : temporaries) {
    int expected = open;
    if (!slot.state.compare_exchange_strong(expected, taken)) continue;
    if (slot.folder)
      remove_folder(slot.path);
    else
      ::unlink(slot.path);
  }
  errno = saved;
}

}  // namespace ev
