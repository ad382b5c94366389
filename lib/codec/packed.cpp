// Packed: frame of reference. Each word is base + scale * a number of few bits.
#include <limits>
#include <type_traits>

#include "codec/encodings.h"

namespace ev::encodings {
namespace {

/// Whether no number of that width can take a word beyond 32 bits.
bool fits_32_bits(const Packing& packing) {
  if (packing.width > 32 || packing.scale != 1) return false;
  uint64_t largest = (uint64_t{1} << packing.width) - 1;
  return packing.base <= UINT32_MAX && packing.base + largest <= UINT32_MAX;
}

}  // namespace

template <class Word>
void write_packed(Buffer& out, std::span<const Word> words, const Packing& packing) {
  put(out, packing.base);
  put(out, packing.scale);
  // pack() overwrites 8 bytes behind its end, for which a Buffer has slack.
  pack(words, packing, out.extend(packed_bytes(words.size(), packing.width)));
}
template void write_packed(Buffer&, std::span<const uint64_t>, const Packing&);
template void write_packed(Buffer&, std::span<const uint32_t>, const Packing&);

template <class Word>
void read_packed(ByteReader& in, std::size_t bytes, unsigned width, std::size_t count, PodVector<Word>& out) {
  if (width > 64) in.fail("numbers are packed in over 64 bits");
  if (bytes != kPackedHeaderBytes + packed_bytes(count, width))
    in.fail("packed numbers have another length than they say");
  Packing packing;
  packing.base = in.read<uint64_t>();
  packing.scale = in.read<uint64_t>();
  packing.width = width;
  auto packed = in.take(packed_bytes(count, width));
  if constexpr (std::is_same_v<Word, uint32_t>) {
    if (!fits_32_bits(packing)) {
      PodVector<uint64_t> wide(count);
      unpack(packed, packing, count, wide.data());
      out.resize(count);
      uint64_t all = 0;
      for (std::size_t i = 0; i < count; i++) {
        all |= wide[i];
        out[i] = static_cast<uint32_t>(wide[i]);
      }
      if (all > UINT32_MAX) in.fail("a number is over 32 bits");
      return;
    }
  }
  out.resize(count);
  unpack(packed, packing, count, out.data());
}
template void read_packed(ByteReader&, std::size_t, unsigned, std::size_t, PodVector<uint64_t>&);
template void read_packed(ByteReader&, std::size_t, unsigned, std::size_t, PodVector<uint32_t>&);

}  // namespace ev::encodings
