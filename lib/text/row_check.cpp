#include "text/row_check.h"

#include <algorithm>

namespace ev {

std::vector<std::pair<uint32_t, std::string>> RefusedRows::take_reasons() {
  std::sort(reasons_.begin(), reasons_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  return std::exchange(reasons_, {});
}

}  // namespace ev
