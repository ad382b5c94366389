// A column to the stored bytes of its chunk.
#include <algorithm>
#include <optional>
#include <string>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "codec/choose.h"
#include "codec/chunk.h"
#include "codec/compress.h"
#include "codec/encodings.h"
#include "codec/zone.h"

namespace ev {
namespace {

constexpr std::size_t kLeastToCompress = 64;
constexpr std::size_t kSampleBytes = 16384;
constexpr std::size_t kSamplePieces = 4;

void require(bool holds, const Column& column, std::string_view what) {
  if (!holds) throw Error(ErrorKind::bug, concat("column of ", type_name(column.type)), std::string(what));
}

/// Whether zstd saves a twentieth of a sample, spread over the chunk because texts and their codes stand apart.
bool worth_compressing(std::span<const uint8_t> encoded, int level) {
  if (encoded.size() < kLeastToCompress) return false;
  if (encoded.size() <= 2 * kSampleBytes) return true;
  constexpr std::size_t kPiece = kSampleBytes / kSamplePieces;
  Buffer sample, compressed;
  for (std::size_t i = 0; i < kSamplePieces; i++) {
    std::size_t middle = encoded.size() / (2 * kSamplePieces) * (2 * i + 1);
    sample.append(encoded.subspan(middle - kPiece / 2, kPiece));
  }
  zstd_compress(sample, level, compressed);
  return compressed.size() <= sample.size() - sample.size() / 20;
}

/// Completes the entry of the chunk whose encoded bytes are the end of `out`, compressing them where that helps.
void finish_chunk(Buffer& out, std::size_t begin, Compression compression, ChunkEntry& entry) {
  std::span<const uint8_t> encoded = out.span().subspan(begin);
  if (encoded.size() > kMaxChunkBytes) throw Error(ErrorKind::bug, "column chunk", "is over its cap");
  entry.encoded_bytes = static_cast<uint32_t>(encoded.size());
  if (compression.codec == Codec::zstd && worth_compressing(encoded, compression.level)) {
    Buffer compressed;
    zstd_compress(encoded, compression.level, compressed);
    if (compressed.size() < encoded.size()) {
      entry.codec = Codec::zstd;
      out.resize(begin);
      out.append(compressed);
    }
  }
  encoded = out.span().subspan(begin);
  entry.stored_bytes = static_cast<uint32_t>(encoded.size());
  entry.checksum = checksum64(encoded);
}

void write_validity(Buffer& out, const Column& column, uint32_t rows, ChunkEntry& entry) {
  std::size_t valid = rows;
  if (!column.validity.empty()) {
    require(column.validity.size() == rows, column, "has a validity bitmap for another number of rows");
    valid = column.validity.count();
  }
  require(column.size() == valid, column, "has not a value for each valid row");
  entry.values = static_cast<uint32_t>(valid);
  entry.has_validity = valid < rows;
  if (entry.has_validity) out.append(column.validity.bytes());
}

void write_forms(Buffer& out, const Column& column) {
  const std::size_t values = column.words.size();
  if (!column.forms.empty() || values == 0) {
    require(column.forms.size() == values, column, "has not a form for each time");
    write_sequence(out, column.forms.span());
  } else {
    const SequencePlan constant{Encoding::constant, {}, encodings::kSequenceHeaderBytes + sizeof(uint64_t)};
    encodings::write_sequence<uint32_t>(out, {&column.form, 1}, constant, nullptr);
  }
}

/// False, with nothing written, where the words are not decimals or take no fewer bytes as such.
bool write_decimal(Buffer& out, std::span<const uint64_t> words) {
  unsigned exponent = 0;
  PodVector<uint64_t> integers;
  if (!encodings::find_decimal(words, exponent, integers)) return false;
  Runs<uint64_t> runs;
  const SequencePlan plan = plan_sequence(integers.span(), word_stats(integers.span()), {}, runs);
  if (encodings::kDecimalHeaderBytes + plan.bytes >= encodings::kSequenceHeaderBytes + words.size_bytes()) return false;
  encodings::write_decimal_header(out, exponent);
  encodings::write_sequence(out, integers.span(), plan, &runs);
  return true;
}

void write_words(Buffer& out, const Column& column, ChunkEntry& entry) {
  if (column.type == Type::time) write_forms(out, column);
  const WordStats stats = word_stats(column.words.span());
  if (entry.values > 0) entry.zone = word_zone(column, stats);
  if (column.type == Type::float64 && stats.runs > 1 && write_decimal(out, column.words.span())) {
    entry.encoding = Encoding::decimal;
    return;
  }
  SequenceOptions options;
  options.pack = column.type != Type::float64;
  options.scale = column.type == Type::time;
  Runs<uint64_t> runs;
  SequencePlan plan = plan_sequence(column.words.span(), stats, options, runs);
  encodings::write_sequence(out, column.words.span(), plan, &runs);
  entry.encoding = plan.encoding;
}

/// The column without the texts that no value uses, or nullopt if there are none such.
std::optional<Column> without_unused_texts(const Column& column) {
  constexpr uint32_t kUnused = UINT32_MAX;
  const std::size_t texts = column.texts.size();
  PodVector<uint32_t> number(texts, kUnused);
  bool beyond = false;
  for (uint32_t code : column.codes) {
    if (code < texts) {
      number[code] = 0;
    } else {
      beyond = true;
    }
  }
  require(!beyond, column, "has a code beyond its dictionary");
  if (std::find(number.begin(), number.end(), kUnused) == number.end()) return std::nullopt;

  Column compact;
  compact.path = column.path;
  compact.type = column.type;
  for (std::size_t i = 0; i < texts; i++) {
    if (number[i] == kUnused) continue;
    number[i] = static_cast<uint32_t>(compact.texts.size());
    compact.texts.push_back(column.texts[i]);
  }
  compact.codes.resize(column.codes.size());
  for (std::size_t i = 0; i < column.codes.size(); i++) compact.codes[i] = number[column.codes[i]];
  return compact;
}

void write_used_texts(Buffer& out, const Column& column, ChunkEntry& entry) {
  entry.encoding = choose_text_encoding(column);
  if (has_zone(column.type)) entry.zone = text_zone(column);
  switch (entry.encoding) {
    case Encoding::constant:
      return encodings::write_constant_text(out, column);
    case Encoding::run_length:
      return encodings::write_run_length_texts(out, column);
    case Encoding::dictionary:
      return encodings::write_dictionary(out, column);
    default:
      entry.encoding = encodings::write_plain_texts(out, column);
  }
}

void write_text_column(Buffer& out, const Column& column, ChunkEntry& entry) {
  if (entry.values == 0) {
    entry.encoding = Encoding::plain;
    encodings::write_texts(out, Texts());
  } else if (auto compact = column.codes.empty() ? std::nullopt : without_unused_texts(column)) {
    write_used_texts(out, *compact, entry);
  } else {
    write_used_texts(out, column, entry);
  }
}

}  // namespace

ChunkEntry encode_column(const Column& column, uint32_t rows, Compression compression, Buffer& out) {
  require(column.type != Type::null && rows <= kMaxBlockRows, column, "fits no block");
  ChunkEntry entry;
  entry.path = column.path;
  entry.type = column.type;
  const std::size_t begin = out.size();
  write_validity(out, column, rows, entry);
  if (is_text_type(column.type)) {
    write_text_column(out, column, entry);
  } else {
    write_words(out, column, entry);
  }
  finish_chunk(out, begin, compression, entry);
  return entry;
}

ChunkEntry encode_row_layouts(std::span<const uint32_t> row_layouts, uint32_t rows, Compression compression,
                              Buffer& out) {
  if (rows > kMaxBlockRows || (!row_layouts.empty() && row_layouts.size() != rows))
    throw Error(ErrorKind::bug, "row layouts", "are not one for each row");
  ChunkEntry entry;
  entry.path = kLayoutChunkPath;
  entry.values = rows;
  const std::size_t begin = out.size();
  if (row_layouts.empty()) {
    PodVector<uint32_t> zeros(rows, 0);
    entry.encoding = write_sequence(out, zeros.span());
  } else {
    entry.encoding = write_sequence(out, row_layouts);
  }
  finish_chunk(out, begin, compression, entry);
  return entry;
}

}  // namespace ev
