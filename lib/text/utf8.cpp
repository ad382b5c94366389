#include "text/utf8.h"

#include <simdjson.h>

#include "base/text.h"

namespace ev {
namespace {

/// Index of the first byte that is no valid UTF-8.
std::size_t first_invalid(std::string_view text) {
  // What is valid up to a byte boundary of characters stays valid: halve until the character is found.
  std::size_t good = 0, bad = text.size();
  while (bad - good > 8) {
    std::size_t middle = good + (bad - good) / 2;
    while (middle > good && (static_cast<unsigned char>(text[middle]) & 0xc0) == 0x80) middle--;
    if (middle == good) break;
    (is_utf8(text.substr(good, middle - good)) ? good : bad) = middle;
  }
  for (std::size_t at = good; at < text.size();) {
    std::size_t size = 1;
    while (size <= 4 && at + size <= text.size() && !is_utf8(text.substr(at, size))) size++;
    if (size > 4 || at + size > text.size()) return at;
    at += size;
  }
  return text.size();
}

}  // namespace

bool is_utf8(std::string_view text) {
  return simdjson::validate_utf8(text.data(), text.size());
}

std::string why_not_utf8(std::string_view text) {
  return concat("column ", first_invalid(text) + 1, ": invalid UTF-8");
}

}  // namespace ev
