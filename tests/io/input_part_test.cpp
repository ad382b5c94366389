#include <doctest/doctest.h>

#include "base/error.h"
#include "io/input.h"
#include "io/temp_folder.h"

using namespace ev;

namespace {

std::string read_all(Input& input, std::size_t piece) {
  std::string text, buffer(piece, '\0');
  while (std::size_t n = input.read({reinterpret_cast<uint8_t*>(buffer.data()), piece})) text.append(buffer, 0, n);
  return text;
}

}  // namespace

TEST_CASE("a part of a file is read as if it were all") {
  TempFolder folder;
  const std::string path = folder.file("f", "0123456789");
  for (std::size_t piece : {1, 3, 100}) {
    auto part = part_of(open_input(path), 2, 7);
    CHECK(part->size() == 5);
    CHECK(part->seekable());
    CHECK(part->name() == path);
    CHECK(read_all(*part, piece) == "23456");
    CHECK(part->consumed() == 5);
    char bytes[3];
    CHECK(part->pread({reinterpret_cast<uint8_t*>(bytes), 3}, 4) == 1);
    CHECK(bytes[0] == '6');
    CHECK(part->pread({reinterpret_cast<uint8_t*>(bytes), 3}, 5) == 0);
  }
  CHECK(read_all(*part_of(open_input(path), 8), 100) == "89");
  CHECK(read_all(*part_of(open_input(path), 8, 100), 100) == "89");
  CHECK(read_all(*part_of(open_input(path), 12), 100).empty());
  CHECK(part_of(open_input(path), 12)->size() == 0);
}

TEST_CASE("no more of an input than was asked for") {
  for (std::size_t piece : {1, 3, 100}) {
    CHECK(read_all(*at_most(memory_input("m", "0123456789"), 4), piece) == "0123");
    CHECK(read_all(*at_most(memory_input("m", "012"), 4), piece) == "012");
    CHECK(read_all(*at_most(memory_input("m", "012"), 0), piece).empty());
  }
}

TEST_CASE("a file is known by what does not change with its name") {
  TempFolder folder;
  const std::string path = folder.file("f", "0123456789");
  const auto facts = file_facts(path);
  REQUIRE(facts);
  CHECK(facts->size == 10);
  CHECK(facts->id.inode != 0);
  auto input = open_input(path);
  std::filesystem::rename(path, folder / "g");
  CHECK(file_facts(folder / "g")->id == facts->id);
  CHECK(input->facts()->id == facts->id);
  CHECK(file_facts(folder.file("h", ""))->id != facts->id);
  CHECK_FALSE(file_facts(path));
  CHECK_FALSE(file_facts(folder.path()));
  CHECK_FALSE(memory_input("m", "x")->facts());
}
