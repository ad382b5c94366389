#include "codec/bit_packing.h"

#include <array>
#include <bit>
#include <cstring>
#include <type_traits>
#include <utility>

#include "base/bytes.h"

namespace ev {

ExactDivisor::ExactDivisor(uint64_t divisor)
    : shift_(static_cast<unsigned>(std::countr_zero(divisor))), largest_(~uint64_t{0} / divisor) {
  uint64_t odd = divisor >> shift_;
  // Newton's iteration for the inverse modulo 2^64: `odd` is right in 3 bits, and each step doubles them.
  inverse_ = odd;
  for (int step = 0; step < 5; step++) inverse_ *= 2 - odd * inverse_;
}

namespace {

/// Appends bits to bytes. Every put() stores 8 bytes, so that no branch asks whether a byte is full.
class BitWriter {
 public:
  explicit BitWriter(uint8_t* out) : out_(out) {}
  /// Requires width <= 56 and no bit of `bits` beyond it.
  void put(uint64_t bits, unsigned width) {
    pending_ |= bits << held_;
    store(out_, pending_);
    held_ += width;
    out_ += held_ >> 3;
    pending_ >>= held_ & ~7u;
    held_ &= 7;
  }

 private:
  uint8_t* out_;
  uint64_t pending_ = 0;
  unsigned held_ = 0;  // bits of pending_, less than 8 between calls
};

/// Joins kGroup numbers before each put(): the writer is one chain of dependent steps, the joining is not.
template <unsigned kGroup, class Number>
void pack_joined(std::size_t count, unsigned width, uint8_t* out, Number number) {
  BitWriter writer(out);
  std::size_t i = 0;
  for (; i + kGroup <= count; i += kGroup) {
    uint64_t bits = number(i);
    for (unsigned j = 1; j < kGroup; j++) bits |= number(i + j) << (j * width);
    writer.put(bits, width * kGroup);
  }
  for (; i < count; i++) writer.put(number(i), width);
}

template <class Number>
void pack_split(std::size_t count, unsigned width, uint8_t* out, Number number) {
  BitWriter writer(out);
  for (std::size_t i = 0; i < count; i++) {
    uint64_t bits = number(i);
    writer.put(bits & 0xffffffff, 32);
    writer.put(bits >> 32, width - 32);
  }
}

template <class Unit, class Number>
void pack_whole(std::size_t count, uint8_t* out, Number number) {
  for (std::size_t i = 0; i < count; i++) store(out + i * sizeof(Unit), static_cast<Unit>(number(i)));
}

template <class Number>
void pack_numbers(std::size_t count, unsigned width, uint8_t* out, Number number) {
  if (width == 0) return;
  if (width == 8) return pack_whole<uint8_t>(count, out, number);
  if (width == 16) return pack_whole<uint16_t>(count, out, number);
  if (width == 32) return pack_whole<uint32_t>(count, out, number);
  if (width == 64) return pack_whole<uint64_t>(count, out, number);
  if (width <= 7) return pack_joined<8>(count, width, out, number);
  if (width <= 14) return pack_joined<4>(count, width, out, number);
  if (width <= 28) return pack_joined<2>(count, width, out, number);
  if (width <= 56) return pack_joined<1>(count, width, out, number);
  pack_split(count, width, out, number);
}

template <class Word>
void pack_words(std::span<const Word> words, const Packing& packing, uint8_t* out) {
  const Word* word = words.data();
  const uint64_t base = packing.base;
  if (packing.scale == 1) {
    pack_numbers(words.size(), packing.width, out, [=](std::size_t i) { return word[i] - base; });
  } else {
    const ExactDivisor scale(packing.scale);
    pack_numbers(words.size(), packing.width, out, [=](std::size_t i) { return scale.quotient(word[i] - base); });
  }
}

struct AddBase {
  using Word = uint32_t;
  uint32_t base;
  explicit AddBase(const Packing& p) : base(static_cast<uint32_t>(p.base)) {}
  uint32_t operator()(uint64_t number) const { return base + static_cast<uint32_t>(number); }
};

struct ScaleAndAddBase {
  using Word = uint64_t;
  uint64_t base, scale;
  explicit ScaleAndAddBase(const Packing& p) : base(p.base), scale(p.scale) {}
  uint64_t operator()(uint64_t number) const { return base + scale * number; }
};

/// 8 numbers of kWidth bits begin and end at a byte; with the width known, all shifts are constants.
template <unsigned kWidth, class Map, std::size_t... kIndex>
inline void unpack_eight(const uint8_t* in, Map map, typename Map::Word* out, std::index_sequence<kIndex...>) {
  using Load = std::conditional_t<kWidth + 7 <= 32, uint32_t, uint64_t>;
  constexpr uint64_t kMask = (uint64_t{1} << kWidth) - 1;
  ((out[kIndex] = map(load<Load>(in + kIndex * kWidth / 8) >> (kIndex * kWidth % 8) & kMask)), ...);
}

template <unsigned kWidth, class Map>
void unpack_narrow(std::span<const uint8_t> packed, const Packing& packing, std::size_t count,
                   typename Map::Word* out) {
  const Map map(packing);
  constexpr auto kEight = std::make_index_sequence<8>{};
  // The loads of a group end at most 8 bytes behind it.
  const std::size_t safe = packed.size() < kWidth + 8 ? 0 : (packed.size() - 8) / kWidth;
  const uint8_t* in = packed.data();
  std::size_t i = 0;
  for (std::size_t group = 0; group < safe; group++, i += 8, in += kWidth)
    unpack_eight<kWidth>(in, map, out + i, kEight);
  // What is left is less than kWidth + 8 bytes; it goes through a copy with room behind it.
  std::array<uint8_t, 128> tail{};
  if (std::size_t left = packed.size() - safe * kWidth) std::memcpy(tail.data(), in, left);
  for (in = tail.data(); i < count; i += 8, in += kWidth) unpack_eight<kWidth>(in, map, out + i, kEight);
}

/// Number i is read from 8 bytes, with kNinth from 9: a number of over 56 bits may begin late in its first byte.
template <bool kNinth>
void unpack_wide(std::span<const uint8_t> packed, const Packing& packing, std::size_t count, uint64_t* out) {
  constexpr std::size_t kReads = kNinth ? 9 : 8;
  const ScaleAndAddBase map(packing);
  const unsigned width = packing.width;
  const uint64_t mask = ~uint64_t{0} >> (64 - width);
  auto number = [=](const uint8_t* in, std::size_t bit) {
    const uint8_t* at = in + bit / 8;
    uint64_t bits = load<uint64_t>(at) >> (bit & 7);
    if constexpr (kNinth) bits |= uint64_t{at[8]} << 1 << (63 - (bit & 7));
    return bits & mask;
  };
  // The last numbers do not have all these bytes; they go through a copy with room behind it.
  std::size_t safe = packed.size() < kReads ? 0 : ((packed.size() - kReads) * 8 + 7) / width + 1;
  if (safe > count) safe = count;
  const uint8_t* in = packed.data();
  for (std::size_t i = 0, bit = 0; i < safe; i++, bit += width) out[i] = map(number(in, bit));
  std::array<uint8_t, 32> tail{};
  const std::size_t from = safe * width / 8;
  if (from < packed.size()) std::memcpy(tail.data(), in + from, packed.size() - from);
  for (std::size_t i = safe; i < count; i++) out[i] = map(number(tail.data(), i * width - from * 8));
}

constexpr unsigned kNarrow = 32;

template <class Map>
using Unpack = void (*)(std::span<const uint8_t>, const Packing&, std::size_t, typename Map::Word*);

template <class Map, std::size_t... kIndex>
constexpr std::array<Unpack<Map>, kNarrow> narrow_kernels(std::index_sequence<kIndex...>) {
  return {unpack_narrow<kIndex + 1, Map>...};
}

template <class Map>
constexpr std::array<Unpack<Map>, kNarrow> kNarrowKernels = narrow_kernels<Map>(std::make_index_sequence<kNarrow>{});

template <class Word>
void fill(Word* out, std::size_t count, Word value) {
  for (std::size_t i = 0; i < count; i++) out[i] = value;
}

}  // namespace

void pack(std::span<const uint64_t> words, const Packing& packing, uint8_t* out) {
  pack_words(words, packing, out);
}
void pack(std::span<const uint32_t> words, const Packing& packing, uint8_t* out) {
  pack_words(words, packing, out);
}

void unpack(std::span<const uint8_t> packed, const Packing& packing, std::size_t count, uint64_t* out) {
  if (packing.width == 0) return fill(out, count, packing.base);
  if (packing.width <= kNarrow) return kNarrowKernels<ScaleAndAddBase>[packing.width - 1](packed, packing, count, out);
  if (packing.width <= 56) return unpack_wide<false>(packed, packing, count, out);
  unpack_wide<true>(packed, packing, count, out);
}

void unpack(std::span<const uint8_t> packed, const Packing& packing, std::size_t count, uint32_t* out) {
  if (packing.width == 0) return fill(out, count, static_cast<uint32_t>(packing.base));
  kNarrowKernels<AddBase>[packing.width - 1](packed, packing, count, out);
}

}  // namespace ev
