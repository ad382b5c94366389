#include "cli/exit_status.h"

#include <algorithm>
#include <array>

namespace ev {

int worse_exit(int a, int b) {
  auto rank = [](int code) {
    constexpr std::array kWorstFirst = {70, 74, 65, 76, 69, 75, 73, 66, 2};
    auto found = std::find(kWorstFirst.begin(), kWorstFirst.end(), code);
    if (found != kWorstFirst.end()) return 1000 - static_cast<int>(found - kWorstFirst.begin());
    if (code > 128) return 500;
    return code > 3 ? 900 : code;  // a status that is none of ours (127: cannot be executed) is a failure
  };
  return rank(b) > rank(a) ? b : a;
}

}  // namespace ev
