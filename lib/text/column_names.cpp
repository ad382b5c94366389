#include "text/column_names.h"

#include <algorithm>

#include "base/error.h"
#include "base/format.h"
#include "base/text.h"

namespace ev {

void fail_header(std::string_view place, std::string_view what) {
  throw Error(ErrorKind::corrupt, std::string(place), concat("the header ", what));
}

std::vector<std::string> column_names(std::vector<std::string> names, std::string_view place) {
  if (names.size() > kMaxColumns)
    fail_header(place, concat("names ", names.size(), " columns, over the limit of 4,096"));
  for (std::size_t i = 0; i < names.size(); i++) {
    if (names[i].size() > kMaxStepBytes) fail_header(place, "has a name longer than 65,535 bytes");
    if (names[i].empty()) names[i] = concat("column_", i + 1);
    const std::string name = names[i];
    const auto before = names.begin() + static_cast<std::ptrdiff_t>(i);
    for (unsigned n = 2; std::find(names.begin(), before, names[i]) != before; n++) names[i] = concat(name, "_", n);
  }
  return names;
}

}  // namespace ev
