#include "aggregate/wide_integer.h"

#include <algorithm>
#include <cmath>

namespace ev {

namespace {
__extension__ using uint128 = unsigned __int128;
}

WideInteger::WideInteger(int128 value) {
  limb_[0] = static_cast<uint64_t>(value);
  limb_[1] = static_cast<uint64_t>(value >> 64);
  uint64_t fill = value < 0 ? ~uint64_t{0} : 0;
  std::fill(limb_.begin() + 2, limb_.end(), fill);
}

std::optional<WideInteger> WideInteger::parse(std::string_view text) {
  constexpr std::size_t kMaxDigits = 78;  // of 2^256 - 1
  bool minus = text.starts_with('-');
  if (minus) text.remove_prefix(1);
  if (text.empty() || text.size() > kMaxDigits) return std::nullopt;
  WideInteger size;
  for (char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    uint64_t carry = static_cast<uint64_t>(c - '0');
    for (uint64_t& limb : size.limb_) {
      uint128 product = static_cast<uint128>(limb) * 10 + carry;
      limb = static_cast<uint64_t>(product);
      carry = static_cast<uint64_t>(product >> 64);
    }
  }
  if (size.limb_[kLimbs - 1]) return std::nullopt;
  return minus ? size.negated() : size;
}

WideInteger WideInteger::square(uint64_t number) {
  const uint128 square = static_cast<uint128>(number) * number;
  WideInteger result;
  result.limb_[0] = static_cast<uint64_t>(square);
  result.limb_[1] = static_cast<uint64_t>(square >> 64);
  return result;
}

WideInteger& WideInteger::operator+=(const WideInteger& other) {
  uint64_t carry = 0;
  for (std::size_t i = 0; i < kLimbs; i++) {
    uint128 sum = static_cast<uint128>(limb_[i]) + other.limb_[i] + carry;
    limb_[i] = static_cast<uint64_t>(sum);
    carry = static_cast<uint64_t>(sum >> 64);
  }
  return *this;
}

WideInteger WideInteger::negated() const {
  WideInteger result;
  for (std::size_t i = 0; i < kLimbs; i++) result.limb_[i] = ~limb_[i];
  return result += WideInteger(1);
}

std::optional<int128> WideInteger::narrow() const {
  int128 low = static_cast<int128>(static_cast<uint128>(limb_[1]) << 64 | limb_[0]);
  if (WideInteger(low) == *this) return low;
  return std::nullopt;
}

std::string WideInteger::decimal() const {
  WideInteger size = negative() ? negated() : *this;
  std::string text;
  do {
    uint64_t rest = 0;
    bool zero = true;
    for (std::size_t i = kLimbs; i-- > 0;) {
      uint128 dividend = static_cast<uint128>(rest) << 64 | size.limb_[i];
      size.limb_[i] = static_cast<uint64_t>(dividend / 10);
      rest = static_cast<uint64_t>(dividend % 10);
      zero = zero && size.limb_[i] == 0;
    }
    text += static_cast<char>('0' + rest);
    if (zero) break;
  } while (true);
  if (negative()) text += '-';
  std::reverse(text.begin(), text.end());
  return text;
}

void WideInteger::add_to(ExactFloatSum& sum) const {
  WideInteger size = negative() ? negated() : *this;
  for (std::size_t i = 0; i < kLimbs; i++) {
    for (int half = 0; half < 2; half++) {
      double part = std::ldexp(static_cast<double>(static_cast<uint32_t>(size.limb_[i] >> (32 * half))),
                               static_cast<int>(64 * i) + 32 * half);
      sum.add(negative() ? 0.0 - part : part);  // never -0.0
    }
  }
}

void WideInteger::write(std::string& out) const {
  char bytes[kLimbs * 8];
  for (std::size_t i = 0; i < kLimbs; i++) store(bytes + 8 * i, limb_[i]);
  char fill = negative() ? '\xff' : '\0';
  std::size_t length = sizeof bytes;
  while (length > 0 && bytes[length - 1] == fill) length--;
  // The sign must still be seen in the last byte, except that no byte at all is 0.
  bool sign_lost = length > 0 ? (bytes[length - 1] < 0) != negative() : negative();
  if (sign_lost) length++;
  out += static_cast<char>(length);
  out.append(bytes, length);
}

WideInteger WideInteger::read(ByteReader& in) {
  std::size_t length = in.read<uint8_t>();
  if (length > kLimbs * 8) in.fail("integer is wider than 320 bits");
  std::span<const uint8_t> bytes = in.take(length);
  uint8_t raw[kLimbs * 8];
  std::fill(std::begin(raw), std::end(raw), length && bytes[length - 1] >> 7 ? uint8_t{0xff} : uint8_t{0});
  std::copy(bytes.begin(), bytes.end(), raw);
  WideInteger result;
  for (std::size_t i = 0; i < kLimbs; i++) result.limb_[i] = load<uint64_t>(raw + 8 * i);
  std::string shortest;
  result.write(shortest);
  if (shortest.size() != length + 1) in.fail("integer is not in its shortest form");
  return result;
}

}  // namespace ev
