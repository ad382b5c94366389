// Every way for a chunk or its directory entry to be corrupt.
#include <doctest/doctest.h>

#include "base/error.h"
#include "base/hash.h"
#include "codec/columns.h"
#include "codec/compress.h"

using namespace ev;
using namespace ev::test;

namespace {

constexpr Type kTypes[] = {Type::boolean, Type::int64, Type::uint64, Type::float64, Type::string,
                           Type::bytes,   Type::time,  Type::json,   Type::state};

template <class F>
std::string fault(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(error.place() == "here");
    return error.reason();
  }
  return "no fault";
}

/// Makes the entry agree with the stored bytes, so that the decoder itself meets them.
void agree(Chunk& chunk) {
  chunk.entry.stored_bytes = static_cast<uint32_t>(chunk.stored.size());
  if (chunk.entry.codec == Codec::none) chunk.entry.encoded_bytes = chunk.entry.stored_bytes;
  chunk.entry.checksum = checksum64(chunk.stored);
}
std::string decode_fault(Chunk chunk, uint32_t rows) {
  agree(chunk);
  // A copy exactly as long as its bytes: reads beyond it are seen by the address sanitizer.
  std::vector<uint8_t> exact(chunk.stored.begin(), chunk.stored.end());
  return fault([&] { decode_column(chunk.entry, exact, rows, "here"); });
}

void put_plain(Buffer& out, std::initializer_list<uint64_t> words) {
  put(out, uint32_t{5});
  put(out, static_cast<uint32_t>(words.size() * 8));
  for (uint64_t word : words) put(out, word);
}

std::string entry_fault_at(std::size_t offset, uint64_t value, std::size_t bytes, uint32_t rows = 3) {
  Buffer entry;
  write_chunk_entry(entry, encode(words_column(Type::int64, {1, 2, 3}), 3).entry);
  std::memcpy(&entry[offset], &value, bytes);
  ByteReader in(entry, "here");
  return fault([&] { read_chunk_entry(in, rows); });
}

}  // namespace

TEST_CASE("every way for a directory entry to be corrupt") {
  CHECK(entry_fault_at(0, 3, 2) == "no fault");
  CHECK(entry_fault_at(0, kMaxPaths, 2) == "a column has a path beyond the cap");
  CHECK(entry_fault_at(0, kLayoutChunkPath, 2) == "a column has no type");
  CHECK(entry_fault_at(2, 0, 1) == "a column has no type");
  CHECK(entry_fault_at(2, 10, 1) == "a column has an unknown type");
  CHECK(entry_fault_at(8, 4, 4) == "a column has more values than rows");
  CHECK(entry_fault_at(8, 2, 4) == "a column without a validity bitmap has nulls");
  CHECK(entry_fault_at(12, kMaxChunkBytes + 1, 4) == "a chunk is over its cap");
  CHECK(entry_fault_at(16, kMaxChunkBytes + 1, 4) == "a chunk is over its cap");
  CHECK(entry_fault_at(16, 1, 4) == "an uncompressed chunk has two sizes");
  CHECK(entry_fault_at(8, 3, 4, kMaxBlockRows + 1) == "a block has too many rows");
}

TEST_CASE("a row layout entry has no nulls") {
  Buffer out, entry;
  write_chunk_entry(entry, encode_row_layouts({}, 3, {}, out));
  ByteReader good(entry, "here");
  CHECK(fault([&] { read_chunk_entry(good, 3); }) == "no fault");
  entry[5] = kChunkHasValidity;
  ByteReader bad(entry, "here");
  CHECK(fault([&] { read_chunk_entry(bad, 3); }) == "the row layouts have nulls");
}

TEST_CASE("unknown encodings, codecs and reserved bits of an entry are kept or ignored until decoding") {
  CHECK(entry_fault_at(3, 99, 1) == "no fault");
  CHECK(entry_fault_at(4, 99, 1) == "no fault");
  CHECK(entry_fault_at(5, 0xf0, 1) == "no fault");
  CHECK(entry_fault_at(6, 0xffff, 2) == "no fault");
  CHECK(entry_fault_at(20, 0xffffffff, 4) == "no fault");
  Chunk chunk = encode(words_column(Type::int64, {1, 2, 3}), 3);
  chunk.entry.encoding = static_cast<Encoding>(99);
  CHECK(decode_fault(chunk, 3) == "a chunk has the unknown encoding 99");
  chunk.entry.encoding = Encoding::dictionary;
  CHECK(decode_fault(chunk, 3) == "a chunk has the unknown encoding 4");
  chunk = encode(words_column(Type::int64, {1, 2, 3}), 3);
  chunk.entry.codec = static_cast<Codec>(99);
  CHECK(decode_fault(chunk, 3) == "a chunk has the unknown codec 99");
}

TEST_CASE("zones where there is none are dropped") {
  ChunkEntry entry = encode(texts_column(Type::json, {"[]"}), 1).entry;
  entry.zone.present = true;
  Buffer bytes;
  write_chunk_entry(bytes, entry);
  ByteReader in(bytes, "here");
  CHECK(!read_chunk_entry(in, 1).zone.present);
}

TEST_CASE("the checksum and the sizes guard the bytes") {
  Chunk chunk = encode(words_column(Type::int64, {1, 2, 3}), 3);
  chunk.stored.back() ^= 1;
  CHECK(fault([&] { decode(chunk, 3); }) == "the checksum of a chunk does not hold");
  chunk.stored.push_back(0);
  CHECK(fault([&] { decode(chunk, 3); }) == "a chunk has another size than the directory says");
  CHECK(decode_fault(chunk, 3) == "1 byte too many");
  CHECK(decode_fault(chunk, 4) == "a column without a validity bitmap has nulls");
}

TEST_CASE("the directory and the sequence name the same encoding") {
  Chunk chunk = encode(words_column(Type::int64, {1, 1, 1}), 3);
  chunk.entry.encoding = Encoding::packed;
  CHECK(decode_fault(chunk, 3) == "a chunk has another encoding than the directory says");
}

TEST_CASE("a chunk without values is plain") {
  Chunk chunk = encode(words_column(Type::int64, {}), 0);
  chunk.entry.encoding = Encoding::constant;
  CHECK(decode_fault(chunk, 0) == "a chunk without values is not plain");
}

TEST_CASE("a bool is 0 or 1") {
  Chunk chunk = encode(words_column(Type::int64, {0, 2, 1}), 3);
  chunk.entry.type = Type::boolean;
  CHECK(decode_fault(chunk, 3) == "a bool is neither false nor true");
}

TEST_CASE("a time has a known form") {
  Column column = words_column(Type::time, {1, 2, 3});
  for (uint32_t form : {5u, 15u, 10u << 4, 5u << 11, 7u << 11}) {
    column.forms.clear();
    column.form = form;
    CHECK(decode_fault(encode(column, 3), 3) == "a time has an unknown form");
    column.form = 0;
    column.forms.assign(3, 0);
    column.forms[1] = form;
    CHECK(decode_fault(encode(column, 3), 3) == "a time has an unknown form");
  }
}

TEST_CASE("a validity bitmap has as many bits as there are values, and none beyond the rows") {
  Column column = words_column(Type::int64, {1, 2});
  column.validity.assign(5, false);
  column.validity.set(1);
  column.validity.set(4);
  Chunk chunk = encode(column, 5);
  CHECK(decode_fault(chunk, 5) == "no fault");
  chunk.stored[0] = 0b01010;
  CHECK(decode_fault(chunk, 5) == "no fault");
  chunk.stored[0] = 0b01011;
  CHECK(decode_fault(chunk, 5) == "a validity bitmap has another number of values than it should");
  chunk.stored[0] = 0b100010;
  CHECK(decode_fault(chunk, 5) == "a validity bitmap goes on beyond the rows");
}

TEST_CASE("every way for texts to be corrupt") {
  SUBCASE("constant longer than the chunk") {
    Chunk chunk = text_chunk(Encoding::constant, 2);
    put(chunk.stored, uint32_t{4});
    put_text(chunk.stored, "abc");
    CHECK(decode_fault(chunk, 2) == "ends early");
    chunk.stored[0] = 2;
    CHECK(decode_fault(chunk, 2) == "1 byte too many");
    chunk.stored[0] = 3;
    CHECK(decode_fault(chunk, 2) == "no fault");
  }
  SUBCASE("lengths that do not add up") {
    Chunk chunk = text_chunk(Encoding::plain, 2);
    put_plain(chunk.stored, {1, 2});
    put(chunk.stored, uint32_t{4});
    put_text(chunk.stored, "abcd");
    CHECK(decode_fault(chunk, 2) == "the lengths of the texts do not add up");
  }
  SUBCASE("lengths that add up modulo 2^32 only") {
    Chunk chunk = text_chunk(Encoding::plain, 3);
    put_plain(chunk.stored, {0xffffffff, 0xffffffff, 5});
    put(chunk.stored, uint32_t{3});
    put_text(chunk.stored, "abc");
    CHECK(decode_fault(chunk, 3) == "the lengths of the texts do not add up");
  }
  SUBCASE("fewer bytes than the texts have") {
    Chunk chunk = text_chunk(Encoding::plain, 1);
    put_plain(chunk.stored, {0xfffffff0});
    put(chunk.stored, uint32_t{0xfffffff0});
    CHECK(decode_fault(chunk, 1) == "ends early");
  }
  SUBCASE("a dictionary of more texts than values") {
    Chunk chunk = text_chunk(Encoding::dictionary, 1);
    put(chunk.stored, uint32_t{2});
    CHECK(decode_fault(chunk, 1) == "a dictionary has more texts than there are values");
  }
  SUBCASE("a number beyond the dictionary") {
    for (uint64_t code : {1, 2}) {
      Chunk chunk = text_chunk(Encoding::dictionary, 2);
      put(chunk.stored, uint32_t{2});
      put_plain(chunk.stored, {1, 1});
      put(chunk.stored, uint32_t{2});
      put_text(chunk.stored, "ab");
      put_plain(chunk.stored, {0, code});
      CHECK(decode_fault(chunk, 2) == (code == 1 ? "no fault" : "a value has a number beyond the dictionary"));
    }
  }
  SUBCASE("runs") {
    auto runs = [](uint32_t count, uint64_t first, uint64_t second) {
      Chunk chunk = text_chunk(Encoding::run_length, 5);
      put(chunk.stored, count);
      put_plain(chunk.stored, {first, second});
      put_plain(chunk.stored, {1, 1});
      put(chunk.stored, uint32_t{2});
      put_text(chunk.stored, "ab");
      return decode_fault(chunk, 5);
    };
    CHECK(runs(2, 4, 1) == "no fault");
    CHECK(runs(6, 4, 1) == "more runs than values");
    CHECK(runs(2, 5, 0) == "run lengths do not add up");
    CHECK(runs(2, 5, 1) == "run lengths do not add up");
    CHECK(runs(2, 0xffffffff, 6) == "run lengths do not add up");
  }
}

TEST_CASE("every way for a zstd frame to be corrupt") {
  Column column = texts_column(Type::string, {std::string(3000, 'a') + "b" + std::string(2000, 'c')});
  Chunk good = encode(column, 1, {Codec::zstd, 3});
  REQUIRE(good.entry.codec == Codec::zstd);
  SUBCASE("no frame") {
    good.stored[0] ^= 1;
    CHECK(decode_fault(good, 1) == "is no zstd frame");
    good.stored.resize(3);
    CHECK(decode_fault(good, 1) == "is no zstd frame");
  }
  SUBCASE("a skippable frame") {
    store(&good.stored[0], uint32_t{0x184d2a50});
    CHECK(decode_fault(good, 1) == "is no zstd frame");
  }
  SUBCASE("another size than the directory says") {
    good.entry.encoded_bytes++;
    CHECK(decode_fault(good, 1) == "the zstd frame has another size than the directory says");
  }
  SUBCASE("cut short") {
    good.stored.resize(good.stored.size() - 1);
    CHECK(decode_fault(good, 1) == "is not one zstd frame");
  }
  SUBCASE("two frames, or bytes behind one") {
    good.stored.append(Buffer(good.stored));
    CHECK(decode_fault(good, 1) == "is not one zstd frame");
  }
  SUBCASE("a size that its bytes cannot reach") {
    // A frame without a content size, window of 1 MiB, one empty last block.
    const std::vector<uint8_t> frame{0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x50, 0x01, 0x00, 0x00};
    Buffer out;
    CHECK(fault([&] { zstd_decompress(frame, kMaxChunkBytes, out, "here"); }) ==
          "is too short for the size that it says");
    CHECK(out.capacity() == 0);
    CHECK(fault([&] { zstd_decompress(frame, 10, out, "here"); }) ==
          "the zstd frame has another size than the directory says");
  }
}

TEST_CASE("every prefix of a chunk is refused") {
  std::mt19937_64 random(6);
  for (Type type : kTypes)
    for (int round = 0; round < 8; round++) {
      Column column = random_column(type, 40, random);
      Chunk chunk = encode(column, 40, {round % 2 ? Codec::zstd : Codec::none, 3});
      for (std::size_t cut = 0; cut < chunk.stored.size(); cut++) {
        Chunk prefix{chunk.entry, {}};
        prefix.stored.append(chunk.stored.span().first(cut));
        CAPTURE(cut);
        REQUIRE(decode_fault(prefix, 40) != "no fault");
      }
    }
}

TEST_CASE("a flipped bit never passes the checksum, and behind it never does more than change values") {
  std::mt19937_64 random(7);
  int survived = 0, refused = 0;
  for (Type type : kTypes)
    for (int round = 0; round < 12; round++) {
      Column column = random_column(type, 40, random);
      Chunk chunk = encode(column, 40, {round % 4 ? Codec::none : Codec::zstd, 3});
      for (std::size_t i = 0; i < chunk.stored.size(); i++) {
        const uint8_t before = chunk.stored[i];
        chunk.stored[i] = static_cast<uint8_t>(before ^ (round % 3 == 0 ? 0xff : 1 << random() % 8));
        REQUIRE(fault([&] { decode(chunk, 40); }) == "the checksum of a chunk does not hold");
        Chunk flipped = chunk;
        agree(flipped);
        std::vector<uint8_t> exact(flipped.stored.begin(), flipped.stored.end());
        std::string what = fault([&] {
          Column back = decode_column(flipped.entry, exact, 40, "here");
          REQUIRE(back.size() == flipped.entry.values);
          REQUIRE(rows_of(back, 40).size() == 40);
        });
        (what == "no fault" ? survived : refused)++;
        chunk.stored[i] = before;
      }
    }
  CHECK(survived > 0);
  CHECK(refused > 0);
}
