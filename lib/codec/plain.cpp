// Plain: words as they are, texts one after the other.
#include <cstring>
#include <type_traits>

#include "codec/encodings.h"

namespace ev::encodings {

template <class Word>
void write_plain(Buffer& out, std::span<const Word> words) {
  uint8_t* at = out.extend(words.size() * sizeof(uint64_t));
  if (words.empty()) return;
  if constexpr (sizeof(Word) == sizeof(uint64_t)) {
    std::memcpy(at, words.data(), words.size_bytes());
  } else {
    for (std::size_t i = 0; i < words.size(); i++) store(at + i * sizeof(uint64_t), uint64_t{words[i]});
  }
}
template void write_plain(Buffer&, std::span<const uint64_t>);
template void write_plain(Buffer&, std::span<const uint32_t>);

template <class Word>
void read_plain(ByteReader& in, std::size_t bytes, std::size_t count, PodVector<Word>& out) {
  if (bytes != count * sizeof(uint64_t)) in.fail("plain words have another length than they say");
  auto stored = in.take(bytes);
  out.resize(count);
  if (count == 0) return;
  if constexpr (sizeof(Word) == sizeof(uint64_t)) {
    std::memcpy(out.data(), stored.data(), bytes);
  } else {
    uint64_t all = 0;
    for (std::size_t i = 0; i < count; i++) {
      auto word = load<uint64_t>(stored.data() + i * sizeof(uint64_t));
      all |= word;
      out[i] = static_cast<uint32_t>(word);
    }
    if (all > UINT32_MAX) in.fail("a number is over 32 bits");
  }
}
template void read_plain(ByteReader&, std::size_t, std::size_t, PodVector<uint64_t>&);
template void read_plain(ByteReader&, std::size_t, std::size_t, PodVector<uint32_t>&);

}  // namespace ev::encodings
