// Decimal: floats over a power of ten come back bit by bit, others are left as they are.
#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "codec/columns.h"

using namespace ev;
using namespace ev::test;

namespace {

Column floats(const std::vector<double>& values) {
  Column column;
  column.path = 3;
  column.type = Type::float64;
  for (double value : values) column.words.push_back(std::bit_cast<uint64_t>(value));
  return column;
}

/// Encodes, checks that every bit comes back, and returns the encoding.
Encoding check_round_trip(const Column& column, Compression compression = {}) {
  const auto rows = static_cast<uint32_t>(column.validity.empty() ? column.size() : column.validity.size());
  Chunk chunk = encode(column, rows, compression);
  REQUIRE(rows_of(decode(chunk, rows), rows) == rows_of(column, rows));
  return chunk.entry.encoding;
}

std::vector<double> parsed(const std::vector<std::string>& texts) {
  std::vector<double> values;
  for (const auto& text : texts) values.push_back(std::strtod(text.c_str(), nullptr));
  return values;
}

/// A chunk as the specification has it.
Chunk decimal_chunk(uint8_t exponent, const std::vector<int64_t>& integers) {
  Chunk chunk;
  chunk.entry.path = 3;
  chunk.entry.type = Type::float64;
  chunk.entry.encoding = Encoding::decimal;
  chunk.entry.values = static_cast<uint32_t>(integers.size());
  put(chunk.stored, uint32_t{exponent});
  put(chunk.stored, uint32_t{5});
  put(chunk.stored, static_cast<uint32_t>(integers.size() * 8));
  for (int64_t integer : integers) put(chunk.stored, integer);
  return chunk;
}
void agree(Chunk& chunk) {
  chunk.entry.encoded_bytes = chunk.entry.stored_bytes = static_cast<uint32_t>(chunk.stored.size());
  chunk.entry.checksum = checksum64(chunk.stored);
}
std::string fault(Chunk chunk) {
  agree(chunk);
  std::vector<uint8_t> exact(chunk.stored.begin(), chunk.stored.end());
  try {
    decode_column(chunk.entry, exact, chunk.entry.values, "here");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(error.place() == "here");
    return error.reason();
  }
  return "no fault";
}

constexpr int64_t kLargest = int64_t{1} << 53;

}  // namespace

TEST_CASE("decimal bytes written by hand from the specification are read") {
  Chunk chunk = decimal_chunk(2, {150, -7, 0, kLargest, -kLargest});
  agree(chunk);
  const Column back = decode(chunk, 5);
  CHECK(back.real(0) == 1.5);
  CHECK(back.real(1) == -0.07);
  CHECK(back.words[2] == 0);
  CHECK(back.real(3) == 90071992547409.92);
  CHECK(back.real(4) == -90071992547409.92);
}

TEST_CASE("the smallest exponent is taken, and integers are held as a sequence") {
  std::vector<double> prices;
  for (int i = 0; i < 4000; i++) prices.push_back(std::strtod(("12." + std::to_string(1000 + i)).c_str(), nullptr));
  Chunk chunk = encode(floats(prices), 4000);
  CHECK(chunk.entry.encoding == Encoding::decimal);
  CHECK(load<uint32_t>(chunk.stored.data()) == 4);
  CHECK(chunk.stored.size() < 100);  // the integers ascend by one
  CHECK(check_round_trip(floats(prices)) == Encoding::decimal);

  std::vector<double> whole(4000, 3);
  whole[7] = 5;
  chunk = encode(floats(whole), 4000);
  CHECK(chunk.entry.encoding == Encoding::decimal);
  CHECK(chunk.stored[0] == 0);
  CHECK(check_round_trip(floats(std::vector<double>(4000, 0.25))) == Encoding::constant);
}

TEST_CASE("one value with more digits among many, wherever it stands") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 60; round++) {
    std::vector<double> values;
    for (int i = 0; i < 20000; i++) values.push_back(static_cast<double>(random() % 1000) / 10);
    const std::size_t at = round == 0 ? 0 : round == 1 ? 19999 : random() % 20000;
    values[at] = 0.1234567;
    Chunk chunk = encode(floats(values), 20000);
    CHECK(chunk.entry.encoding == Encoding::decimal);
    CHECK(chunk.stored[0] == 7);
    check_round_trip(floats(values));
    values[at] = 1.0 / 3;  // needs 16 digits
    CHECK(check_round_trip(floats(values)) != Encoding::decimal);
  }
}

TEST_CASE("what is no decimal makes the column fall back") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  for (double odd : {-0.0, nan, -nan, inf, -inf, 5e-324, 1e300, 1e-16, 1.1920928955078125e-05, 0x1p52 + 1}) {
    for (std::size_t at : {0u, 1u, 700u, 65535u}) {
      std::vector<double> values;
      for (int i = 0; i < 65536; i++) values.push_back(i * 0.5);
      values[at] = odd;
      CHECK(check_round_trip(floats(values)) == Encoding::plain);
    }
  }
}

TEST_CASE("values at the bounds of what is written as decimal") {
  const double below = 0x1p51 - 1;
  auto among_others = [](std::vector<double> values) {
    for (int i = 0; i < 50; i++) values.push_back(i % 3 % 2);
    return check_round_trip(floats(values));
  };
  CHECK(among_others({below, -below}) == Encoding::decimal);
  CHECK(among_others({0x1p51}) == Encoding::plain);
  CHECK(among_others({-0x1p51}) == Encoding::plain);
  CHECK(among_others(parsed({"0.000000000000001", "1.25", "-2.25"})) == Encoding::decimal);
  CHECK(among_others(parsed({"0.0000000000000001", "1.25", "-2.25"})) == Encoding::plain);
  CHECK(check_round_trip(floats({0.5})) == Encoding::constant);
}

TEST_CASE("random decimals of every number of digits come back") {
  std::mt19937_64 random(2);
  int taken = 0;
  for (int round = 0; round < 600; round++) {
    CAPTURE(round);
    const unsigned digits = static_cast<unsigned>(random() % 18), point = static_cast<unsigned>(random() % 17);
    std::vector<std::string> texts;
    for (int i = 0; i < 80; i++) {
      std::string text = random() % 2 ? "-" : "";
      for (unsigned d = 0; d <= digits; d++) text += static_cast<char>('0' + random() % 10);
      texts.push_back(text + "e-" + std::to_string(point));
      if (texts.back().find_first_of("123456789") > texts.back().find('e')) texts.back() = "0";
    }
    taken += check_round_trip(floats(parsed(texts))) == Encoding::decimal;
  }
  CHECK(taken > 300);
  CHECK(taken < 600);
}

TEST_CASE("random bits come back") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 200; round++) {
    Column column = floats({});
    const unsigned shift = static_cast<unsigned>(random() % 64);
    for (int i = 0; i < 100; i++)
      column.words.push_back(random() % 4 ? std::bit_cast<uint64_t>(static_cast<double>(random() >> shift) / 100)
                                          : random());
    check_round_trip(column);
  }
}

TEST_CASE("decimals with nulls, in a full block, compressed") {
  Column column = floats({});
  column.validity.assign(kMaxBlockRows, false);
  for (uint32_t row = 0; row < kMaxBlockRows; row++)
    if (row % 5 != 0) {
      column.validity.set(row);
      column.words.push_back(std::bit_cast<uint64_t>(static_cast<double>(row % 500) / 10000));
    }
  CHECK(check_round_trip(column) == Encoding::decimal);
  CHECK(check_round_trip(column, {Codec::zstd, 3}) == Encoding::decimal);
}

TEST_CASE("smallest and largest value are those of the floats") {
  const Chunk chunk = encode(floats({2.5, -1.25, 0, 3.75, 1, 1, 1, 1}), 8);
  REQUIRE(chunk.entry.encoding == Encoding::decimal);
  REQUIRE(chunk.entry.zone.present);
  CHECK(load<double>(chunk.entry.zone.min.data()) == -1.25);
  CHECK(load<double>(chunk.entry.zone.max.data()) == 3.75);
}

TEST_CASE("every way for decimals to be corrupt") {
  CHECK(fault(decimal_chunk(15, {1, 2})) == "no fault");
  CHECK(fault(decimal_chunk(16, {1, 2})) == "a decimal exponent is over 15");
  CHECK(fault(decimal_chunk(2, {1, kLargest + 1})) == "a decimal has an integer over 53 bits");
  CHECK(fault(decimal_chunk(2, {-kLargest - 1, 2})) == "a decimal has an integer over 53 bits");
  CHECK(fault(decimal_chunk(2, {std::numeric_limits<int64_t>::min(), 2})) == "a decimal has an integer over 53 bits");
  Chunk chunk = decimal_chunk(2, {1, 2});
  chunk.stored[1] = chunk.stored[2] = chunk.stored[3] = 0xff;  // reserved
  CHECK(fault(chunk) == "no fault");
  chunk.entry.type = Type::int64;
  CHECK(fault(chunk) == "a chunk has the unknown encoding 9");
  chunk = decimal_chunk(2, {1, 2});
  chunk.stored[4] = 9;  // decimals of decimals
  CHECK(fault(chunk) == "a sequence has an unknown encoding");
  chunk = decimal_chunk(2, {1, 2});
  chunk.stored.push_back(0);
  CHECK(fault(chunk) == "1 byte too many");
  chunk = decimal_chunk(2, {});
  CHECK(fault(chunk) == "a chunk without values is not plain");
  const Chunk whole = decimal_chunk(2, {1, 2});
  for (std::size_t cut = 0; cut < whole.stored.size(); cut++) {
    Chunk prefix{whole.entry, {}};
    prefix.stored.append(whole.stored.span().first(cut));
    CHECK(fault(prefix) != "no fault");
  }
}
