#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

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

TEST_CASE("an index of lines says where the newlines are and whether all is ASCII, with and without AVX2") {
  std::mt19937 random(11);
  PodVector<uint32_t> ends;  // grows and shrinks from text to text
  for (int round = 0; round < 3000; round++) {
    std::string text(random() % 700, 'x');
    const auto density = 1 + random() % 70, foreign = 1 + random() % 2000;
    for (char& c : text) {
      if (random() % density == 0) c = '\n';
      if (random() % foreign == 0) c = '\xc3';
    }
    std::vector<uint32_t> expected;
    bool ascii = true;
    for (std::size_t i = 0; i < text.size(); i++) {
      if (text[i] == '\n') expected.push_back(static_cast<uint32_t>(i));
      ascii &= static_cast<unsigned char>(text[i]) < 0x80;
    }
    for (auto* index_of : {&index_lines, &detail::index_lines_portable}) {
      const LineIndex index = index_of(text, ends);
      REQUIRE(index.lines == expected.size());
      REQUIRE(index.ascii == ascii);
      REQUIRE(std::vector<uint32_t>(ends.begin(), ends.end()) == expected);
    }
  }
}
