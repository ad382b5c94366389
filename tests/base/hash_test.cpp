#include "base/hash.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace ev;

namespace {

std::vector<uint8_t> pattern(std::size_t n) {
  std::vector<uint8_t> bytes(n);
  for (std::size_t i = 0; i < n; i++) bytes[i] = static_cast<uint8_t>(i * 7);
  return bytes;
}

// From the Python binding of xxHash 0.8 over the same pattern; the lengths meet each of its code paths.
struct Expected {
  std::size_t length;
  uint64_t hash64;
  const char* hash128;
};
constexpr Expected kExpected[] = {
    {0, 0x2d06800538d394c2, "a4cb05dbbf09907aaaa287af24a9bb3a"},
    {1, 0xc44bdff4074eecdb, "cfeda14808382ad3d5dd68911c7f195d"},
    {16, 0x9da23836adf2be1e, "9e8327e234062a4d522848b4c15c9896"},
    {100, 0x6dbb812cf19d012e, "f87d787800fbb978f043a4e027db7b53"},
    {240, 0x4917a75c0ef8eed7, "f6ce15b28ac9bfcf0081aba3e79b56f8"},
    {241, 0x541b19226f0052e8, "d027e56abe620342c70f3b1cd146d8eb"},
    {1000, 0x10ad30264426c830, "5ba7ac33929c2e23ec6a216de48299a3"},
};

}  // namespace

TEST_CASE("hashes are XXH3 as other programs compute it") {
  for (const Expected& e : kExpected) {
    CAPTURE(e.length);
    auto bytes = pattern(e.length);
    CHECK(checksum64(bytes) == e.hash64);
    CHECK(hash128(bytes, 0x0123456789abcdef).hex() == e.hash128);
  }
}

TEST_CASE("a checksum of pieces is that of the whole, however it is cut") {
  auto bytes = pattern(5000);
  for (std::size_t piece : {1, 7, 64, 255, 256, 257, 1024, 5000}) {
    CAPTURE(piece);
    Checksum64 sum;
    for (std::size_t at = 0; at < bytes.size(); at += piece)
      sum.update(std::span(bytes).subspan(at, std::min(piece, bytes.size() - at)));
    CHECK(sum.value() == checksum64(bytes));
    CHECK(sum.value() == checksum64(bytes));  // asking does not change it
    sum.reset();
    sum.update({});
    CHECK(sum.value() == 0x2d06800538d394c2);
    Checksum64 moved = std::move(sum);
    moved.update(std::span(bytes).first(241));
    CHECK(moved.value() == checksum64(std::span(bytes).first(241)));
  }
}

TEST_CASE("128-bit sums carry") {
  Hash128 a{UINT64_MAX, 1}, b{1, 2};
  a += b;
  CHECK(a == Hash128{0, 4});
  Hash128 top{0, UINT64_MAX};
  top += Hash128{5, 1};
  CHECK(top == Hash128{5, 0});
  CHECK(Hash128{0x1, 0xabc}.hex() == "0000000000000abc0000000000000001");
}

TEST_CASE("fold_multiply is low XOR high of the product") {
  CHECK(fold_multiply(3, 5) == 15);
  CHECK(fold_multiply(uint64_t{1} << 63, 2) == 1);
  CHECK(fold_multiply(UINT64_MAX, UINT64_MAX) == (1 ^ (UINT64_MAX - 1)));
}
