// Columns to encode in tests, and their equality by value, whatever the dictionaries.
#pragma once

#include <bit>
#include <initializer_list>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "codec/chunk.h"

namespace ev::test {

inline Column words_column(Type type, std::span<const uint64_t> words) {
  Column column;
  column.path = 3;
  column.type = type;
  column.words.append(words);
  return column;
}
inline Column words_column(Type type, std::initializer_list<uint64_t> words) {
  return words_column(type, std::span<const uint64_t>(words.begin(), words.size()));
}
inline Column texts_column(Type type, const std::vector<std::string>& texts) {
  Column column;
  column.path = 3;
  column.type = type;
  for (const auto& text : texts) column.texts.push_back(text);
  return column;
}
inline Column dictionary_column(Type type, const std::vector<std::string>& texts, const std::vector<uint32_t>& codes) {
  Column column = texts_column(type, texts);
  column.codes.append(codes);
  return column;
}

inline std::string value_text(const Column& column, std::size_t i) {
  if (is_text_type(column.type)) return "'" + std::string(column.text(i)) + "'";
  return std::to_string(column.words[i]) + "/" + (column.type == Type::time ? std::to_string(column.form_at(i)) : "");
}

/// What a column says row by row, in a form that knows nothing of dictionaries, forms vectors and full bitmaps.
inline std::vector<std::string> rows_of(const Column& column, uint32_t rows) {
  std::vector<std::string> out(rows, "null");
  std::size_t i = 0;
  for (uint32_t row = 0; row < rows; row++)
    if (column.valid(row)) out[row] = value_text(column, i++);
  return out;
}

struct Chunk {
  ChunkEntry entry;
  Buffer stored;
};
/// One of texts, whose bytes are yet to be put in.
inline Chunk text_chunk(Encoding encoding, uint32_t values) {
  Chunk chunk;
  chunk.entry.path = 1;
  chunk.entry.type = Type::string;
  chunk.entry.encoding = encoding;
  chunk.entry.values = values;
  return chunk;
}
inline Chunk encode(const Column& column, uint32_t rows, Compression compression = {}) {
  Chunk chunk;
  chunk.entry = encode_column(column, rows, compression, chunk.stored);
  return chunk;
}
inline Column decode(const Chunk& chunk, uint32_t rows) {
  return decode_column(chunk.entry, chunk.stored, rows, "here");
}

/// Texts of one shape that has an encoding of its own: uuids, or hex behind a prefix.
inline std::vector<std::string> random_hex_texts(std::size_t count, std::mt19937_64& random) {
  const std::string_view digits = random() % 2 ? "0123456789abcdef" : "0123456789ABCDEF";
  const bool uuid = random() % 2;
  const std::string prefix = !uuid && random() % 2 ? "0x" : "";
  const std::size_t length = uuid ? 32 : 2 * (4 + random() % 30);
  std::vector<std::string> texts(count);
  for (auto& text : texts) {
    for (std::size_t i = 0; i < length; i++) text += digits[random() % 16];
    if (uuid)
      for (std::size_t at : {8, 13, 18, 23}) text.insert(at, "-");
    text.insert(0, prefix);
  }
  return texts;
}

/// A random column of `rows` rows; the shapes are those that the chooser tells apart.
inline Column random_column(Type type, uint32_t rows, std::mt19937_64& random) {
  Column column;
  column.path = 7;
  column.type = type;
  std::size_t values = rows;
  if (random() % 2 == 0) {
    column.validity.assign(rows, false);
    unsigned of_8 = static_cast<unsigned>(random() % 9);
    for (uint32_t row = 0; row < rows; row++)
      if (random() % 8 < of_8) column.validity.set(row);
    values = column.validity.count();
  }
  const bool runs = random() % 3 == 0;
  if (is_text_type(type)) {
    const bool dictionary = random() % 2 == 0 && values > 0;
    const std::size_t texts = dictionary ? 1 + random() % values : values;
    const std::size_t longest = std::size_t{1} << random() % 6;
    if (random() % 3 == 0) {
      for (const auto& text : random_hex_texts(texts, random)) column.texts.push_back(text);
    } else {
      for (std::size_t i = 0; i < texts; i++) {
        std::string text(random() % longest, 'a');
        for (char& c : text) c = static_cast<char>(random() % 3 == 0 ? random() : 'a' + random() % 3);
        column.texts.push_back(text);
      }
    }
    if (dictionary)
      for (std::size_t i = 0; i < values; i++)
        column.codes.push_back(runs && i > 0 && random() % 8 ? column.codes[i - 1]
                                                             : static_cast<uint32_t>(random() % texts));
    return column;
  }
  const unsigned width = static_cast<unsigned>(random() % 65);
  const uint64_t mask = width == 0 ? 0 : ~uint64_t{0} >> (64 - width);
  const uint64_t base = random() % 2 ? random() : 0, scale = random() % 2 ? 1 : 1 + random() % 1000000;
  const bool decimal = type == Type::float64 && random() % 2, ascending = type != Type::boolean && random() % 3 == 0;
  const double power = random() % 2 ? 100 : 1e6;
  uint64_t sum = 0;
  for (std::size_t i = 0; i < values; i++) {
    uint64_t word = type == Type::boolean ? random() & 1 : base + scale * (random() & mask);
    if (ascending) word = sum += random() % (1 + (word & 0xffff));
    if (decimal) word = std::bit_cast<uint64_t>(static_cast<double>(word % 1000000) / power);
    column.words.push_back(runs && i > 0 && random() % 8 ? column.words[i - 1] : word);
  }
  if (type == Type::time) {
    column.form = 2u << 11 | 3 << 4;
    if (random() % 2 && values > 0)
      for (std::size_t i = 0; i < values; i++)
        column.forms.push_back(static_cast<uint32_t>(random() % 5 | random() << 16));
  }
  return column;
}

}  // namespace ev::test
