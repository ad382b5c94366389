#include "codec/chunk.h"

#include <doctest/doctest.h>

#include <limits>

#include "base/error.h"
#include "base/hash.h"
#include "codec/columns.h"

using namespace ev;
using namespace ev::test;

namespace {

constexpr Type kTypes[] = {Type::boolean, Type::int64, Type::uint64, Type::float64, Type::string,
                           Type::bytes,   Type::time,  Type::json,   Type::state};

/// The entry goes through its 64 bytes, as between a writer and a reader.
Chunk through_directory(const Chunk& chunk, uint32_t rows) {
  Buffer bytes;
  write_chunk_entry(bytes, chunk.entry);
  REQUIRE(bytes.size() == 64);
  ByteReader in(bytes, "here");
  return {read_chunk_entry(in, rows), chunk.stored};
}

Encoding encoding_of(const Column& column) {
  return encode(column, static_cast<uint32_t>(column.size())).entry.encoding;
}

void check_round_trip(const Column& column, uint32_t rows, Compression compression = {}) {
  Chunk chunk = through_directory(encode(column, rows, compression), rows);
  CHECK(chunk.entry.checksum == checksum64(chunk.stored));
  CHECK(chunk.entry.values == column.size());
  Column back = decode(chunk, rows);
  CHECK(back.path == column.path);
  CHECK(back.type == column.type);
  REQUIRE(rows_of(back, rows) == rows_of(column, rows));
}

}  // namespace

TEST_CASE("random columns of all types come back, plain and compressed") {
  std::mt19937_64 random(1);
  for (Type type : kTypes)
    for (int round = 0; round < 150; round++) {
      CAPTURE(static_cast<int>(type));
      CAPTURE(round);
      const uint32_t rows = static_cast<uint32_t>(random() % (round < 100 ? 70 : 2000));
      Column column = random_column(type, rows, random);
      check_round_trip(column, rows);
      check_round_trip(column, rows, {Codec::zstd, 3});
    }
}

TEST_CASE("full blocks come back") {
  std::mt19937_64 random(2);
  for (Type type : kTypes)
    check_round_trip(random_column(type, kMaxBlockRows, random), kMaxBlockRows, {Codec::zstd, 1});
}

TEST_CASE("floats keep every bit") {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  std::vector<uint64_t> words;
  for (double d : {0.0, -0.0, 1.5, nan, -nan, inf, -inf, 5e-324}) words.push_back(std::bit_cast<uint64_t>(d));
  words.push_back(0x7ff0000000000001);
  check_round_trip(words_column(Type::float64, words), static_cast<uint32_t>(words.size()));
  check_round_trip(words_column(Type::float64, {0, uint64_t{1} << 63}), 2);
}

TEST_CASE("empty and huge texts come back") {
  std::string huge(20 << 20, 'x');
  for (std::size_t i = 0; i < huge.size(); i += 7) huge[i] = static_cast<char>(i * i >> 5);
  check_round_trip(texts_column(Type::bytes, {huge}), 1);
  check_round_trip(texts_column(Type::bytes, {huge, "", "a"}), 3, {Codec::zstd, 1});
  check_round_trip(texts_column(Type::string, {"", "", ""}), 3);
  check_round_trip(texts_column(Type::string, {"", std::string(1, '\0'), ""}), 3);
}

TEST_CASE("columns without values are plain and hold nothing") {
  for (Type type : kTypes) {
    Column column;
    column.type = type;
    column.path = 3;
    CHECK(encode(column, 0).entry.encoding == Encoding::plain);
    check_round_trip(column, 0);
    column.validity.assign(9, false);
    Chunk chunk = encode(column, 9);
    CHECK(chunk.entry.encoding == Encoding::plain);
    CHECK(chunk.entry.values == 0);
    CHECK(chunk.entry.has_validity);
    CHECK(!chunk.entry.zone.present);
    check_round_trip(column, 9);
  }
}

TEST_CASE("a full bitmap is not written") {
  Column column = words_column(Type::int64, {1, 2, 3});
  Chunk without = encode(column, 3);
  column.validity.assign(3, true);
  Chunk with = encode(column, 3);
  CHECK(!with.entry.has_validity);
  CHECK(with.stored == without.stored);
}

TEST_CASE("dictionaries and constants decode to codes, not to copies") {
  std::vector<uint32_t> codes;
  for (uint32_t i = 0; i < 999; i++) codes.push_back(i * 7 / 5 % 3);
  Column column = dictionary_column(Type::string, {"red", "green", "blue"}, codes);
  CHECK(encoding_of(column) == Encoding::dictionary);
  Column back = decode(encode(column, 999), 999);
  CHECK(back.texts.size() == 3);
  CHECK(back.codes.size() == 999);

  column = texts_column(Type::string, {"same", "same", "same"});
  CHECK(encoding_of(column) == Encoding::constant);
  back = decode(encode(column, 3), 3);
  CHECK(back.texts.size() == 1);
  CHECK(back.codes.size() == 3);
}

TEST_CASE("text encodings are chosen by size") {
  std::vector<uint32_t> sorted, once;
  std::vector<std::string> names;
  for (uint32_t i = 0; i < 1000; i++) {
    sorted.push_back(i / 10);
    once.push_back(i);
    names.push_back("user-" + std::to_string(i * 7919));
  }
  CHECK(encoding_of(dictionary_column(Type::string, {names.begin(), names.begin() + 100}, sorted)) ==
        Encoding::run_length);
  CHECK(encoding_of(dictionary_column(Type::string, names, once)) == Encoding::plain);
  std::vector<uint32_t> shuffled = once;
  std::swap(shuffled[3], shuffled[900]);
  shuffled[10] = shuffled[500];
  CHECK(encoding_of(dictionary_column(Type::string, names, shuffled)) == Encoding::plain);
  CHECK(encoding_of(texts_column(Type::string, names)) == Encoding::plain);
  CHECK(encoding_of(dictionary_column(Type::string, {"only"}, {0, 0, 0})) == Encoding::constant);
  check_round_trip(dictionary_column(Type::string, names, shuffled), 1000);
}

TEST_CASE("texts that no value uses are not written and do not widen the zone") {
  Column column = dictionary_column(Type::string, {"a", "m", "n", "z", "q"}, {1, 2, 1, 2, 2, 1});
  Chunk chunk = encode(column, 6);
  CHECK(chunk.stored == encode(dictionary_column(Type::string, {"m", "n"}, {0, 1, 0, 1, 1, 0}), 6).stored);
  CHECK(chunk.entry.zone.min[0] == 'm');
  CHECK(chunk.entry.zone.max[0] == 'n');
  check_round_trip(column, 6);
}

TEST_CASE("times that step by milliseconds are scaled") {
  std::vector<uint64_t> words;
  std::mt19937_64 random(4);
  for (int i = 0; i < 1000; i++) words.push_back(1717200000000000000 + random() % 1000 * 1000000);
  Chunk chunk = encode(words_column(Type::time, words), 1000);
  CHECK(chunk.entry.encoding == Encoding::packed);
  CHECK(chunk.stored.size() < 1000 * 10 / 8 + 64);
  check_round_trip(words_column(Type::time, words), 1000);
}

TEST_CASE("equal time forms decode to one form") {
  Column column = words_column(Type::time, {5, 6, 7});
  column.form = 2u << 11;
  Column back = decode(encode(column, 3), 3);
  CHECK(back.forms.empty());
  CHECK(back.form == column.form);
  column.forms.assign(3, 3u << 11);
  back = decode(encode(column, 3), 3);
  CHECK(back.forms.empty());
  CHECK(back.form == 3u << 11);
}

TEST_CASE("a compressed chunk is smaller, and noise stays as it is") {
  std::mt19937_64 random(5);
  std::vector<uint64_t> noise;
  std::vector<std::string> texts;
  for (int i = 0; i < 20000; i++) {
    noise.push_back(random());
    texts.push_back("https://example.org/items/" + std::to_string(random() % 1000));
  }
  Chunk chunk = encode(words_column(Type::float64, noise), 20000, {Codec::zstd, 3});
  CHECK(chunk.entry.codec == Codec::none);
  chunk = encode(texts_column(Type::string, texts), 20000, {Codec::zstd, 3});
  CHECK(chunk.entry.codec == Codec::zstd);
  CHECK(chunk.entry.stored_bytes < chunk.entry.encoded_bytes / 4);
  CHECK(chunk.stored == encode(texts_column(Type::string, texts), 20000, {Codec::zstd, 3}).stored);
  CHECK(encode(texts_column(Type::string, {std::string(50, 'a')}), 1, {Codec::zstd, 3}).entry.codec == Codec::none);
}

TEST_CASE("chunks are appended to what is there") {
  Buffer out;
  put_text(out, "before");
  ChunkEntry entry = encode_column(texts_column(Type::string, {std::string(5000, 'a')}), 1, {Codec::zstd, 3}, out);
  CHECK(entry.codec == Codec::zstd);
  CHECK(out.size() == 6 + entry.stored_bytes);
  CHECK(as_text(out.span().first(6)) == "before");
  CHECK(decode_column(entry, out.span().subspan(6), 1, "here").text(0) == std::string(5000, 'a'));
}

TEST_CASE("row layouts come back, all zeros as nothing") {
  auto round_trip = [](const std::vector<uint32_t>& layouts, uint32_t rows) {
    Buffer out;
    ChunkEntry entry = encode_row_layouts(layouts, rows, {}, out);
    CHECK(entry.path == 65535);
    auto back = decode_row_layouts(entry, out, rows, "here");
    return std::vector<uint32_t>(back.begin(), back.end());
  };
  CHECK(round_trip({}, 0).empty());
  CHECK(round_trip({}, 5).empty());
  CHECK(round_trip({0, 0, 0}, 3).empty());
  CHECK(round_trip({2, 2}, 2) == std::vector<uint32_t>{2, 2});
  CHECK(round_trip({0, 1, 1, 2, 0}, 5) == std::vector<uint32_t>{0, 1, 1, 2, 0});
}

TEST_CASE("a column that contradicts itself is a bug") {
  Column column = words_column(Type::int64, {1, 2});
  Buffer out;
  auto kind = [&](const Column& c, uint32_t rows) {
    try {
      encode_column(c, rows, {}, out);
    } catch (const Error& error) {
      return error.kind();
    }
    return ErrorKind::usage;
  };
  CHECK(kind(column, 3) == ErrorKind::bug);
  CHECK(kind(column, kMaxBlockRows + 1) == ErrorKind::bug);
  column.validity.assign(4, true);
  CHECK(kind(column, 4) == ErrorKind::bug);
  CHECK(kind(dictionary_column(Type::string, {"a"}, {1}), 1) == ErrorKind::bug);
  Column time = words_column(Type::time, {1, 2});
  time.forms.push_back(0);
  CHECK(kind(time, 2) == ErrorKind::bug);
}

TEST_CASE("encodings have names") {
  CHECK(encoding_name(Encoding::constant) == "constant");
  CHECK(encoding_name(Encoding::run_length) == "run-length");
  CHECK(encoding_name(Encoding::packed) == "packed");
  CHECK(encoding_name(Encoding::dictionary) == "dictionary");
  CHECK(encoding_name(Encoding::plain) == "plain");
  CHECK(encoding_name(Encoding::delta) == "delta");
  CHECK(encoding_name(Encoding::uuid) == "uuid");
  CHECK(encoding_name(Encoding::hex) == "hex");
  CHECK(encoding_name(Encoding::decimal) == "decimal");
  CHECK(encoding_name(static_cast<Encoding>(77)) == "unknown");
}
