// Constant: every word, or every text, is the same one.
#include <limits>

#include "codec/encodings.h"

namespace ev::encodings {

void write_constant(Buffer& out, uint64_t word) {
  put(out, word);
}

template <class Word>
void read_constant(ByteReader& in, std::size_t bytes, std::size_t count, PodVector<Word>& out) {
  if (bytes != sizeof(uint64_t)) in.fail("a constant has not 8 bytes");
  auto word = in.read<uint64_t>();
  if (word > std::numeric_limits<Word>::max()) in.fail("a number is over 32 bits");
  out.assign(count, static_cast<Word>(word));
}
template void read_constant(ByteReader&, std::size_t, std::size_t, PodVector<uint64_t>&);
template void read_constant(ByteReader&, std::size_t, std::size_t, PodVector<uint32_t>&);

void write_constant_text(Buffer& out, const Column& column) {
  std::string_view text = column.text(0);
  put(out, static_cast<uint32_t>(text.size()));
  put_text(out, text);
}

void read_constant_text(ByteReader& in, std::size_t count, Column& column) {
  auto length = in.read<uint32_t>();
  column.texts.clear();
  column.texts.push_back(in.text(length));
  column.codes.assign(count, 0);
}

}  // namespace ev::encodings
