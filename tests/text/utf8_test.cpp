#include "text/utf8.h"

#include <doctest/doctest.h>

using namespace ev;

TEST_CASE("the first byte that is no UTF-8 is named, wherever it stands") {
  CHECK(why_not_utf8("\xff") == "column 1: invalid UTF-8");
  CHECK(why_not_utf8("1,\xff") == "column 3: invalid UTF-8");
  CHECK(why_not_utf8("1,\xc3") == "column 3: invalid UTF-8");
  CHECK(why_not_utf8("\xc3\xa9\xe2\x82") == "column 3: invalid UTF-8");
  CHECK(why_not_utf8("\xed\xa0\x80") == "column 1: invalid UTF-8");
  for (std::size_t at = 0; at < 300; at++) {
    std::string text = std::string(at, 'x') + "\xff" + std::string(300 - at, 'y');
    CHECK(why_not_utf8(text) == "column " + std::to_string(at + 1) + ": invalid UTF-8");
  }
  CHECK(is_utf8("\xf0\x9f\x98\x80"));
}
