#include "codec/bit_packing.h"

#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "base/pod_vector.h"

using namespace ev;

namespace {

/// The specification, bit by bit: bit b of number i is bit i * width + b.
std::vector<uint8_t> pack_slowly(const std::vector<uint64_t>& numbers, unsigned width) {
  std::vector<uint8_t> out((numbers.size() * width + 7) / 8, 0);
  for (std::size_t i = 0; i < numbers.size(); i++)
    for (unsigned b = 0; b < width; b++) {
      std::size_t bit = i * width + b;
      if (numbers[i] >> b & 1) out[bit / 8] = static_cast<uint8_t>(out[bit / 8] | 1 << bit % 8);
    }
  return out;
}

std::vector<uint64_t> random_numbers(std::size_t count, unsigned width, std::mt19937_64& random) {
  std::vector<uint64_t> numbers(count);
  for (auto& number : numbers) number = width == 0 ? 0 : random() >> (64 - width);
  if (count > 1 && width > 0) numbers[count / 2] = ~uint64_t{0} >> (64 - width);
  return numbers;
}

/// Exactly as long as its bytes, so that the address sanitizer sees a read beyond them.
std::vector<uint8_t> packed(std::span<const uint64_t> words, const Packing& packing) {
  Buffer out;
  pack(words, packing, out.extend(packed_bytes(words.size(), packing.width)));
  return {out.begin(), out.end()};
}

}  // namespace

TEST_CASE("packing is what the specification says, for all widths and lengths") {
  std::mt19937_64 random(1);
  for (unsigned width = 0; width <= 64; width++)
    for (std::size_t count : {0, 1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 63, 64, 65, 130, 1000}) {
      CAPTURE(width);
      CAPTURE(count);
      auto numbers = random_numbers(count, width, random);
      const Packing packing{0, 1, width};
      auto bytes = packed(numbers, packing);
      REQUIRE(bytes == pack_slowly(numbers, width));
      PodVector<uint64_t> words(count);
      unpack(bytes, packing, count, words.data());
      REQUIRE(std::vector<uint64_t>(words.begin(), words.end()) == numbers);
    }
}

TEST_CASE("32-bit words pack to the same bytes and come back") {
  std::mt19937_64 random(2);
  for (unsigned width = 0; width <= 32; width++)
    for (std::size_t count : {0, 1, 5, 8, 33, 257, 4096}) {
      CAPTURE(width);
      CAPTURE(count);
      auto numbers = random_numbers(count, width, random);
      const uint32_t base = width == 32 ? 0 : 77;
      if (width == 31)
        for (auto& number : numbers) number &= 0x7fffff00;
      PodVector<uint32_t> words;
      for (uint64_t number : numbers) words.push_back(static_cast<uint32_t>(number) + base);
      const Packing packing{base, 1, width};
      Buffer out;
      pack(words.span(), packing, out.extend(packed_bytes(count, width)));
      std::vector<uint8_t> bytes(out.begin(), out.end());
      REQUIRE(bytes == pack_slowly(numbers, width));
      PodVector<uint32_t> back(count);
      unpack(bytes, packing, count, back.data());
      REQUIRE(back == words);
    }
}

TEST_CASE("base and scale wrap around modulo 2^64") {
  std::mt19937_64 random(3);
  for (uint64_t scale :
       {uint64_t{1}, uint64_t{2}, uint64_t{7}, uint64_t{1000}, uint64_t{1000000000}, uint64_t{1} << 40})
    for (unsigned width : {1u, 5u, 13u, 20u}) {
      const Packing packing{~uint64_t{0} - 5000, scale, width};
      std::vector<uint64_t> words;
      for (uint64_t number : random_numbers(500, width, random)) words.push_back(packing.base + scale * number);
      auto bytes = packed(words, packing);
      PodVector<uint64_t> back(words.size());
      unpack(bytes, packing, words.size(), back.data());
      REQUIRE(std::vector<uint64_t>(back.begin(), back.end()) == words);
    }
}

TEST_CASE("an exact divisor agrees with division") {
  std::mt19937_64 random(4);
  for (int i = 0; i < 20000; i++) {
    uint64_t divisor = (random() >> random() % 64) | (i % 2 ? 0 : uint64_t{1} << random() % 64);
    if (divisor == 0) divisor = 1;
    uint64_t number = random() >> random() % 64;
    if (i % 3 == 0) number = number / divisor * divisor;
    ExactDivisor exact(divisor);
    CAPTURE(divisor);
    CAPTURE(number);
    REQUIRE(exact.divides(number) == (number % divisor == 0));
    if (number % divisor == 0) REQUIRE(exact.quotient(number) == number / divisor);
  }
}
