#include "codec/sequence.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "base/error.h"
#include "codec/sequence_reading.h"

using namespace ev;
using namespace ev::test;

namespace {

Buffer written(const Words& words, SequenceOptions options = {}) {
  Buffer out;
  write_sequence(out, std::span<const uint64_t>(words), options);
  return out;
}
Encoding encoding_of(const Words& words, SequenceOptions options = {}) {
  Buffer out;
  return write_sequence(out, std::span<const uint64_t>(words), options);
}

Buffer sequence(uint8_t encoding, uint8_t width, const Buffer& body) {
  Buffer out;
  put(out, encoding);
  put(out, width);
  put(out, uint16_t{0});
  put(out, static_cast<uint32_t>(body.size()));
  out.append(body);
  return out;
}
Buffer plain(const Words& words) {
  Buffer body;
  for (uint64_t word : words) put(body, word);
  return sequence(5, 0, body);
}
Buffer runs(uint32_t count, const Buffer& words, const Buffer& lengths) {
  Buffer body;
  put(body, count);
  body.append(words);
  body.append(lengths);
  return sequence(2, 0, body);
}
Buffer packed(uint64_t base, uint64_t scale, uint8_t width, const std::vector<uint8_t>& bits) {
  Buffer body;
  put(body, base);
  put(body, scale);
  body.append(bits);
  return sequence(3, width, body);
}

}  // namespace

TEST_CASE("bytes written by hand from the specification are read") {
  CHECK(read_back(plain({5, ~uint64_t{0}}), 2) == Words{5, ~uint64_t{0}});
  CHECK(read_back(plain({}), 0) == Words{});
  Buffer seven;
  put(seven, uint64_t{7});
  CHECK(read_back(sequence(1, 0, seven), 3) == Words{7, 7, 7});
  // 1, 2, 7 in 3 bits: 111 010 001.
  CHECK(read_back(packed(100, 10, 3, {0b11010001, 0b1}), 3) == Words{110, 120, 170});
  CHECK(read_back<uint32_t>(packed(100, 10, 3, {0b11010001, 0b1}), 3) == Words{110, 120, 170});
  CHECK(read_back(runs(2, plain({9, 4}), plain({1, 3})), 4) == Words{9, 4, 4, 4});
  CHECK(read_back(runs(2, packed(4, 5, 1, {0b01}), packed(1, 2, 1, {0b10})), 4) == Words{9, 4, 4, 4});
}

TEST_CASE("reserved bytes are ignored") {
  Buffer bytes = plain({1});
  bytes[1] = bytes[2] = bytes[3] = 0xff;
  CHECK(read_back(bytes, 1) == Words{1});
}

TEST_CASE("a sequence is written as the specification says") {
  CHECK(written({}) == plain({}));
  Buffer seven;
  put(seven, uint64_t{7});
  CHECK(written({7, 7, 7}) == sequence(1, 0, seven));
  CHECK(written({1, ~uint64_t{0} >> 1}) == plain({1, ~uint64_t{0} >> 1}));
  // base -3 as int64; numbers 0 to 7 in 3 bits.
  Words words;
  for (uint64_t i = 0; i < 8; i++) words.push_back(i - 3);
  CHECK(written(words) == packed(uint64_t{0} - 3, 1, 3, {0b10001000, 0b11000110, 0b11111010}));
  for (auto& word : words) word *= 1000;
  CHECK(written(words, {.pack = true, .scale = true}) ==
        packed(uint64_t{0} - 3000, 1000, 3, {0b10001000, 0b11000110, 0b11111010}));
}

TEST_CASE("the smallest encoding is taken") {
  Words sorted, sawtooth, random_words, few_runs;
  std::mt19937_64 random(1);
  for (uint64_t i = 0; i < 4000; i++) {
    sorted.push_back(i);
    sawtooth.push_back(i % 2);
    random_words.push_back(random());
    few_runs.push_back(i / 1000 * 12345);
  }
  CHECK(encoding_of({}) == Encoding::plain);
  CHECK(encoding_of({1}) == Encoding::constant);
  CHECK(encoding_of(Words(100, 5)) == Encoding::constant);
  CHECK(encoding_of(sorted) == Encoding::delta);
  std::shuffle(sorted.begin(), sorted.end(), random);
  CHECK(encoding_of(sorted) == Encoding::packed);
  CHECK(encoding_of(sawtooth) == Encoding::packed);
  CHECK(encoding_of(random_words) == Encoding::plain);
  CHECK(encoding_of(few_runs) == Encoding::run_length);
  CHECK(encoding_of(sorted, {.pack = false}) == Encoding::plain);
  CHECK(encoding_of(few_runs, {.pack = false}) == Encoding::run_length);
  CHECK(written(few_runs).size() < 80);
}

TEST_CASE("sequences of all widths, bases, scales and runs come back") {
  std::mt19937_64 random(2);
  for (int round = 0; round < 3000; round++) {
    CAPTURE(round);
    const unsigned width = static_cast<unsigned>(random() % 65);
    const std::size_t count = random() % 200;
    const uint64_t base = random() % 2 ? random() : 0, scale = random() % 2 ? 1 : random() % 100000;
    const uint64_t run = 1 + random() % 20;
    Words words;
    for (std::size_t i = 0; i < count; i++)
      words.push_back(i > 0 && random() % run ? words.back()
                                              : base + scale * (width == 0 ? 0 : random() >> (64 - width)));
    const SequenceOptions options{.pack = random() % 4 != 0, .scale = random() % 2 == 0};
    REQUIRE(read_back(written(words, options), count) == words);

    PodVector<uint32_t> narrow;
    Words as_read;
    for (uint64_t word : words) {
      narrow.push_back(static_cast<uint32_t>(word));
      as_read.push_back(static_cast<uint32_t>(word));
    }
    Buffer out;
    write_sequence(out, narrow.span());
    REQUIRE(read_back<uint32_t>(out, count) == as_read);
    REQUIRE(read_back<uint64_t>(out, count) == as_read);
  }
}

TEST_CASE("the extremes of int64 stand side by side") {
  const Words words{uint64_t{1} << 63, ~uint64_t{0} >> 1, 0, ~uint64_t{0}};
  for (bool scale : {false, true}) CHECK(read_back(written(words, {.pack = true, .scale = scale}), 4) == words);
}

TEST_CASE("no number is over 32 bits where 32 are wanted") {
  Buffer large;
  put(large, uint64_t{1} << 32);
  CHECK(fault<uint32_t>(sequence(1, 0, large), 2) == "a number is over 32 bits");
  CHECK(fault<uint32_t>(plain({1, uint64_t{1} << 32}), 2) == "a number is over 32 bits");
  CHECK(fault<uint32_t>(packed(0xffffffff, 1, 1, {0b10}), 2) == "a number is over 32 bits");
  CHECK(fault<uint32_t>(packed(0, 0xffffffff, 2, {0b10}), 2) == "a number is over 32 bits");
  CHECK(fault<uint32_t>(packed(~uint64_t{0}, 1, 1, {0b01}), 2) == "a number is over 32 bits");
  CHECK(read_back<uint32_t>(packed(~uint64_t{0}, 1, 1, {0b11}), 2) == Words{0, 0});
  CHECK(read_back<uint32_t>(packed(0xffffffff, 1, 1, {0}), 2) == Words{0xffffffff, 0xffffffff});
}

TEST_CASE("every way for a sequence to be corrupt") {
  Buffer bad = plain({1, 2});
  SUBCASE("unknown encoding") {
    for (unsigned encoding : {0u, 4u, 7u, 8u, 9u, 10u, 255u}) {
      bad[0] = static_cast<uint8_t>(encoding);
      CHECK(fault(bad, 2) == "a sequence has an unknown encoding");
    }
  }
  SUBCASE("longer than what is there") {
    store(&bad[4], uint32_t{17});
    CHECK(fault(bad, 2) == "a sequence ends early");
  }
  SUBCASE("plain of another length") {
    CHECK(fault(bad, 1) == "plain words have another length than they say");
    CHECK(fault(bad, 3) == "plain words have another length than they say");
  }
  SUBCASE("constant of another length") {
    bad[0] = 1;
    CHECK(fault(bad, 2) == "a constant has not 8 bytes");
  }
  SUBCASE("over 64 bits") {
    CHECK(fault(packed(0, 1, 65, {}), 0) == "numbers are packed in over 64 bits");
  }
  SUBCASE("packed of another length") {
    CHECK(fault(packed(0, 1, 3, {1, 2}), 2) == "packed numbers have another length than they say");
    CHECK(fault(packed(0, 1, 3, {1}), 3) == "packed numbers have another length than they say");
    CHECK(fault(sequence(3, 0, {}), 3) == "packed numbers have another length than they say");
  }
  SUBCASE("more runs than values") {
    CHECK(fault(runs(3, plain({1, 2, 3}), plain({1, 1, 0})), 2) == "more runs than values");
  }
  SUBCASE("an empty run") {
    CHECK(fault(runs(2, plain({1, 2}), plain({2, 0})), 2) == "run lengths do not add up");
  }
  SUBCASE("runs too short or too long together") {
    CHECK(fault(runs(2, plain({1, 2}), plain({2, 1})), 4) == "run lengths do not add up");
    CHECK(fault(runs(2, plain({1, 2}), plain({2, 0xffffffff})), 4) == "run lengths do not add up");
  }
  SUBCASE("no runs for values") {
    CHECK(fault(runs(0, plain({}), plain({})), 1) == "run lengths do not add up");
  }
  SUBCASE("runs within runs") {
    Buffer inner = runs(1, plain({1}), plain({2}));
    CHECK(fault(runs(2, inner, plain({1, 1})), 2) == "runs within runs");
    CHECK(fault(runs(2, plain({1, 1}), inner), 2) == "runs within runs");
  }
  SUBCASE("bytes behind the runs") {
    Buffer longer = runs(1, plain({1}), plain({2}));
    put(longer, uint8_t{0});
    store(&longer[4], static_cast<uint32_t>(longer.size() - 8));
    CHECK(fault(longer, 2) == "a sequence has another length than it says");
  }
  SUBCASE("runs that go on beyond their sequence") {
    Buffer shorter = runs(1, plain({1}), plain({2}));
    store(&shorter[4], static_cast<uint32_t>(shorter.size() - 9));
    CHECK(fault(shorter, 2) == "a sequence has another length than it says");
  }
}
