// Decimal: floats that were written as decimal numbers of few digits, held as integers over one power of ten.
#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "codec/encodings.h"

namespace ev::encodings {
namespace {

// Up to 10^22 powers of ten are exact in binary64, and integers up to 2^53 are: a division then rounds once, to the
// double that a parser of the decimal text gives.
constexpr std::array<double, kMaxDecimalExponent + 1> kPowers = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                                 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

// Added to a number below 2^51, it leaves no bits for the fraction: the sum is rounded to an integer, which stands in
// its low bits. That bounds what is written; the format goes to 2^53.
constexpr double kRounder = 0x1.8p52;
constexpr double kLimit = 0x1p51;

/// Sets `integer`; whether it gives the word again, bit by bit.
inline bool as_integer(uint64_t word, double power, uint64_t& integer) {
  const auto value = std::bit_cast<double>(word);
  const double shifted = value * power + kRounder;
  const double rounded = shifted - kRounder;
  integer = std::bit_cast<uint64_t>(shifted) - std::bit_cast<uint64_t>(kRounder);
  // A NaN fails the first comparison, a negative zero the second.
  return (std::fabs(rounded) < kLimit) & (std::bit_cast<uint64_t>(rounded / power) == word);
}

/// The smallest exponent from `exponent` on that fits the word, kMaxDecimalExponent + 1 if none does.
unsigned fitting_exponent(uint64_t word, unsigned exponent) {
  uint64_t integer;
  while (exponent <= kMaxDecimalExponent && !as_integer(word, kPowers[exponent], integer)) exponent++;
  return exponent;
}

/// The number of words at the front that fit, counted by whole stretches or exactly in the stretch that ends it.
std::size_t convert(std::span<const uint64_t> words, double power, uint64_t* integers) {
  constexpr std::size_t kStretch = 512;
  for (std::size_t begin = 0; begin < words.size(); begin += kStretch) {
    const std::size_t end = std::min(begin + kStretch, words.size());
    bool fit = true;
    for (std::size_t i = begin; i < end; i++) fit &= as_integer(words[i], power, integers[i]);
    if (fit) continue;
    std::size_t i = begin;
    while (as_integer(words[i], power, integers[i])) i++;
    return i;
  }
  return words.size();
}

}  // namespace

bool find_decimal(std::span<const uint64_t> words, unsigned& exponent, PodVector<uint64_t>& integers) {
  constexpr std::size_t kSample = 64;
  exponent = 0;
  for (std::size_t i = 0; i < words.size(); i += words.size() / kSample + 1) {
    exponent = fitting_exponent(words[i], exponent);
    if (exponent > kMaxDecimalExponent) return false;
  }
  integers.resize(words.size());
  for (;;) {
    const std::size_t fit = convert(words, kPowers[exponent], integers.data());
    if (fit == words.size()) return true;
    exponent = fitting_exponent(words[fit], exponent + 1);
    if (exponent > kMaxDecimalExponent) return false;
  }
}

void write_decimal_header(Buffer& out, unsigned exponent) {
  put(out, exponent);
}

void read_decimal(ByteReader& in, std::size_t count, PodVector<uint64_t>& out) {
  const unsigned exponent = in.read<uint8_t>();
  if (exponent > kMaxDecimalExponent) in.fail("a decimal exponent is over 15");
  in.take(kDecimalHeaderBytes - 1);
  read_sequence(in, count, out);
  const double power = kPowers[exponent];
  bool beyond = false;
  for (uint64_t& word : out) {
    const auto integer = static_cast<int64_t>(word);
    beyond |= integer > kMaxDecimalInteger || integer < -kMaxDecimalInteger;
    word = std::bit_cast<uint64_t>(static_cast<double>(integer) / power);
  }
  if (beyond) in.fail("a decimal has an integer over 53 bits");
}

}  // namespace ev::encodings
