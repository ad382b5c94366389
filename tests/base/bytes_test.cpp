#include "base/bytes.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/bitmap.h"
#include "base/error.h"

using namespace ev;

TEST_CASE("fields are read little-endian and in order") {
  const std::vector<uint8_t> bytes = {0x01, 0x34, 0x12, 'a', 'b', 0xff, 0xff, 0xff, 0xff};
  ByteReader in(bytes, "block 3");
  CHECK(in.read<uint8_t>() == 1);
  CHECK(in.read<uint16_t>() == 0x1234);
  CHECK(in.text(2) == "ab");
  CHECK(in.left() == 4);
  CHECK(in.rest().size() == 4);
  CHECK(in.read<int32_t>() == -1);
  CHECK_NOTHROW(in.expect_end());
}

TEST_CASE("every read past the end is corrupt and names the place") {
  const std::vector<uint8_t> bytes = {1, 2, 3};
  auto message = [&](auto&& read) {
    ByteReader in(bytes, "block 3");
    try {
      read(in);
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::corrupt);
      return std::string(e.what());
    }
    return std::string("no error");
  };
  CHECK(message([](ByteReader& in) { in.read<uint32_t>(); }) == "block 3: ends early");
  CHECK(message([](ByteReader& in) { in.take(4); }) == "block 3: ends early");
  CHECK(message([](ByteReader& in) { in.take(SIZE_MAX); }) == "block 3: ends early");
  CHECK(message([](ByteReader& in) { in.take(3), in.read<uint8_t>(); }) == "block 3: ends early");
  CHECK(message([](ByteReader& in) { in.take(2), in.expect_end(); }) == "block 3: 1 byte too many");
  CHECK(message([](ByteReader& in) { in.expect_end(); }) == "block 3: 3 bytes too many");
  CHECK(message([](ByteReader& in) { in.take(3), in.expect_end(); }) == "no error");
}

TEST_CASE("put() is the other half of read()") {
  Buffer out;
  put<uint16_t>(out, 0x1234);
  put_text(out, "xyz");
  put<int64_t>(out, -5);
  CHECK(out.size() == 13);
  CHECK(out[0] == 0x34);
  ByteReader in(out.span(), "x");
  CHECK(in.read<uint16_t>() == 0x1234);
  CHECK(in.text(3) == "xyz");
  CHECK(in.read<int64_t>() == -5);
}

TEST_CASE("PodVector keeps its values when it grows, is copied and is moved") {
  PodVector<uint32_t> v;
  for (uint32_t i = 0; i < 1000; i++) v.push_back(i * 7);
  PodVector<uint32_t> copy = v, moved = std::move(v);
  CHECK(copy == moved);
  CHECK(copy.size() == 1000);
  CHECK(copy[999] == 6993);
  copy.clear();
  CHECK(copy.empty());
  CHECK(copy.capacity() >= 1000);
  copy.append(moved.data(), 3);
  CHECK(copy.size() == 3);
  CHECK_FALSE(copy == moved);
}

TEST_CASE("bits of a bitmap beyond its size are zero whatever was done before") {
  Bitmap b(70, true);
  CHECK(b.count() == 70);
  CHECK(b.word(1) == 63);
  b.resize(65);
  CHECK(b.count() == 65);
  b.resize(130);
  CHECK(b.count() == 65);
  b.reset(64);
  b.set(129);
  std::vector<std::size_t> found;
  b.for_each([&](std::size_t i) { found.push_back(i); });
  CHECK(found.size() == 65);
  CHECK(found.back() == 129);
  CHECK(b.bytes().size() == 17);
  const std::vector<uint8_t> full(9, 0xff);
  Bitmap read = Bitmap::from_bytes(full, 66);
  CHECK(read.count() == 66);
  CHECK(read.get(65));
}
