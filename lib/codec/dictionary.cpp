// Dictionary: each text once, and for each value the number of its text.
#include "codec/encodings.h"

namespace ev::encodings {

void write_dictionary(Buffer& out, const Column& column) {
  put(out, static_cast<uint32_t>(column.texts.size()));
  write_texts(out, column.texts);
  ev::write_sequence(out, column.codes.span());
}

void read_dictionary(ByteReader& in, std::size_t count, Column& column) {
  auto texts = in.read<uint32_t>();
  if (texts > count) in.fail("a dictionary has more texts than there are values");
  read_texts(in, texts, column.texts);
  read_sequence(in, count, column.codes);
  bool beyond = false;
  for (uint32_t code : column.codes) beyond |= code >= texts;
  if (beyond) in.fail("a value has a number beyond the dictionary");
}

}  // namespace ev::encodings
