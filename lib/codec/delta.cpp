// Delta: the first word, and of the others the packed differences from the word before.
#include <limits>

#include "codec/encodings.h"

namespace ev::encodings {

template <class Word>
void write_delta(Buffer& out, std::span<const Word> words, const Packing& packing) {
  put(out, uint64_t{words[0]});
  PodVector<uint64_t> differences(words.size() - 1);
  for (std::size_t i = 1; i < words.size(); i++) differences[i - 1] = uint64_t{words[i]} - uint64_t{words[i - 1]};
  write_packed<uint64_t>(out, differences, packing);
}
template void write_delta(Buffer&, std::span<const uint64_t>, const Packing&);
template void write_delta(Buffer&, std::span<const uint32_t>, const Packing&);

namespace {

/// Requires count > 0.
void read_differences(ByteReader& in, std::size_t bytes, unsigned width, std::size_t count, PodVector<uint64_t>& out) {
  if (width > 64) in.fail("numbers are packed in over 64 bits");
  if (bytes != kDeltaHeaderBytes + packed_bytes(count - 1, width))
    in.fail("packed differences have another length than they say");
  const auto first = in.read<uint64_t>();
  Packing packing;
  packing.base = in.read<uint64_t>();
  packing.scale = in.read<uint64_t>();
  packing.width = width;
  auto packed = in.take(packed_bytes(count - 1, width));
  out.resize(count);
  out[0] = first;
  if (count > 1) unpack(packed, packing, count - 1, out.data() + 1);
}

}  // namespace

template <class Word>
void read_delta(ByteReader& in, std::size_t bytes, unsigned width, std::size_t count, PodVector<Word>& out) {
  if (count == 0) in.fail("differences without a word");
  if constexpr (sizeof(Word) == sizeof(uint64_t)) {
    read_differences(in, bytes, width, count, out);
    uint64_t word = 0;
    for (std::size_t i = 0; i < count; i++) out[i] = word += out[i];
  } else {
    PodVector<uint64_t> differences;
    read_differences(in, bytes, width, count, differences);
    out.resize(count);
    uint64_t word = 0, all = 0;
    for (std::size_t i = 0; i < count; i++) {
      all |= word += differences[i];
      out[i] = static_cast<Word>(word);
    }
    if (all > std::numeric_limits<Word>::max()) in.fail("a number is over 32 bits");
  }
}
template void read_delta(ByteReader&, std::size_t, unsigned, std::size_t, PodVector<uint64_t>&);
template void read_delta(ByteReader&, std::size_t, unsigned, std::size_t, PodVector<uint32_t>&);

}  // namespace ev::encodings
