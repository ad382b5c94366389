#include "dedup/fingerprint.h"

#include <doctest/doctest.h>

#include <span>
#include <numeric>
#include <random>
#include <vector>

#include "base/bytes.h"

using namespace ev;

namespace {

/// The first vectors of SipHash-2-4 with 128 bits of output as its authors publish them (vectors_sip128): the key is
/// 00 01 ... 0f, the message 00 01 02 ... of that length.
constexpr uint8_t kVectors[4][16] = {
    {0xa3, 0x81, 0x7f, 0x04, 0xba, 0x25, 0xa8, 0xe6, 0x6d, 0xf6, 0x72, 0x14, 0xc7, 0x55, 0x02, 0x93},
    {0xda, 0x87, 0xc1, 0xd8, 0x6b, 0x99, 0xaf, 0x44, 0x34, 0x76, 0x59, 0x11, 0x9b, 0x22, 0xfc, 0x45},
    {0x81, 0x77, 0x22, 0x8d, 0xa4, 0xa4, 0x5d, 0xc7, 0xfc, 0xa3, 0x8b, 0xde, 0xf6, 0x0a, 0xff, 0xe4},
    {0x9c, 0x70, 0xb6, 0x0c, 0x52, 0x67, 0xa9, 0x4e, 0x5f, 0x33, 0xb6, 0xb0, 0x29, 0x85, 0xed, 0x51}};

HashKey counting_key() {
  HashKey key;
  std::iota(key.begin(), key.end(), uint8_t{0});
  return key;
}

}  // namespace

TEST_CASE("fingerprints are SipHash-2-4-128, by its published vectors") {
  const KeyedHash hash(counting_key());
  std::vector<uint8_t> message;
  for (const auto& expected : kVectors) {
    const Fingerprint print = hash(message);
    CHECK(print.hi == load<uint64_t>(expected));
    CHECK(print.lo == load<uint64_t>(expected + 8));
    message.push_back(static_cast<uint8_t>(message.size()));
  }
}

TEST_CASE("fingerprints of one key differ from those of another, and random keys differ") {
  const std::vector<uint8_t> message(10, 7);
  CHECK(KeyedHash(counting_key())(message) != KeyedHash(kFixedHashKey)(message));
  CHECK(random_hash_key() != random_hash_key());
}

TEST_CASE("fingerprints of few bits collide, and none is that of an empty place") {
  const KeyedHash hash(kFixedHashKey, 2);
  for (uint8_t i = 0; i < 64; i++) {
    const Fingerprint print = hash({&i, 1});
    CHECK(print.hi == 0);
    CHECK(print.lo >= 1);
    CHECK(print.lo < 4);
  }
}

TEST_CASE("many messages at once give what each gives alone, of all lengths, equal ones side by side") {
  std::mt19937_64 random(1);
  const KeyedHash hash(counting_key());
  for (int round = 0; round < 300; round++) {
    std::vector<uint8_t> bytes;
    std::vector<uint32_t> ends;
    std::vector<Fingerprint> expected;
    for (int i = 0; i < 20; i++) {
      const std::size_t size = round < 100 ? static_cast<std::size_t>(round) : random() % 4 ? 41 : random() % 300;
      const std::size_t begin = bytes.size();
      for (std::size_t j = 0; j < size; j++) bytes.push_back(static_cast<uint8_t>(random()));
      ends.push_back(static_cast<uint32_t>(bytes.size()));
      expected.push_back(hash(std::span(bytes).subspan(begin, size)));
    }
    std::vector<Fingerprint> got(ends.size());
    hash(bytes, ends, got.data());
    CHECK(got == expected);
  }
}
