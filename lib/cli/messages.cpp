#include "cli/messages.h"

#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/text.h"

namespace ev {

Messages::Messages(std::string program) : program_(std::move(program)), terminal_(::isatty(STDERR_FILENO) == 1) {}

void Messages::error(std::string_view text) const {
  write_quietly(STDERR_FILENO, concat(program_, ": ", escape_controls(text), "\n"));
}

void Messages::warn(std::string_view text) const {
  if (!quiet_) error(text);
}

void Messages::notice(std::string_view text) const {
  if ((terminal_ || verbose_) && !quiet_) error(text);
}

void write_quietly(int fd, std::string_view text) noexcept {
  while (!text.empty()) {
    ssize_t n = ::write(fd, text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(n));
  }
}

}  // namespace ev
