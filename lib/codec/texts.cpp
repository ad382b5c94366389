// Lists of texts: as they are, or in fewer bytes where all have one shape.
#include "codec/encodings.h"

namespace ev::encodings {
namespace {

void write_texts_as_they_are(Buffer& out, const Texts& texts) {
  const std::size_t count = texts.size();
  PodVector<uint32_t> lengths(count);
  for (std::size_t i = 0; i < count; i++) lengths[i] = texts.offsets[i + 1] - texts.offsets[i];
  ev::write_sequence(out, lengths.span());
  const uint32_t bytes = texts.offsets[count];
  put(out, bytes);
  out.append(reinterpret_cast<const uint8_t*>(texts.data.data()), bytes);
}

void read_texts_as_they_are(ByteReader& in, std::size_t count, Texts& texts) {
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

}  // namespace

std::size_t begin_texts(Buffer& out, Encoding encoding, bool upper_case) {
  put(out, encoding);
  put(out, static_cast<uint8_t>(upper_case ? kTextsUpperCase : 0));
  put(out, uint16_t{0});
  put(out, uint32_t{0});
  return out.size();
}

void end_texts(Buffer& out, std::size_t begin) {
  store(out.data() + begin - sizeof(uint32_t), static_cast<uint32_t>(out.size() - begin));
}

Encoding write_texts(Buffer& out, const Texts& texts) {
  if (try_write_uuids(out, texts)) return Encoding::uuid;
  if (try_write_hex(out, texts)) return Encoding::hex;
  write_texts_as_they_are(out, texts);
  return Encoding::plain;
}

Encoding read_texts(ByteReader& in, std::size_t count, Texts& texts) {
  const auto encoding = in.left() > 0 ? static_cast<Encoding>(in.rest()[0]) : Encoding::plain;
  if (encoding != Encoding::uuid && encoding != Encoding::hex) {
    read_texts_as_they_are(in, count, texts);
    return Encoding::plain;
  }
  in.read<Encoding>();
  const unsigned flags = in.read<uint8_t>();
  in.read<uint16_t>();
  const std::size_t bytes = in.read<uint32_t>();
  if (bytes > in.left()) in.fail("a list of texts ends early");
  const std::size_t behind = in.left() - bytes;
  if (encoding == Encoding::uuid) {
    read_uuids(in, bytes, flags, count, texts);
  } else {
    read_hex(in, flags, count, texts);
  }
  if (in.left() != behind) in.fail("a list of texts has another length than it says");
  return encoding;
}

Encoding write_plain_texts(Buffer& out, const Column& column) {
  if (column.codes.empty()) return write_texts(out, column.texts);
  Texts texts;
  texts.offsets.reserve(column.codes.size() + 1);
  for (uint32_t code : column.codes) texts.push_back(column.texts[code]);
  return write_texts(out, texts);
}

Encoding read_plain_texts(ByteReader& in, std::size_t count, Column& column) {
  return read_texts(in, count, column.texts);
}

}  // namespace ev::encodings
