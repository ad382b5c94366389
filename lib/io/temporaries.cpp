#include "io/temporaries.h"

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
  char path[PATH_MAX];
};
static_assert(std::atomic<int>::is_always_lock_free, "the table is read by a signal handler");

// The one mutable global of the library: a signal handler has nothing else to reach the files by.
constinit std::array<Slot, 1024> temporaries{};

}  // namespace

int remember_temporary(const std::string& path) noexcept {
  if (path.size() >= PATH_MAX) return -1;
  for (std::size_t i = 0; i < temporaries.size(); i++) {
    int expected = empty;
    if (!temporaries[i].state.compare_exchange_strong(expected, filling)) continue;
    std::memcpy(temporaries[i].path, path.c_str(), path.size() + 1);
    temporaries[i].state.store(open);
    return static_cast<int>(i);
  }
  return -1;
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
    if (slot.state.compare_exchange_strong(expected, taken)) ::unlink(slot.path);
  }
  errno = saved;
}

}  // namespace ev
