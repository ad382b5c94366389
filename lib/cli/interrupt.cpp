#include "cli/interrupt.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "base/error.h"
#include "io/output.h"

namespace ev {
namespace {

/// The one mutable global of evkit: a signal handler gets no argument to find its state by.
struct State {
  std::atomic<int> signal{0};
  std::atomic<bool> cancelled{false};
  std::atomic<int> wake_read{-1}, wake_write{-1};
};
State state;
static_assert(std::atomic<int>::is_always_lock_free && std::atomic<bool>::is_always_lock_free);

/// The pipe stays readable from the first byte on; it is never emptied.
void wake() noexcept {
  int before = errno;
  if (int fd = state.wake_write; fd >= 0) [[maybe_unused]]
    ssize_t n = ::write(fd, "!", 1);
  errno = before;
}

void on_stop_signal(int signal) {
  int none = 0;
  if (state.signal.compare_exchange_strong(none, signal)) return wake();
  remove_temporaries_now();
  die_by_signal(signal);
}

void on_hangup(int signal) {
  remove_temporaries_now();
  die_by_signal(signal);
}

void handle(int signal, void (*handler)(int)) {
  struct sigaction now {};
  if (::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) return;
  struct sigaction action {};
  action.sa_handler = handler;
  sigemptyset(&action.sa_mask);
  action.sa_flags = SA_RESTART;
  ::sigaction(signal, &action, nullptr);
}

}  // namespace

void install_interrupt() {
  if (state.wake_read < 0) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
      throw system_error(ErrorKind::io, "signals", "no pipe for them", errno);
    state.wake_read = ends[0];
    state.wake_write = ends[1];
  }
  handle(SIGINT, on_stop_signal);
  handle(SIGTERM, on_stop_signal);
  handle(SIGHUP, on_hangup);
  struct sigaction ignore {};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, nullptr);
}

int interrupt_signal() noexcept {
  return state.signal;
}

StopCheck interrupt_check() {
  return {[] { return state.signal != 0 || state.cancelled; }, state.wake_read};
}

void cancel_inputs() noexcept {
  state.cancelled = true;
  wake();
}

void die_by_signal(int signal) noexcept {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  ::sigaction(signal, &action, nullptr);
  sigset_t only;
  sigemptyset(&only);
  sigaddset(&only, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  ::kill(::getpid(), signal);
  // Delivered to another thread that takes its time, or to process 1 of a container, which default actions do not end.
  ::_exit(128 + signal);
}

}  // namespace ev
