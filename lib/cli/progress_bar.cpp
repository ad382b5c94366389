#include "cli/progress_bar.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cli/messages.h"

namespace ev {
namespace {

using namespace std::chrono_literals;
constexpr auto kRedraw = 200ms;
// What is over sooner needs no bar. A program that knows the size of its input goes first.
constexpr auto kFirstDraw = 500ms;
constexpr auto kFirstDrawWithoutTotal = 1s;
constexpr std::size_t kBarColumns = 24;

std::string clock_text(uint64_t seconds) {
  char text[40];
  if (seconds >= 3600) {
    std::snprintf(text, sizeof text, "%llu:%02u:%02u", static_cast<unsigned long long>(seconds / 3600),
                  static_cast<unsigned>(seconds / 60 % 60), static_cast<unsigned>(seconds % 60));
  } else {
    std::snprintf(text, sizeof text, "%u:%02u", static_cast<unsigned>(seconds / 60),
                  static_cast<unsigned>(seconds % 60));
  }
  return text;
}

unsigned terminal_width() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

std::string progress_line(const Session::Progress& now, std::chrono::nanoseconds elapsed, unsigned width) {
  double seconds = std::max(1e-9, std::chrono::duration<double>(elapsed).count());
  double rate = static_cast<double>(now.bytes) / seconds;
  std::string line = concat(size_text(static_cast<uint64_t>(rate)), "/s  ", size_text(now.bytes));
  if (now.bytes_total && *now.bytes_total > 0) {
    uint64_t total = *now.bytes_total, done = std::min(now.bytes, total);
    double part = static_cast<double>(done) / static_cast<double>(total);
    auto filled = static_cast<std::size_t>(part * static_cast<double>(kBarColumns));
    line += concat(" of ", size_text(total), "  [", std::string(filled, '#'), std::string(kBarColumns - filled, '-'),
                   "] ", static_cast<uint64_t>(part * 100), "%");
    if (rate > 0) line += "  ETA " + clock_text(static_cast<uint64_t>(static_cast<double>(total - done) / rate + 0.5));
  } else if (now.rows > 0) {
    line += concat("  ", grouped(now.rows), " events  ",
                   grouped(static_cast<uint64_t>(static_cast<double>(now.rows) / seconds)), "/s  ",
                   clock_text(static_cast<uint64_t>(seconds)));
  }
  // The last column stays free: some terminals go to the next line when it is written.
  if (line.size() >= width) line.resize(width > 0 ? width - 1 : 0);
  return line;
}

ProgressBar::~ProgressBar() {
  clear();
  if (lock_ >= 0) ::close(lock_);
}

void ProgressBar::enable() {
  enabled_ = true;
  terminal_ = ::isatty(STDERR_FILENO) == 1;
  start_ = Clock::now();
  next_ = start_ + kFirstDraw;
}

bool ProgressBar::have_terminal(bool total_known, Clock::duration elapsed) {
  if (locked_ || !terminal_) return true;
  if (!total_known && elapsed < kFirstDrawWithoutTotal) return false;
  if (lock_ < 0) {
    char name[256];
    if (::ttyname_r(STDERR_FILENO, name, sizeof name) == 0) lock_ = ::open(name, O_WRONLY | O_NOCTTY | O_CLOEXEC);
    if (lock_ < 0) return locked_ = true;  // cannot be told apart: draw
  }
  return locked_ = ::flock(lock_, LOCK_EX | LOCK_NB) == 0;
}

void ProgressBar::update(const Session::Progress& now) {
  if (!enabled_) return;
  auto time = Clock::now();
  if (time < next_) return;
  next_ = time + kRedraw;
  if (!have_terminal(now.bytes_total.has_value(), time - start_)) return;
  std::string line = progress_line(now, time - start_, terminal_ ? terminal_width() : 100);
  // Into a file (--progress), lines; on a terminal the same line again, the rest of the old one erased.
  write_quietly(STDERR_FILENO, terminal_ ? concat("\r", line, "\x1b[K") : line + "\n");
  drawn_ = terminal_;
}

void ProgressBar::clear() {
  if (drawn_) write_quietly(STDERR_FILENO, "\r\x1b[K");
  drawn_ = false;
}

}  // namespace ev
