#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "codec/columns.h"

using namespace ev;
using namespace ev::test;

namespace {

Zone zone_of(const Column& column) {
  return encode(column, static_cast<uint32_t>(column.size())).entry.zone;
}
uint64_t word(const std::array<uint8_t, kZoneBytes>& bytes) {
  CHECK(load<uint64_t>(bytes.data() + 8) == 0);
  return load<uint64_t>(bytes.data());
}
Column floats(std::initializer_list<double> values) {
  std::vector<uint64_t> words;
  for (double value : values) words.push_back(std::bit_cast<uint64_t>(value));
  return words_column(Type::float64, words);
}
std::string padded(std::string_view text) {
  std::string out(text.substr(0, kZoneBytes));
  out.resize(kZoneBytes, '\0');
  return out;
}
std::string text(const std::array<uint8_t, kZoneBytes>& bytes) {
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("int and time compare signed, uint unsigned") {
  const uint64_t minus_one = ~uint64_t{0}, top = uint64_t{1} << 63;
  for (Type type : {Type::int64, Type::time}) {
    Zone zone = zone_of(words_column(type, {5, minus_one, top, 7}));
    CHECK(zone.present);
    CHECK(zone.min_exact);
    CHECK(zone.max_exact);
    CHECK(word(zone.min) == top);
    CHECK(word(zone.max) == 7);
  }
  Zone zone = zone_of(words_column(Type::uint64, {top + 9, minus_one, top}));
  CHECK(word(zone.min) == top);
  CHECK(word(zone.max) == minus_one);
  zone = zone_of(words_column(Type::uint64, {top + 9, 3, top}));
  CHECK(word(zone.min) == 3);
  CHECK(word(zone.max) == top + 9);
  zone = zone_of(words_column(Type::boolean, {1, 0, 1}));
  CHECK(word(zone.min) == 0);
  CHECK(word(zone.max) == 1);
}

TEST_CASE("floats compare by value, and a NaN leaves the zone out") {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  Zone zone = zone_of(floats({1.5, -2.5, 3.0, -1.0}));
  CHECK(std::bit_cast<double>(word(zone.min)) == -2.5);
  CHECK(std::bit_cast<double>(word(zone.max)) == 3.0);
  zone = zone_of(floats({0.0, -0.0}));
  CHECK(std::signbit(std::bit_cast<double>(word(zone.min))));
  CHECK(!std::signbit(std::bit_cast<double>(word(zone.max))));
  zone = zone_of(floats({-inf, inf}));
  CHECK(std::bit_cast<double>(word(zone.min)) == -inf);
  CHECK(std::bit_cast<double>(word(zone.max)) == inf);
  CHECK(!zone_of(floats({1.0, nan})).present);
  CHECK(!zone_of(floats({-nan, 1.0})).present);
  CHECK(!zone_of(words_column(Type::float64, {0x7ff0000000000001})).present);
  CHECK(!zone_of(words_column(Type::float64, {0xfff0000000000001})).present);
}

TEST_CASE("json and state have no zone, bytes have one") {
  CHECK(!zone_of(texts_column(Type::json, {"[]"})).present);
  CHECK(!zone_of(texts_column(Type::state, {"x"})).present);
  CHECK(zone_of(texts_column(Type::bytes, {"x"})).present);
}

TEST_CASE("texts bound by their first 16 bytes; only whole texts are exact") {
  const std::string sixteen(16, 'k'), seventeen(17, 'k'), zero("k\0", 2);
  Zone zone = zone_of(texts_column(Type::string, {"b", "", "\xff", "c"}));
  CHECK(text(zone.min) == padded(""));
  CHECK(text(zone.max) == padded("\xff"));
  CHECK(zone.min_exact);
  CHECK(zone.max_exact);
  zone = zone_of(texts_column(Type::string, {sixteen, seventeen}));
  CHECK(text(zone.min) == sixteen);
  CHECK(text(zone.max) == sixteen);
  CHECK(zone.min_exact);
  CHECK(!zone.max_exact);
  zone = zone_of(texts_column(Type::string, {seventeen, sixteen}));
  CHECK(zone.min_exact);
  CHECK(!zone.max_exact);
  zone = zone_of(texts_column(Type::string, {zero, "k"}));
  CHECK(zone.min_exact);
  CHECK(!zone.max_exact);
  zone = zone_of(texts_column(Type::string, {zero}));
  CHECK(!zone.min_exact);
  CHECK(!zone.max_exact);
}

TEST_CASE("zones of random texts are what sorting says") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 2000; round++) {
    std::vector<std::string> texts;
    for (std::size_t i = 0, n = 1 + random() % 6; i < n; i++) {
      std::string value(random() % 3 ? random() % 20 : 15 + random() % 3, 'a');
      for (char& c : value) c = "\0ab\xf0"[random() % 16 > 12 ? random() % 4 : round % 4];
      texts.push_back(value);
    }
    Zone zone = zone_of(texts_column(Type::bytes, texts));
    // std::string compares its bytes as unsigned char.
    auto [min, max] = std::minmax_element(texts.begin(), texts.end());
    auto exact = [](const std::string& t) { return t.size() <= 16 && (t.empty() || t.back() != '\0'); };
    CAPTURE(round);
    REQUIRE(text(zone.min) == padded(*min));
    REQUIRE(text(zone.max) == padded(*max));
    REQUIRE(zone.min_exact == exact(*min));
    REQUIRE(zone.max_exact == exact(*max));
  }
}
