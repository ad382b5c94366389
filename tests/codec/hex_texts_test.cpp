// Lists of texts in uuid and hex: what they restore, what they leave alone, and every way for them to be corrupt.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "base/hash.h"
#include "codec/columns.h"

using namespace ev;
using namespace ev::test;

namespace {

using Strings = std::vector<std::string>;

std::string digits(std::mt19937_64& random, std::size_t count, const char* of = "0123456789abcdef") {
  std::string text;
  for (std::size_t i = 0; i < count; i++) text += of[random() % 16];
  return text;
}
std::string uuid(std::mt19937_64& random, const char* of = "0123456789abcdef") {
  std::string text = digits(random, 32, of);
  for (std::size_t at : {8, 13, 18, 23}) text.insert(at, "-");
  return text;
}
constexpr const char* kUpper = "0123456789ABCDEF";

template <class Make>
Strings many(std::size_t count, Make make) {
  Strings texts;
  for (std::size_t i = 0; i < count; i++) texts.push_back(make(i));
  return texts;
}

/// Encodes plain texts, checks that they come back, and returns the encoding.
Encoding check_round_trip(const Strings& texts, Compression compression = {}) {
  const auto rows = static_cast<uint32_t>(texts.size());
  const Chunk chunk = encode(texts_column(Type::string, texts), rows, compression);
  const Column back = decode(chunk, rows);
  REQUIRE(back.size() == rows);
  for (uint32_t i = 0; i < rows; i++) REQUIRE(back.text(i) == texts[i]);
  return chunk.entry.encoding;
}

void put_list(Buffer& out, uint8_t encoding, uint8_t flags, const Buffer& body) {
  put(out, encoding);
  put(out, flags);
  put(out, uint16_t{0});
  put(out, static_cast<uint32_t>(body.size()));
  out.append(body);
}
void put_plain(Buffer& out, const std::vector<uint64_t>& words) {
  put(out, uint32_t{5});
  put(out, static_cast<uint32_t>(words.size() * 8));
  for (uint64_t word : words) put(out, word);
}
Buffer hex_body(std::string_view prefix, const std::vector<uint64_t>& lengths, uint32_t together,
                const std::vector<uint8_t>& bytes) {
  Buffer body;
  put(body, static_cast<uint8_t>(prefix.size()));
  put_text(body, prefix);
  put_plain(body, lengths);
  put(body, together);
  body.append(bytes);
  return body;
}
Buffer counted(std::size_t count) {
  Buffer bytes;
  for (std::size_t i = 0; i < count; i++) bytes.push_back(static_cast<uint8_t>(i * 0x11));
  return bytes;
}
Chunk list_chunk(Encoding encoding, uint32_t values, uint8_t flags, const Buffer& body) {
  Chunk chunk = text_chunk(encoding, values);
  put_list(chunk.stored, static_cast<uint8_t>(encoding), flags, body);
  return chunk;
}

Column decoded(Chunk chunk) {
  chunk.entry.encoded_bytes = chunk.entry.stored_bytes = static_cast<uint32_t>(chunk.stored.size());
  chunk.entry.checksum = checksum64(chunk.stored);
  const std::vector<uint8_t> exact(chunk.stored.begin(), chunk.stored.end());
  return decode_column(chunk.entry, exact, chunk.entry.values, "here");
}
std::string fault(const Chunk& chunk) {
  try {
    decoded(chunk);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(error.place() == "here");
    return error.reason();
  }
  return "no fault";
}

}  // namespace

TEST_CASE("uuid and hex bytes written by hand from the specification are read") {
  CHECK(decoded(list_chunk(Encoding::uuid, 1, 0, counted(16))).text(0) == "00112233-4455-6677-8899-aabbccddeeff");
  CHECK(decoded(list_chunk(Encoding::uuid, 1, 1, counted(16))).text(0) == "00112233-4455-6677-8899-AABBCCDDEEFF");
  const Column back = decoded(list_chunk(Encoding::hex, 3, 0, hex_body("0x", {2, 0, 1}, 3, {0x01, 0xaf, 0xfa})));
  CHECK(back.text(0) == "0x01af");
  CHECK(back.text(1) == "0x");
  CHECK(back.text(2) == "0xfa");
  CHECK(decoded(list_chunk(Encoding::hex, 1, 0xff, hex_body("", {2}, 2, {0x01, 0xaf}))).text(0) == "01AF");
}

TEST_CASE("uuids of one case take 16 bytes each") {
  std::mt19937_64 random(1);
  for (const char* of : {"0123456789abcdef", kUpper, "0123456789012345"})
    for (std::size_t count : {2, 3, 500, 65536}) {
      const Strings texts = many(count, [&](std::size_t) { return uuid(random, of); });
      const auto rows = static_cast<uint32_t>(count);
      const Chunk chunk = encode(texts_column(Type::string, texts), rows);
      CHECK(chunk.entry.encoding == Encoding::uuid);
      CHECK(chunk.stored.size() == 8 + 16 * count);
      CHECK(check_round_trip(texts) == Encoding::uuid);
    }
}

TEST_CASE("one text that is no such uuid, wherever it stands") {
  std::mt19937_64 random(2);
  const Strings good = many(65536, [&](std::size_t) { return uuid(random); });
  for (std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{32768}, std::size_t{65535}, random() % 65536}) {
    auto changed = [&](std::string text) {
      Strings texts = good;
      texts[at] = std::move(text);
      return check_round_trip(texts);
    };
    std::string text = "25329e80-006d-4e9e-8a40-b5f489885134";
    CHECK(changed(text) == Encoding::uuid);
    CHECK(changed("25329e80-006d-4e9e-8a40-b5f48988513") == Encoding::plain);
    CHECK(changed("25329e80-006d-4e9e-8a40-b5f4898851340") == Encoding::plain);
    CHECK(changed("") == Encoding::plain);
    CHECK(changed("25329E80-006d-4e9e-8a40-b5f489885134") == Encoding::plain);
    CHECK(changed("25329e80-006d-4e9e-8a40-b5f48988513G") == Encoding::plain);
    CHECK(changed("25329e80-006d-4e9e-8a40-b5f48988513\xff") == Encoding::plain);
    CHECK(changed("25329e80-006d-4e9e-8a40+b5f489885134") == Encoding::plain);
    CHECK(changed("25329e800-06d-4e9e-8a40-b5f489885134") == Encoding::plain);
  }
  // Two lengths that make up for each other.
  Strings texts = good;
  texts[5] += "0";
  texts[6].pop_back();
  CHECK(check_round_trip(texts) == Encoding::plain);
}

TEST_CASE("every character at every place of a uuid: what is not restored is not taken") {
  std::mt19937_64 random(3);
  const std::string good = uuid(random);
  for (std::size_t at = 0; at < good.size(); at++)
    for (int c = 0; c < 256; c++) {
      std::string text = good;
      text[at] = static_cast<char>(c);
      check_round_trip({good, text, good, good});
    }
}

TEST_CASE("uuids in dictionaries and runs are held as such") {
  std::mt19937_64 random(4);
  const Strings texts = many(100, [&](std::size_t) { return uuid(random); });
  std::vector<uint32_t> codes, sorted;
  for (uint32_t i = 0; i < 1000; i++) {
    codes.push_back(i < 100 ? i : static_cast<uint32_t>(random() % 100));
    sorted.push_back(i / 10);
  }
  for (const auto& c : {codes, sorted}) {
    const Column column = dictionary_column(Type::string, texts, c);
    const Chunk chunk = encode(column, 1000);
    CHECK(chunk.entry.encoding == (c == sorted ? Encoding::run_length : Encoding::dictionary));
    CHECK(chunk.stored.size() < 100 * 16 + 1000 + 100);
    CHECK(rows_of(decode(chunk, 1000), 1000) == rows_of(column, 1000));
  }
}

TEST_CASE("hex texts of one case take half the bytes") {
  std::mt19937_64 random(5);
  for (const char* of : {"0123456789abcdef", kUpper})
    for (const char* prefix : {"", "0x", "0X", "sha256:", "sixteen-letters:"})
      for (std::size_t length : {8, 10, 32, 34, 40, 64, 66, 130}) {
        CAPTURE(prefix);
        CAPTURE(length);
        const Strings texts = many(200, [&](std::size_t) { return prefix + digits(random, length, of); });
        CHECK(check_round_trip(texts) == Encoding::hex);
        const Chunk chunk = encode(texts_column(Type::bytes, texts), 200);
        CHECK(chunk.stored.size() == 8 + 1 + std::string(prefix).size() + 16 + 4 + 200 * length / 2);
      }
  const Strings mixed = many(300, [&](std::size_t i) { return digits(random, 2 * (i % 40)); });
  CHECK(check_round_trip(mixed) == Encoding::hex);
  CHECK(check_round_trip(mixed, {Codec::zstd, 3}) == Encoding::hex);
  CHECK(check_round_trip(many(65536, [&](std::size_t) { return "0x" + digits(random, 40); })) == Encoding::hex);
}

TEST_CASE("texts that are not all hex in one case stay plain") {
  std::mt19937_64 random(6);
  const Strings good = many(5000, [&](std::size_t) { return "0x" + digits(random, 40); });
  for (std::size_t at : {std::size_t{0}, std::size_t{1}, std::size_t{2500}, std::size_t{4999}, random() % 5000})
    for (const char* other :
         {"0X25329e80006d4e9e8a40b5f489885134", "0x25329e80006d4e9e8a40b5f48988513",
          "0x25329E80006d4e9e8a40b5f489885134", "0x25329e80006d4e9e8a40b5f48988513g",
          "25329e80006d4e9e8a40b5f489885134", "0", "", "0x 2", "0x25329e80006d4e9e8a40b5f48988513\xe9"}) {
      CAPTURE(other);
      Strings texts = good;
      texts[at] = other;
      CHECK(check_round_trip(texts) == Encoding::plain);
    }
  Strings texts = good;
  texts[77] = "0x";
  CHECK(check_round_trip(texts) == Encoding::hex);
  CHECK(check_round_trip(many(200, [&](std::size_t) { return digits(random, 4); })) == Encoding::plain);
  CHECK(check_round_trip(many(200, [&](std::size_t) { return digits(random, 41); })) == Encoding::plain);
  CHECK(check_round_trip(many(200, [&](std::size_t) { return "seventeen-letters" + digits(random, 40); })) ==
        Encoding::plain);
  CHECK(check_round_trip({"", "x", "", "yy"}) == Encoding::plain);
}

TEST_CASE("every character at every place of hex texts: what is not restored is not taken") {
  std::mt19937_64 random(7);
  const std::string good = digits(random, 38);
  for (std::size_t at = 0; at < good.size(); at++)
    for (int c = 0; c < 256; c++) {
      std::string text = good;
      text[at] = static_cast<char>(c);
      check_round_trip({good, text, good});
      check_round_trip({text, good, good});
    }
}

TEST_CASE("smallest and largest value are those of the texts") {
  const Chunk chunk = encode(
      texts_column(Type::string, {"25329e80-006d-4e9e-8a40-b5f489885134", "05329e80-006d-4e9e-8a40-b5f489885134"}), 2);
  REQUIRE(chunk.entry.encoding == Encoding::uuid);
  CHECK(std::string(chunk.entry.zone.min.begin(), chunk.entry.zone.min.end()) == "05329e80-006d-4e");
  CHECK(std::string(chunk.entry.zone.max.begin(), chunk.entry.zone.max.end()) == "25329e80-006d-4e");
  CHECK(!chunk.entry.zone.min_exact);
}

TEST_CASE("every way for uuids to be corrupt") {
  CHECK(fault(list_chunk(Encoding::uuid, 2, 0, counted(32))) == "no fault");
  CHECK(fault(list_chunk(Encoding::uuid, 2, 0, counted(31))) == "uuids have another length than they say");
  CHECK(fault(list_chunk(Encoding::uuid, 2, 0, counted(48))) == "uuids have another length than they say");
  Chunk chunk = list_chunk(Encoding::uuid, 2, 0, counted(32));
  chunk.stored.resize(39);
  CHECK(fault(chunk) == "a list of texts ends early");
  chunk.stored.resize(42);
  CHECK(fault(chunk) == "2 bytes too many");
  for (std::size_t cut = 0; cut < 40; cut++) {
    Chunk prefix = list_chunk(Encoding::uuid, 2, 0, counted(32));
    prefix.stored.resize(cut);
    CHECK(fault(prefix) != "no fault");
  }
  chunk = list_chunk(Encoding::uuid, 2, 0, counted(32));
  for (Encoding other : {Encoding::plain, Encoding::hex}) {
    chunk.entry.encoding = other;
    CHECK(fault(chunk) == "a chunk has another encoding than the directory says");
  }
  chunk.entry.encoding = Encoding::uuid;
  chunk.entry.type = Type::int64;
  CHECK(fault(chunk) == "a chunk has the unknown encoding 7");
  CHECK(fault(list_chunk(Encoding::uuid, 0, 0, counted(0))) == "a chunk without values is not plain");
  Chunk plain = text_chunk(Encoding::uuid, 1);
  put_plain(plain.stored, {1});
  put(plain.stored, uint32_t{1});
  put_text(plain.stored, "a");
  CHECK(fault(plain) == "a chunk has another encoding than the directory says");
}

TEST_CASE("every way for hex texts to be corrupt") {
  auto hex = [](const Buffer& body, uint32_t values = 2) { return fault(list_chunk(Encoding::hex, values, 0, body)); };
  CHECK(hex(hex_body("0x", {1, 2}, 3, {1, 2, 3})) == "no fault");
  CHECK(hex(hex_body("0123456789abcdef", {1, 2}, 3, {1, 2, 3})) == "no fault");
  CHECK(hex(hex_body("0123456789abcdefg", {1, 2}, 3, {1, 2, 3})) == "a prefix is over 16 bytes");
  CHECK(hex(hex_body("0x", {1, 2}, 4, {1, 2, 3, 4})) == "the lengths of the texts do not add up");
  CHECK(hex(hex_body("0x", {1, 2}, 2, {1, 2})) == "the lengths of the texts do not add up");
  CHECK(hex(hex_body("", {0xffffffff, 4}, 3, {1, 2, 3})) == "the lengths of the texts do not add up");
  CHECK(hex(hex_body("", {0xfffffff0}, 0xfffffff0, {1}), 1) == "ends early");
  CHECK(hex(hex_body("", {1, 2}, 3, {1, 2, 3, 4})) == "a list of texts has another length than it says");
  Buffer huge;
  put(huge, uint8_t{1});
  put_text(huge, "x");
  put_plain(huge, {uint64_t{36} << 20});
  put(huge, uint32_t{36} << 20);
  std::memset(huge.extend(36 << 20), 0, 36 << 20);
  CHECK(hex(huge, 1) == "a list of texts is over its cap");
  const Buffer good = hex_body("0x", {1, 2}, 3, {1, 2, 3});
  for (std::size_t cut = 0; cut < good.size(); cut++) {
    Buffer body;
    body.append(good.span().first(cut));
    CHECK(hex(body) != "no fault");
  }
  Chunk chunk = list_chunk(Encoding::hex, 2, 0, good);
  chunk.stored[1] = 0xfe;  // reserved
  chunk.stored[2] = chunk.stored[3] = 0xff;
  CHECK(fault(chunk) == "no fault");
}
