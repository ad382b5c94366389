// Delta: what it restores, when it is taken, and every way for it to be corrupt.
#include <doctest/doctest.h>

#include <algorithm>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "codec/columns.h"
#include "codec/sequence.h"
#include "codec/sequence_reading.h"

using namespace ev;
using namespace ev::test;

namespace {

Buffer delta(uint64_t first, uint64_t base, uint64_t scale, uint8_t width, const std::vector<uint8_t>& bits) {
  Buffer out;
  put(out, uint8_t{6});
  put(out, width);
  put(out, uint16_t{0});
  put(out, static_cast<uint32_t>(24 + bits.size()));
  put(out, first);
  put(out, base);
  put(out, scale);
  out.append(bits);
  return out;
}


Encoding check_round_trip(const Words& words, SequenceOptions options = {}) {
  Buffer out;
  const Encoding encoding = write_sequence(out, std::span<const uint64_t>(words), options);
  REQUIRE(read_back(out, words.size()) == words);
  return encoding;
}

}  // namespace

TEST_CASE("delta bytes written by hand from the specification are read") {
  // Differences -1 + 2 * (0, 3, 1) in 2 bits: 01 11 00.
  CHECK(read_back(delta(100, ~uint64_t{0}, 2, 2, {0b011100}), 4) == Words{100, 99, 104, 105});
  CHECK(read_back<uint32_t>(delta(100, ~uint64_t{0}, 2, 2, {0b011100}), 4) == Words{100, 99, 104, 105});
  CHECK(read_back(delta(5, 10, 1, 0, {}), 3) == Words{5, 15, 25});
  CHECK(read_back(delta(5, 99, 99, 0, {}), 1) == Words{5});
  CHECK(read_back(delta(~uint64_t{0}, 1, 1, 0, {}), 2) == Words{~uint64_t{0}, 0});
}

TEST_CASE("delta is written as the specification says") {
  Words words;
  for (uint64_t i = 0; i < 40; i++) words.push_back(1000 + i * i);
  Buffer out;
  CHECK(write_sequence(out, std::span<const uint64_t>(words)) == Encoding::delta);
  // Differences 1, 3, 5, ... 77: numbers 0 to 76 in 7 bits.
  CHECK(out[1] == 7);
  CHECK(out.size() == 8 + 24 + (39 * 7 + 7) / 8);
  CHECK(load<uint64_t>(&out[8]) == 1000);
  CHECK(load<uint64_t>(&out[16]) == 1);
  CHECK(load<uint64_t>(&out[24]) == 1);
  // Of the numbers 0, 2, 4 and 6 in 7 bits each, bits 8, 16, 22 and 23 are set.
  CHECK(out[32] == 0);
  CHECK(out[33] == 1);
  CHECK(out[34] == 0b11000001);
}

TEST_CASE("words in order, and nearly in order, are held by their differences") {
  std::mt19937_64 random(1);
  for (std::size_t count : {50, 1000, 2047, 2049, 5000, 65536}) {
    CAPTURE(count);
    Words steps, counters, descending, nearly, times;
    uint64_t id = 1 << 20;
    for (std::size_t i = 0; i < count; i++) {
      id += 1 + random() % 9;
      steps.push_back(1000 * i);
      counters.push_back(id);
      descending.push_back(uint64_t{0} - id);
      nearly.push_back(id + random() % 4);
      times.push_back(1717200000000000000 + (id * 7 + random() % 16) * 1000000);
    }
    CHECK(check_round_trip(steps) == Encoding::delta);
    CHECK(check_round_trip(counters) == Encoding::delta);
    CHECK(check_round_trip(descending) == Encoding::delta);
    CHECK(check_round_trip(nearly) == Encoding::delta);
    CHECK(check_round_trip(times, {.pack = true, .scale = true}) == Encoding::delta);
    // What is not in order stays packed, and floats are not touched.
    std::shuffle(counters.begin(), counters.end(), random);
    CHECK(check_round_trip(counters) == Encoding::packed);
    CHECK(check_round_trip(steps, {.pack = false, .scale = false}) == Encoding::plain);
  }
}

TEST_CASE("a jump that no sample sees costs size, not values") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 40; round++) {
    Words words;
    for (uint64_t i = 0; i < 20000; i++) words.push_back(i * 3);
    words[random() % words.size()] = random();
    check_round_trip(words);
    check_round_trip(words, {.pack = true, .scale = true});
  }
}

TEST_CASE("differences wrap around") {
  constexpr uint64_t kMin = uint64_t{1} << 63, kMax = kMin - 1;
  CHECK(check_round_trip({kMin, kMax}) == Encoding::plain);
  Words around, ends, multiples;
  for (uint64_t i = 0; i < 3000; i++) {
    around.push_back(kMax - 1500 + i);
    ends.push_back(i % 2 ? kMin : kMax);
    // Multiples of 1000 whose differences, past half the range, are none.
    multiples.push_back(kMin + (i % 2 ? 18446744073709551ull * 1000 : 0) + i * 1000);
  }
  CHECK(check_round_trip(around) == Encoding::delta);
  check_round_trip(ends);
  check_round_trip(ends, {.pack = true, .scale = true});
  check_round_trip(multiples);
  check_round_trip(multiples, {.pack = true, .scale = true});
}

TEST_CASE("random words come back, whatever is chosen") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 400; round++) {
    CAPTURE(round);
    const std::size_t count = round % 8 == 0 ? random() % 6000 : random() % 200;
    const uint64_t step = uint64_t{1} << random() % 64, jitter = uint64_t{1} << random() % 64;
    const uint64_t scale = random() % 2 ? 1 : 1 + random() % 1000;
    Words words;
    uint64_t word = random();
    for (std::size_t i = 0; i < count; i++) words.push_back(((word += random() % step) + random() % jitter) * scale);
    check_round_trip(words);
    check_round_trip(words, {.pack = true, .scale = true});
    std::vector<uint32_t> narrow(words.begin(), words.end());
    Buffer out;
    write_sequence(out, std::span<const uint32_t>(narrow));
    REQUIRE(read_back<uint32_t>(out, count) == Words(narrow.begin(), narrow.end()));
  }
}

TEST_CASE("runs of words in order have differences inside") {
  Words words;
  for (uint64_t i = 0; i < 60000; i++) words.push_back(i / 20 * 1000);
  CHECK(check_round_trip(words) == Encoding::run_length);
  Buffer out;
  write_sequence(out, std::span<const uint64_t>(words));
  CHECK(out.size() < 200);
}

TEST_CASE("delta in the chunks of all word types, with nulls") {
  for (Type type : {Type::int64, Type::uint64, Type::time}) {
    Column column;
    column.type = type;
    column.path = 3;
    column.validity.assign(3000, false);
    for (uint32_t row = 0; row < 3000; row++)
      if (row % 3 != 1) {
        column.validity.set(row);
        column.words.push_back((uint64_t{1} << 63) + row * row);
      }
    Chunk chunk = encode(column, 3000);
    CHECK(chunk.entry.encoding == Encoding::delta);
    CHECK(rows_of(decode(chunk, 3000), 3000) == rows_of(column, 3000));
  }
}

TEST_CASE("every way for a delta sequence to be corrupt") {
  const Buffer good = delta(100, 1, 1, 8, {1, 2, 3});
  CHECK(fault(good, 4) == "no fault");
  CHECK(fault(good, 3) == "packed differences have another length than they say");
  CHECK(fault(good, 5) == "packed differences have another length than they say");
  CHECK(fault(delta(100, 1, 1, 65, std::vector<uint8_t>(25)), 4) == "numbers are packed in over 64 bits");
  CHECK(fault(delta(100, 1, 1, 0, {}), 0) == "differences without a word");
  for (std::size_t cut = 0; cut < good.size(); cut++) CHECK(fault(good.span().first(cut), 4) != "no fault");
  CHECK(fault<uint32_t>(delta(0xffffffff, 0, 1, 0, {}), 2) == "no fault");
  CHECK(fault<uint32_t>(delta(0xffffffff, 1, 1, 0, {}), 2) == "a number is over 32 bits");
  CHECK(fault<uint32_t>(delta(0, ~uint64_t{0}, 1, 0, {}), 2) == "a number is over 32 bits");
  // Few bytes that say nothing about many words are still held to the count of the caller.
  CHECK(fault(delta(0, 1, 1, 0, {}), 65536) == "no fault");
}
