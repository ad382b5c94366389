// Bit packing: numbers of 0 to 64 bits one after the other, lowest bit first, no padding between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace ev {

/// A word is base + scale * number, modulo 2^64; the numbers are held in `width` bits.
struct Packing {
  uint64_t base = 0;
  uint64_t scale = 1;
  unsigned width = 0;
};

/// Bytes that `count` numbers of `width` bits take.
constexpr std::size_t packed_bytes(std::size_t count, unsigned width) {
  return (count * width + 7) / 8;
}

/// Divides multiples of `divisor` by it: an exact division is a shift and a multiplication (Warren, Hacker's Delight,
/// 10-16), and a product too large shows that the number was no multiple.
class ExactDivisor {
 public:
  /// Requires divisor > 0.
  explicit ExactDivisor(uint64_t divisor);
  bool divides(uint64_t number) const {
    uint64_t product = number * inverse_;
    uint64_t rotated = product >> shift_ | product << (-shift_ & 63);
    return rotated <= largest_;
  }
  /// Requires divides(number).
  uint64_t quotient(uint64_t number) const { return (number >> shift_) * inverse_; }

 private:
  unsigned shift_;
  uint64_t inverse_, largest_;
};

/// Writes packed_bytes(words.size(), packing.width) bytes to `out`; up to 8 bytes behind them are overwritten.
/// Requires that each word is base + scale * number with a number of at most `width` bits.
void pack(std::span<const uint64_t> words, const Packing& packing, uint8_t* out);
void pack(std::span<const uint32_t> words, const Packing& packing, uint8_t* out);

/// Reads `count` words from packed.size() == packed_bytes(count, packing.width) bytes, and never a byte beyond them.
/// Up to 56 bytes behind out[count] are overwritten (PodVector has the room).
void unpack(std::span<const uint8_t> packed, const Packing& packing, std::size_t count, uint64_t* out);
/// The same for words that fit 32 bits. Requires scale 1, width at most 32, and base + 2^width - 1 below 2^32.
void unpack(std::span<const uint8_t> packed, const Packing& packing, std::size_t count, uint32_t* out);

}  // namespace ev
