// Loaded into a program under test (LD_PRELOAD): the call with number EV_FAIL_CALL of those that write to files, make them
// durable or rename them fails with error EV_FAIL_ERROR; with EV_FAIL_KILL the program is killed instead, just before it.
// A file that does not exist yet, named by EV_FAILED, says that it came to that.
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace {

std::atomic<int> calls{0};

int number(const char* name) {
  const char* text = std::getenv(name);
  return text ? std::atoi(text) : 0;
}

bool fails() {
  const int wanted = number("EV_FAIL_CALL");
  if (wanted == 0 || ++calls != wanted) return false;
  if (const char* path = std::getenv("EV_FAILED")) ::close(::open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666));
  if (number("EV_FAIL_KILL")) ::kill(::getpid(), SIGKILL);
  errno = number("EV_FAIL_ERROR");
  return true;
}

bool is_file(int fd) {
  struct stat st {};
  return ::fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
}

template <class Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

ssize_t write(int fd, const void* from, size_t size) {
  static auto* const call = real<ssize_t(int, const void*, size_t)>("write");
  return is_file(fd) && fails() ? -1 : call(fd, from, size);
}

int fsync(int fd) {
  static auto* const call = real<int(int)>("fsync");
  return fails() ? -1 : call(fd);
}

int rename(const char* from, const char* to) noexcept {
  static auto* const call = real<int(const char*, const char*)>("rename");
  return fails() ? -1 : call(from, to);
}

int renameat2(int from_fd, const char* from, int to_fd, const char* to, unsigned flags) noexcept {
  static auto* const call = real<int(int, const char*, int, const char*, unsigned)>("renameat2");
  return fails() ? -1 : call(from_fd, from, to_fd, to, flags);
}

}  // extern "C"
