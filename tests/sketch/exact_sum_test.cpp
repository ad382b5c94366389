#include "sketch/exact_sum.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "base/error.h"
#include "sketch/float_sum_window.h"

using namespace ev;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

ExactFloatSum sum_of(const std::vector<double>& values) {
  ExactFloatSum sum;
  for (double v : values) sum.add(v);
  return sum;
}

std::string bytes_of(const ExactFloatSum& sum) {
  std::string bytes;
  sum.serialize(bytes);
  return bytes;
}

bool same_bits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

struct Case {
  std::vector<double> values;
  double sum, mean;
};

// Sums by math.fsum, means by fractions.Fraction of Python 3.11.
// clang-format off
const Case kPython[] = {
    {{0x1.1ccf385ebc8a0p+1023, 0x1.1ccf385ebc8a0p+1023, -0x1.1ccf385ebc8a0p+1023}, 0x1.1ccf385ebc8a0p+1023, 0x1.7bbef5d3a60d5p+1021},
    {{0x1.1c37937e08000p+53, 0x1.0000000000000p+0, -0x1.1c37937e08000p+53}, 0x1.0000000000000p+0, 0x1.5555555555555p-2},
    {{0x1.999999999999ap-4, 0x1.999999999999ap-4, 0x1.999999999999ap-4, 0x1.999999999999ap-4, 0x1.999999999999ap-4, 0x1.999999999999ap-4, 0x1.999999999999ap-4, 0x1.999999999999ap-4, 0x1.999999999999ap-4, 0x1.999999999999ap-4}, 0x1.0000000000000p+0, 0x1.999999999999ap-4},
    {{0x0.0000000000001p-1022, 0x0.0000000000001p-1022, 0x0.0000000000001p-1022}, 0x0.0000000000003p-1022, 0x0.0000000000001p-1022},
    {{0x0.0000000000001p-1022, -0x0.0000000000001p-1022, 0x1.0000000000000p-1022}, 0x1.0000000000000p-1022, 0x0.5555555555555p-1022},
    {{0x1.fffffffffffffp+1023, -0x0.0000000000001p-1022}, 0x1.fffffffffffffp+1023, 0x1.fffffffffffffp+1022},
    {{0x1.0000000000000p+0, 0x1.0000000000000p-53, 0x1.0000000000000p-53}, 0x1.0000000000001p+0, 0x1.5555555555557p-2},
    {{0x1.0000000000000p+0, 0x1.0000000000000p-53}, 0x1.0000000000000p+0, 0x1.0000000000000p-1},
    {{0x1.0000000000000p+0, 0x1.0000000000000p-53, 0x0.0000000000001p-1022}, 0x1.0000000000001p+0, 0x1.5555555555556p-2},
    {{-0x1.0000000000000p+0, -0x1.0000000000000p-53, -0x0.0000000000001p-1022}, -0x1.0000000000001p+0, -0x1.5555555555556p-2},
    {{0x1.249ad2594c37dp+332, 0x1.0000000000000p+0, -0x1.249ad2594c37dp+332, 0x1.bff2ee48e0530p-333}, 0x1.0000000000000p+0, 0x1.0000000000000p-2},
    {{0x1.8000000000000p+1, -0x1.8000000000000p+1}, 0x0.0p+0, 0x0.0p+0},
    {{0x1.e54e9bc9a7834p-11, -0x1.28b2f3a47e100p+4, -0x1.767727ca98cc2p-55, -0x1.332a1858028d0p-10, 0x1.1e20b87b382e0p-53}, -0x1.28b3f5afa7dccp+4, -0x1.dab989190c946p+1},
    {{-0x1.d3ac90f21ddb6p-154, -0x1.39263f28c105dp-770, -0x1.f29d0953f48f1p+261, 0x1.658cd95e60af5p+158, 0x1.0becd3898d190p+976}, 0x1.0becd3898d190p+976, 0x1.acae1f427b5b3p+973},
    {{-0x1.288f5635a6592p-44, -0x1.244ecc93be2a8p+10, -0x1.a61dbf29c77f0p+9, -0x1.7d55c80c789aep+8, -0x1.20f4e183d0816p+18, -0x1.fc5414d71758ap+6, 0x1.8df0ee141afcbp-2, 0x1.7242a5265ec3cp-31, -0x1.65e29931e8ba8p-30}, -0x1.236b41043ad25p+18, -0x1.030a00e750bafp+15},
    {{0x1.867344cdd2055p+153, 0x1.babce57ee05cdp+769, 0x1.faecb9be4bcfcp-434, 0x1.6b0a1830e07bcp-782, 0x1.26e875790f82ep+527, -0x1.0a0976bf46c69p-22, -0x1.c3bae13deef86p+345, -0x1.e01f5ca02135ep+150, -0x1.b1fee57124242p-381}, 0x1.babce57ee05cdp+769, 0x1.898b76a9aafd3p+766},
    {{0x1.30513f9fc9851p+13, 0x1.19a72dae10418p-53, 0x1.e57a08d938acap+23, -0x1.f10102ecb5080p+24, 0x1.4b547924fd122p+26, 0x1.236d02dbba75ap-13, 0x1.71abc78672c00p-7, 0x1.5829bf9c65390p-49, 0x1.e2f460df71db0p+33, 0x1.08e386bd0561cp-32, 0x1.90551e755a3bep+49, 0x1.4a0f9e552df60p-7, 0x1.19503011c81dcp+52, -0x1.a378a59b8daaap+49}, 0x1.16ebfbce810aep+52, 0x1.3ec48d7e4a559p+48},
    {{-0x1.6a50db4d66a3ap-453, -0x1.e25a7aec6f024p-289, 0x1.26a2c3b1287ffp+938, 0x1.3b61826bb7dbdp-663, -0x1.7c2680316909ep-546, -0x1.434352eae05cfp+183, 0x1.6b401254b0c4ep-1015, -0x1.90fbb9c1caaf7p-267, 0x1.b0c4320203626p+928, -0x1.9e1a8f341e07ap+32, -0x1.0dd27bd628881p+361, 0x1.c7ac1def88334p+819, -0x1.cc416ae3a2b7fp+768, -0x1.6623765e7e423p-220}, 0x1.270ef4bda900dp+938, 0x1.5135a9fd536eap+934},
};
// clang-format on

std::vector<double> wild_values(std::mt19937_64& random, std::size_t n) {
  std::vector<double> values;
  for (std::size_t i = 0; i < n; i++) {
    uint64_t bits = random();
    if ((bits >> 52 & 0x7ff) == 0x7ff) bits &= ~(uint64_t{1} << 62);
    values.push_back(std::bit_cast<double>(bits));
  }
  return values;
}

}  // namespace

TEST_CASE("sums and means are those of Python") {
  for (const Case& c : kPython) {
    CAPTURE(c.values.size());
    CHECK(sum_of(c.values).value() == c.sum);
    CHECK(sum_of(c.values).mean(c.values.size()) == c.mean);
  }
}

TEST_CASE("a sum beyond the range that comes back is exact") {
  CHECK(sum_of({1e308, 1e308, 1e308, -1e308, -1e308}).value() == 1e308);
  CHECK(sum_of({1e308, 1e308}).value() == kInf);
  CHECK(sum_of({-1e308, -1e308}).value() == -kInf);
  CHECK(sum_of({1e308, 1e308}).mean(2) == 1e308);
}

TEST_CASE("subnormal numbers add and divide exactly") {
  double least = std::numeric_limits<double>::denorm_min();
  CHECK(sum_of({least, least}).value() == 2 * least);
  CHECK(sum_of({least}).mean(2) == 0.0);                      // a half, to even
  CHECK(sum_of({least, least, least}).mean(2) == 2 * least);  // one and a half, to even
  CHECK(sum_of({least, least, least}).mean(4) == least);
  CHECK(sum_of({-least}).mean(3) == 0.0);
}

TEST_CASE("infinities and NaN follow IEEE 754") {
  CHECK(sum_of({1, kInf}).value() == kInf);
  CHECK(sum_of({-kInf, 1}).value() == -kInf);
  CHECK(std::isnan(sum_of({kInf, -kInf}).value()));
  CHECK(std::isnan(sum_of({kNan, 1}).value()));
  CHECK(std::isnan(sum_of({kNan, kInf}).mean(2)));
}

TEST_CASE("only negative zeros sum to negative zero") {
  CHECK(same_bits(sum_of({-0.0, -0.0}).value(), -0.0));
  CHECK(same_bits(sum_of({-0.0, 0.0}).value(), 0.0));
  CHECK(same_bits(sum_of({}).value(), 0.0));
  CHECK(same_bits(sum_of({-1.0, 1.0}).value(), 0.0));
}

TEST_CASE("order and split do not change a bit of the state") {
  std::mt19937_64 random(1);
  for (int round = 0; round < 40; round++) {
    std::vector<double> values = wild_values(random, 1 + random() % 3000);
    if (round % 4 == 0) values.push_back(-0.0);
    std::string wanted = bytes_of(sum_of(values));
    std::shuffle(values.begin(), values.end(), random);
    std::vector<ExactFloatSum> parts(1 + random() % 5);
    for (double v : values) parts[random() % parts.size()].add(v);
    ExactFloatSum all;
    for (std::size_t i = parts.size(); i-- > 0;)
      all.merge(i % 2 ? ExactFloatSum::deserialize(bytes_of(parts[i])) : parts[i]);
    CHECK(bytes_of(all) == wanted);
    CHECK(same_bits(all.value(), sum_of(values).value()));
    CHECK(bytes_of(ExactFloatSum::deserialize(wanted)) == wanted);
  }
}

TEST_CASE("many adds of one sign do not overflow a chunk") {
  double v = std::bit_cast<double>(uint64_t{0x43efffffffffffff});  // all ones, highest shift
  ExactFloatSum sum;
  for (int i = 0; i < 1 << 16; i++) sum.add(v);
  CHECK(sum.value() == std::ldexp(v, 16));
}

TEST_CASE("state bytes are frozen") {
  CHECK(bytes_of(ExactFloatSum()) == std::string("\x01\x00\x00", 3));
  CHECK(bytes_of(sum_of({-0.0})) == std::string("\x01\x10\x00", 3));
  // 1.5 = 3 * 2^1073 units; 1073 = 33 * 32 + 17
  CHECK(bytes_of(sum_of({1.5})) == std::string("\x01\x20\x01\x21\x00\x00\x06\x00", 8));
  CHECK(bytes_of(sum_of({-1.5})) == std::string("\x01\x21\x01\x21\x00\x00\x06\x00", 8));
  CHECK(bytes_of(sum_of({kInf, -kInf, kNan, 2.0, -2.0})) == std::string("\x01\x2e\x00", 3));
}

TEST_CASE("damaged states are refused") {
  std::string good = bytes_of(sum_of({1.5, 1e-300}));
  for (std::size_t n = 0; n < good.size(); n++) CHECK_THROWS_AS(ExactFloatSum::deserialize(good.substr(0, n)), Error);
  CHECK_THROWS_AS(ExactFloatSum::deserialize(good + "x"), Error);
  CHECK_THROWS_AS(ExactFloatSum::deserialize(std::string("\x02\x00\x00", 3)), Error);                      // version
  CHECK_THROWS_AS(ExactFloatSum::deserialize(std::string("\x01\x40\x00", 3)), Error);                      // flag
  CHECK_THROWS_AS(ExactFloatSum::deserialize(std::string("\x01\x01\x00", 3)), Error);                      // -nothing
  CHECK_THROWS_AS(ExactFloatSum::deserialize(std::string("\x01\x20\x01\x44\x01\x00\x00\x00", 8)), Error);  // position
  CHECK_THROWS_AS(ExactFloatSum::deserialize(std::string("\x01\x20\x01\x43\x00\x00\x00\x40", 8)), Error);  // too large
  CHECK_THROWS_AS(ExactFloatSum::deserialize(std::string("\x01\x20\x01\x21\x00\x00\x00\x00", 8)), Error);  // zero digit
  CHECK_THROWS_AS(ExactFloatSum::deserialize(std::string("\x01\x00\x01\x21\x00\x00\x06\x00", 8)), Error);  // no finite
}

TEST_CASE("a window with what it refuses is the whole sum") {
  std::mt19937_64 random(3);
  for (int round = 0; round < 60; round++) {
    std::vector<double> values = wild_values(random, 50);
    for (int i = 0; i < 3000; i++)
      values.push_back(
          std::ldexp(static_cast<double>(static_cast<int64_t>(random())), static_cast<int>(random() % 60) - 60));
    values.insert(values.end(), {0.0, -0.0, 1e308, -1e308, 5e-324});
    std::shuffle(values.begin(), values.end(), random);
    FloatSumWindow windows[2];
    ExactFloatSum rest;
    for (double v : values) {
      FloatSumWindow& window = windows[random() % 2];
      uint64_t bits = std::bit_cast<uint64_t>(v);
      if (window.try_add(bits)) continue;
      window.count();
      if (!(window.place(bits) && window.try_add(bits))) rest.add(v);
    }
    if (!windows[0].merge(windows[1])) windows[1].add_to(rest);
    windows[0].add_to(rest);
    CHECK(bytes_of(rest) == bytes_of(sum_of(values)));
  }
}

TEST_CASE("a window never takes infinities, NaN or subnormal numbers") {
  for (double first : {1.0, 1e307, 1e-307, 1.7e308}) {
    FloatSumWindow window;
    window.place(std::bit_cast<uint64_t>(first));
    for (double v : {kInf, -kInf, kNan, 5e-324, 0.0, -0.0}) CHECK(!window.try_add(std::bit_cast<uint64_t>(v)));
  }
}
