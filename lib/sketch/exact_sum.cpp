#include "sketch/exact_sum.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/bytes.h"
#include "base/error.h"
#include "sketch/float_sum_window.h"

namespace ev {

namespace {

__extension__ using uint128 = unsigned __int128;

constexpr uint8_t kVersion = 1;
constexpr uint8_t kNegative = 1;
constexpr uint8_t kFiniteFlag = 32;
constexpr uint8_t kKnownFlags = 63;
constexpr int kUnitExponent = -1074;
constexpr uint64_t kFractionMask = (uint64_t{1} << 52) - 1;

/// Moves what is beyond 32 bits of each chunk into the next; all but the last are in [0, 2^32) then.
template <std::size_t n>
void propagate(std::array<int64_t, n>& chunk) {
  for (std::size_t i = 0; i + 1 < n; i++) {
    int64_t over = chunk[i] >> 32;
    chunk[i] &= 0xffffffff;
    chunk[i + 1] += over;
  }
}

bool bit_at(std::span<const uint32_t> digits, int at) {
  return digits[static_cast<std::size_t>(at >> 5)] >> (at & 31) & 1;
}

bool any_below(std::span<const uint32_t> digits, int at) {
  std::size_t whole = static_cast<std::size_t>(at >> 5);
  for (std::size_t i = 0; i < whole; i++)
    if (digits[i]) return true;
  return (at & 31) && (digits[whole] & ((uint32_t{1} << (at & 31)) - 1));
}

/// The double nearest to digits * 2^unit, ties to even; `more` tells of a rest below the digits.
/// Requires unit <= -1074.
double round_digits(std::span<const uint32_t> digits, int unit, bool more) {
  int top = static_cast<int>(digits.size()) - 1;
  while (top >= 0 && digits[static_cast<std::size_t>(top)] == 0) top--;
  if (top < 0) return 0.0;
  int highest = top * 32 + 31 - std::countl_zero(digits[static_cast<std::size_t>(top)]);
  int lowest = highest - 52;  // of the bits that a double keeps
  if (lowest < kUnitExponent - unit) lowest = kUnitExponent - unit;
  uint64_t mantissa = 0;
  for (int at = highest; at >= lowest; at--) mantissa = mantissa << 1 | bit_at(digits, at);
  if (lowest > 0 && lowest - 1 <= highest && bit_at(digits, lowest - 1))
    if (more || (mantissa & 1) || any_below(digits, lowest - 1)) mantissa++;
  return std::ldexp(static_cast<double>(mantissa), lowest + unit);
}

/// The bytes of a sum whose digits begin at position `first`.
void write_sum(std::string& out, uint8_t flags, std::size_t first, std::span<const uint32_t> digits) {
  char head[3] = {static_cast<char>(kVersion), static_cast<char>(flags),
                  static_cast<char>(std::count_if(digits.begin(), digits.end(), [](uint32_t d) { return d != 0; }))};
  out.append(head, sizeof head);
  for (std::size_t i = 0; i < digits.size(); i++) {
    if (digits[i] == 0) continue;
    char bytes[5] = {static_cast<char>(first + i)};
    store(bytes + 1, digits[i]);
    out.append(bytes, sizeof bytes);
  }
}

}  // namespace

/// Sign and size of a sum, in base 2^32.
struct ExactFloatSum::Digits {
  static constexpr std::size_t kCount = kChunks + 1;
  std::array<uint32_t, kCount> digit{};
  bool negative = false;
};

void ExactFloatSum::add(double value) {
  uint64_t bits = std::bit_cast<uint64_t>(value);
  uint32_t exponent = static_cast<uint32_t>(bits >> 52) & 0x7ff;
  uint64_t fraction = bits & kFractionMask;
  if (exponent == 0x7ff) {
    seen_ |= fraction ? kNan : bits >> 63 ? kNegativeInf : kPositiveInf;
    return;
  }
  if (bits == uint64_t{1} << 63) {
    seen_ |= kNegativeZero;
    return;
  }
  seen_ |= kFinite;
  if (exponent)
    fraction |= uint64_t{1} << 52;
  else
    exponent = 1;  // subnormals have the weight of the smallest normal numbers
  uint32_t shift = exponent - 1;
  int64_t sign = static_cast<int64_t>(bits) >> 63;
  int64_t mantissa = (static_cast<int64_t>(fraction) ^ sign) - sign;
  std::size_t at = shift >> 5;
  shift &= 31;
  chunk_[at] += static_cast<int64_t>(static_cast<uint64_t>(mantissa) << shift & 0xffffffff);
  chunk_[at + 1] += mantissa >> (32 - shift);
  if (++adds_ == kAddsBetweenCarries) carry();
}

void ExactFloatSum::carry() {
  propagate(chunk_);
  adds_ = 0;
}

void ExactFloatSum::add_chunks(std::size_t first, std::span<const int64_t> chunks) {
  carry();
  for (std::size_t i = 0; i < chunks.size(); i++) chunk_[first + i] += chunks[i];
  carry();
  seen_ |= kFinite;
}

void ExactFloatSum::merge(const ExactFloatSum& other) {
  carry();
  std::array<int64_t, kChunks> theirs = other.chunk_;
  propagate(theirs);
  for (std::size_t i = 0; i < kChunks; i++)
    chunk_[i] = static_cast<int64_t>(static_cast<uint64_t>(chunk_[i]) + theirs[i]);
  seen_ |= other.seen_;
  carry();
}

ExactFloatSum::Digits ExactFloatSum::digits() const {
  std::array<int64_t, kChunks> chunk = chunk_;
  propagate(chunk);
  Digits result;
  result.negative = chunk[kChunks - 1] < 0;
  if (result.negative) {
    for (int64_t& c : chunk) c = -c;
    propagate(chunk);
  }
  for (std::size_t i = 0; i < kChunks; i++) result.digit[i] = static_cast<uint32_t>(chunk[i]);
  result.digit[kChunks] = static_cast<uint32_t>(chunk[kChunks - 1] >> 32);
  return result;
}

bool ExactFloatSum::special(double& result) const {
  if ((seen_ & kNan) || (seen_ & (kPositiveInf | kNegativeInf)) == (kPositiveInf | kNegativeInf)) {
    result = std::numeric_limits<double>::quiet_NaN();
  } else if (seen_ & kPositiveInf) {
    result = std::numeric_limits<double>::infinity();
  } else if (seen_ & kNegativeInf) {
    result = -std::numeric_limits<double>::infinity();
  } else if (!(seen_ & kFinite)) {
    result = seen_ & kNegativeZero ? -0.0 : 0.0;
  } else {
    return false;
  }
  return true;
}

double ExactFloatSum::value() const {
  double result;
  if (special(result)) return result;
  Digits d = digits();
  result = round_digits(d.digit, kUnitExponent, false);
  return d.negative ? -result : result;
}

double ExactFloatSum::mean(uint64_t n) const {
  double result;
  if (special(result)) return result;
  Digits d = digits();
  // Long division, with two digits below the unit so that the half of the smallest double is seen.
  constexpr std::size_t kBelow = 2;
  std::array<uint32_t, Digits::kCount + kBelow> quotient{};
  uint64_t rest = 0;
  for (std::size_t i = quotient.size(); i-- > 0;) {
    uint32_t digit = i < kBelow ? 0 : d.digit[i - kBelow];
    if (rest == 0 && digit == 0) continue;
    uint128 dividend = static_cast<uint128>(rest) << 32 | digit;
    quotient[i] = static_cast<uint32_t>(dividend / n);
    rest = static_cast<uint64_t>(dividend % n);
  }
  result = round_digits(quotient, kUnitExponent - 32 * static_cast<int>(kBelow), rest != 0);
  return d.negative ? -result : result;
}

void ExactFloatSum::serialize(std::string& out) const {
  Digits d = digits();
  write_sum(out, static_cast<uint8_t>(seen_ | (d.negative ? kNegative : 0)), 0, d.digit);
}

void FloatSumWindow::serialize(std::string& out) const {
  std::array<int64_t, kChunks> part;
  std::copy(std::begin(chunk), std::end(chunk), part.begin());
  propagate(part);
  bool negative = part.back() < 0;
  if (negative) {
    for (int64_t& c : part) c = -c;
    propagate(part);
  }
  std::array<uint32_t, kChunks + 1> digits;
  for (std::size_t i = 0; i < kChunks; i++) digits[i] = static_cast<uint32_t>(part[i]);
  digits.back() = static_cast<uint32_t>(part.back() >> 32);
  write_sum(out, static_cast<uint8_t>((finite ? kFiniteFlag : 0) | (negative ? kNegative : 0)), first, digits);
}

ExactFloatSum ExactFloatSum::deserialize(std::string_view bytes) {
  ByteReader in(as_bytes(bytes), "exact sum");
  if (in.read<uint8_t>() != kVersion) in.fail("unknown version");
  uint8_t flags = in.read<uint8_t>(), count = in.read<uint8_t>();
  if (flags & ~kKnownFlags) in.fail("unknown flags");
  if (count ? !(flags & kFinite) : (flags & kNegative)) in.fail("flags contradict the digits");
  ExactFloatSum sum;
  sum.seen_ = flags & static_cast<uint8_t>(~kNegative);
  int64_t sign = flags & kNegative ? -1 : 1;
  int last = -1;
  for (int i = 0; i < count; i++) {
    int at = in.read<uint8_t>();
    uint32_t digit = in.read<uint32_t>();
    if (at <= last || at >= static_cast<int>(Digits::kCount)) in.fail("digits out of order");
    // Sums that reach the middle of the last digit take more than 2^70 addends: nobody wrote them.
    if (digit == 0 || (at == static_cast<int>(kChunks) && digit >> 30)) in.fail("digit out of range");
    if (at == static_cast<int>(kChunks))
      sum.chunk_[kChunks - 1] += sign * (static_cast<int64_t>(digit) << 32);
    else
      sum.chunk_[static_cast<std::size_t>(at)] = sign * static_cast<int64_t>(digit);
    last = at;
  }
  in.expect_end();
  return sum;
}

}  // namespace ev
