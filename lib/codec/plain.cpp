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

void write_texts(Buffer& out, const Texts& texts) {
  const std::size_t count = texts.size();
  PodVector<uint32_t> lengths(count);
  for (std::size_t i = 0; i < count; i++) lengths[i] = texts.offsets[i + 1] - texts.offsets[i];
  ev::write_sequence(out, lengths.span());
  const uint32_t bytes = texts.offsets[count];
  put(out, bytes);
  out.append(reinterpret_cast<const uint8_t*>(texts.data.data()), bytes);
}

void read_texts(ByteReader& in, std::size_t count, Texts& texts) {
  // The lengths are read into what becomes the offsets.
  PodVector<uint32_t>& offsets = texts.offsets;
  read_sequence(in, count, offsets);
  offsets.resize(count + 1);
  uint64_t end = 0;
  for (std::size_t i = 0; i < count; i++) {
    uint32_t length = offsets[i];
    offsets[i] = static_cast<uint32_t>(end);
    end += length;
  }
  offsets[count] = static_cast<uint32_t>(end);
  auto bytes = in.read<uint32_t>();
  // Without a carry: fewer than 2^32 lengths below 2^32.
  if (end != bytes) in.fail("the lengths of the texts do not add up");
  auto stored = in.take(bytes);
  texts.data.clear();
  texts.data.append(reinterpret_cast<const char*>(stored.data()), stored.size());
}

void write_plain_texts(Buffer& out, const Column& column) {
  if (column.codes.empty()) return write_texts(out, column.texts);
  Texts texts;
  texts.offsets.reserve(column.codes.size() + 1);
  for (uint32_t code : column.codes) texts.push_back(column.texts[code]);
  write_texts(out, texts);
}

void read_plain_texts(ByteReader& in, std::size_t count, Column& column) {
  read_texts(in, count, column.texts);
}

}  // namespace ev::encodings
