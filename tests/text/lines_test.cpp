#include <doctest/doctest.h>

#include <random>
#include <string>

#include "text/lines.h"

using namespace ev;

static LineCut count_one_by_one(std::string_view text, std::size_t wanted) {
  std::size_t found = 0;
  for (std::size_t i = 0; i < text.size() && found < wanted; i++)
    if (text[i] == '\n' && ++found == wanted) return {i + 1, found};
  return {wanted == 0 ? 0 : text.size(), found};
}

TEST_CASE("newlines are found where a byte by byte count finds them, with and without AVX2") {
  std::mt19937 random(7);
  for (int round = 0; round < 3000; round++) {
    std::string text(random() % 400, 'x');
    auto density = 1 + random() % 40;
    for (char& c : text)
      if (random() % density == 0) c = '\n';
    std::size_t wanted = random() % 30;
    LineCut expected = count_one_by_one(text, wanted);
    for (LineCut cut : {find_newlines(text, wanted), detail::find_newlines_portable(text, wanted)}) {
      REQUIRE(cut.end == expected.end);
      REQUIRE(cut.found == expected.found);
    }
  }
}
