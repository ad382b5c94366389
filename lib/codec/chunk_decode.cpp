// The stored bytes of a chunk to its column. The bytes are not trusted.
#include <bit>
#include <string>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "base/time.h"
#include "codec/chunk.h"
#include "codec/chunk_check.h"
#include "codec/compress.h"
#include "codec/encodings.h"

namespace ev {
namespace {

[[noreturn]] void damaged(std::string_view place, std::string_view what) {
  throw Error(ErrorKind::corrupt, std::string(place), std::string(what));
}

[[noreturn]] void from_the_future(std::string_view place, std::string what) {
  throw Error(ErrorKind::corrupt, std::string(place), std::move(what), "a newer evkit may read it");
}

/// The encoded bytes, verified: `stored` itself, or decompressed into `buffer`.
std::span<const uint8_t> open_chunk(const ChunkEntry& entry, std::span<const uint8_t> stored, uint32_t rows,
                                    std::string_view place, Buffer& buffer) {
  if (const char* fault = entry_fault(entry, rows)) damaged(place, fault);
  if (stored.size() != entry.stored_bytes) damaged(place, "a chunk has another size than the directory says");
  if (checksum64(stored) != entry.checksum) damaged(place, "the checksum of a chunk does not hold");
  if (entry.codec == Codec::none) return stored;
  if (entry.codec != Codec::zstd)
    from_the_future(place, concat("a chunk has the unknown codec ", static_cast<unsigned>(entry.codec)));
  zstd_decompress(stored, entry.encoded_bytes, buffer, place);
  return buffer;
}

void check_encoding(const ChunkEntry& entry, std::string_view place) {
  const bool texts = is_text_type(entry.type);
  bool known = false;
  switch (entry.encoding) {
    case Encoding::constant:
    case Encoding::run_length:
    case Encoding::plain:
      known = true;
      break;
    case Encoding::packed:
    case Encoding::delta:
      known = !texts;
      break;
    case Encoding::dictionary:
    case Encoding::uuid:
    case Encoding::hex:
      known = texts;
      break;
    case Encoding::decimal:
      known = entry.type == Type::float64;
      break;
    default:
      break;
  }
  if (!known)
    from_the_future(place, concat("a chunk has the unknown encoding ", static_cast<unsigned>(entry.encoding)));
  if (entry.values == 0 && entry.encoding != Encoding::plain) damaged(place, "a chunk without values is not plain");
}

void check_same_encoding(const ChunkEntry& entry, Encoding found, const ByteReader& in) {
  if (found != entry.encoding) in.fail("a chunk has another encoding than the directory says");
}

void check_sequence_encoding(const ChunkEntry& entry, const ByteReader& in) {
  if (in.left() > 0) check_same_encoding(entry, static_cast<Encoding>(in.rest()[0]), in);
}

void read_validity(ByteReader& in, const ChunkEntry& entry, uint32_t rows, Column& column) {
  if (!entry.has_validity) return;
  auto bytes = in.take((rows + 7) / 8);
  if (rows % 8 != 0 && bytes.back() >> (rows % 8) != 0) in.fail("a validity bitmap goes on beyond the rows");
  if (rows == 0) return;
  column.validity = Bitmap::from_bytes(bytes, rows);
  if (column.validity.count() != entry.values) in.fail("a validity bitmap has another number of values than it should");
}

bool known_form(uint32_t packed) {
  constexpr uint32_t kLastKind = TimeForm::epoch_decimal_string, kLastZone = TimeForm::hours, kMostDigits = 9;
  return (packed & 15) <= kLastKind && (packed >> 4 & 15) <= kMostDigits && (packed >> 11 & 7) <= kLastZone;
}

void read_forms(ByteReader& in, Column& column, std::size_t count) {
  bool known = true;
  if (encodings::read_sequence_or_constant(in, count, column.forms, column.form)) known = known_form(column.form);
  for (uint32_t form : column.forms) known &= known_form(form);
  if (!known) in.fail("a time has an unknown form");
}

void read_words(ByteReader& in, const ChunkEntry& entry, Column& column) {
  if (entry.type == Type::time) read_forms(in, column, entry.values);
  if (entry.encoding == Encoding::decimal) return encodings::read_decimal(in, entry.values, column.words);
  check_sequence_encoding(entry, in);
  read_sequence(in, entry.values, column.words);
  if (entry.type != Type::boolean) return;
  uint64_t all = 0;
  for (uint64_t word : column.words) all |= word;
  if (all > 1) in.fail("a bool is neither false nor true");
}

void read_text_column(ByteReader& in, const ChunkEntry& entry, Column& column) {
  switch (entry.encoding) {
    case Encoding::constant:
      return encodings::read_constant_text(in, entry.values, column);
    case Encoding::run_length:
      return encodings::read_run_length_texts(in, entry.values, column);
    case Encoding::dictionary:
      return encodings::read_dictionary(in, entry.values, column);
    default:
      return check_same_encoding(entry, encodings::read_plain_texts(in, entry.values, column), in);
  }
}

}  // namespace

Column decode_column(const ChunkEntry& entry, std::span<const uint8_t> stored, uint32_t rows, std::string_view place) {
  if (entry.type == Type::null) damaged(place, "a column has no type");
  check_encoding(entry, place);
  Buffer buffer;
  ByteReader in(open_chunk(entry, stored, rows, place, buffer), place);
  Column column;
  column.path = entry.path;
  column.type = entry.type;
  if (entry.encoded_bytes != in.left()) in.fail("a chunk has another size than the directory says");
  read_validity(in, entry, rows, column);
  if (is_text_type(entry.type)) {
    read_text_column(in, entry, column);
  } else {
    read_words(in, entry, column);
  }
  in.expect_end();
  return column;
}

PodVector<uint32_t> decode_row_layouts(const ChunkEntry& entry, std::span<const uint8_t> stored, uint32_t rows,
                                       std::string_view place) {
  if (entry.type != Type::null) damaged(place, "the row layouts have a type");
  check_encoding(entry, place);
  Buffer buffer;
  ByteReader in(open_chunk(entry, stored, rows, place, buffer), place);
  check_sequence_encoding(entry, in);
  PodVector<uint32_t> row_layouts;
  uint32_t layout = 0;
  if (encodings::read_sequence_or_constant(in, rows, row_layouts, layout) && layout != 0)
    row_layouts.assign(rows, layout);
  in.expect_end();
  return row_layouts;
}

}  // namespace ev
