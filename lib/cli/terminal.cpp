#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace ev {

namespace {

/// What the environment says, else the terminal, else the default.
unsigned extent(const char* variable, unsigned short winsize::*member, unsigned otherwise) {
  if (const char* value = std::getenv(variable)) {
    std::string_view text = value;
    unsigned number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size() && number > 0) return number;
  }
  winsize size{};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.*member > 0) return size.*member;
  return otherwise;
}

}  // namespace

unsigned terminal_width() {
  return extent("COLUMNS", &winsize::ws_col, 80);
}

unsigned terminal_height() {
  return extent("LINES", &winsize::ws_row, 24);
}

bool color_wanted() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return !(no_color && *no_color) && !(term && std::string_view(term) == "dumb");
}

}  // namespace ev
