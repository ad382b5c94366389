#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <random>
#include <vector>

#include "base/error.h"
#include "base/pod_vector.h"
#include "io/input.h"
#include "io/temp_folder.h"

using namespace ev;

namespace {

std::string sample(std::size_t n) {
  std::mt19937_64 random(n);
  std::string text;
  while (text.size() < n) text += "{\"id\":" + std::to_string(random() % 100000) + ",\"x\":\"abc\"}\n";
  text.resize(n);
  return text;
}

/// Compressed by the programs that people use, not by the library under test.
std::string compressed(const char* program, const std::string& text) {
  TempFolder folder;
  std::string from = folder.file("in", text), to = folder / "out";
  REQUIRE(std::system((std::string(program) + " < " + from + " > " + to).c_str()) == 0);
  return TempFolder::content(to);
}

struct Result {
  std::string text;
  int exit = 0;
  std::string message;
  uint64_t consumed = 0;
};

Result decompressed(const std::string& bytes, std::size_t piece = 4096) {
  FileCompression how = detect_compression(as_bytes(bytes));
  auto input = decompress(memory_input("f", bytes), how);
  Result result;
  std::string buffer(piece, '\0');
  try {
    while (std::size_t n = input->read({reinterpret_cast<uint8_t*>(buffer.data()), piece}))
      result.text.append(buffer, 0, n);
    uint8_t more[1];
    CHECK(input->read(more) == 0);  // the end stays the end
  } catch (const Error& e) {
    result.exit = exit_code(e.kind());
    result.message = e.what();
    CHECK_THROWS_AS(input->read({reinterpret_cast<uint8_t*>(buffer.data()), piece}), Error);  // and an error an error
  }
  result.consumed = input->consumed();
  return result;
}

constexpr const char* kPrograms[] = {"gzip -c", "zstd -qc", "zstd -qc --no-check"};

}  // namespace

TEST_CASE("the first bytes tell the compression") {
  auto how = [](std::string_view first) { return detect_compression(as_bytes(first)); };
  CHECK(how("\x1f\x8b\x08") == FileCompression::gzip);
  CHECK(how("\x28\xb5\x2f\xfd") == FileCompression::zstd);
  CHECK(how("\x5a\x2a\x4d\x18") == FileCompression::zstd);
  CHECK(how("\x28\xb5\x2f") == FileCompression::none);
  CHECK(how("\x1f") == FileCompression::none);
  CHECK(how("") == FileCompression::none);
  CHECK(how("{\"a\":1}") == FileCompression::none);
  CHECK(how("(\xb5/x") == FileCompression::none);
}

TEST_CASE("what programs compressed comes back, at any size of read") {
  for (std::size_t size : {0, 1, 1000, 700000}) {
    std::string text = sample(size);
    for (std::string program : kPrograms) {
      std::string bytes = compressed(program.c_str(), text);
      for (std::size_t piece : {1, 7, 4096, 1 << 20}) {
        if (piece < 100 && size > 1000) continue;
        CAPTURE(program);
        CAPTURE(size);
        CAPTURE(piece);
        Result r = decompressed(bytes, piece);
        CHECK(r.message.empty());
        CHECK((r.text == text));
        CHECK(r.consumed == bytes.size());
      }
    }
  }
}

TEST_CASE("members and frames one after the other are one text") {
  std::string a = sample(5000), b = sample(300), c = sample(0);
  for (std::string program : kPrograms) {
    CAPTURE(program);
    auto part = [&](const std::string& text) { return compressed(program.c_str(), text); };
    Result r = decompressed(part(a) + part(c) + part(b) + part(c));
    CHECK(r.message.empty());
    CHECK((r.text == a + b));
  }
}

TEST_CASE("zeros after gzip are padding, anything else is damage") {
  std::string gz = compressed("gzip -c", "hello\n");
  CHECK(decompressed(gz + std::string(1000, '\0')).text == "hello\n");
  CHECK(decompressed(gz + std::string(1000, '\0')).exit == 0);
  for (std::string tail :
       {std::string("x"), std::string("\0\0x", 3), std::string("\0", 1) + gz, std::string("\x1f\x8c", 2)}) {
    Result r = decompressed(gz + tail);
    CHECK(r.text == "hello\n");
    CHECK(r.exit == 65);
  }
}

TEST_CASE("skippable zstd frames are skipped, garbage after a frame is damage") {
  std::string frame = compressed("zstd -qc", "hello\n"), skip("\x53\x2a\x4d\x18\x03\0\0\0abc", 11);
  CHECK(decompressed(skip + frame + skip + frame + skip).text == "hello\nhello\n");
  CHECK(decompressed(skip + frame + skip).exit == 0);
  Result r = decompressed(frame + "garbage");
  CHECK(r.text == "hello\n");
  CHECK(r.exit == 65);
  CHECK(r.message.find("followed by other bytes") != std::string::npos);
  CHECK(decompressed(skip.substr(0, 9)).exit == 76);
}

TEST_CASE("every cut gives the bytes before it and then exit 76") {
  std::string text = sample(3000);
  for (std::string program : kPrograms) {
    std::string bytes = compressed(program.c_str(), text);
    for (std::size_t n = 4; n < bytes.size(); n++) {
      CAPTURE(program);
      CAPTURE(n);
      Result r = decompressed(bytes.substr(0, n), 512);
      REQUIRE(r.exit == 76);
      REQUIRE((text.starts_with(r.text)));
      REQUIRE(r.message.find(std::to_string(r.text.size()) + " bytes before it were read") != std::string::npos);
    }
    // What was cut off at the end only held the checksum: all the text was given.
    if (program == "gzip -c") CHECK((decompressed(bytes.substr(0, bytes.size() - 1)).text == text));
  }
}

TEST_CASE("no flipped bit is believed") {
  std::string text = sample(2000);
  for (std::string program : {"gzip -c", "zstd -qc"}) {
    std::string bytes = compressed(program.c_str(), text);
    // The first 10 bytes of gzip hold flags and a time that do not matter to the content.
    for (std::size_t at = program == "gzip -c" ? 10 : 4; at < bytes.size(); at++) {
      std::string bad = bytes;
      bad[at] = static_cast<char>(bad[at] ^ (1 << at % 8));
      CAPTURE(program);
      CAPTURE(at);
      Result r = decompressed(bad);
      REQUIRE((r.exit == 65 || r.exit == 76 || r.text == text));
      if (r.text != text) REQUIRE(r.exit != 0);
    }
  }
}

TEST_CASE("an empty file is no compressed file") {
  auto gzip = decompress(memory_input("f", ""), FileCompression::gzip);
  auto zstd = decompress(memory_input("f", ""), FileCompression::zstd);
  uint8_t byte[1];
  for (Input* input : {gzip.get(), zstd.get()}) {
    try {
      input->read(byte);
      FAIL_CHECK("taken");
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::truncated);
    }
  }
}

TEST_CASE("a window beyond the limit is refused with the remedy") {
  // A frame header that asks for a window of 2 GiB.
  Result r = decompressed(std::string("\x28\xb5\x2f\xfd\x00\xa8\x01\x00\x00", 9));
  CHECK(r.exit == 65);
  CHECK(r.message.find("--long") != std::string::npos);
}

TEST_CASE("a stop passes through and is no truncation") {
  TempFolder folder;
  std::string path = folder.file("a.zst", compressed("zstd -qc", sample(900000)));
  int reads = 0;
  auto input = decompress(open_input(path, {[&] { return ++reads > 0; }, -1}), FileCompression::zstd);
  std::vector<uint8_t> buffer(1 << 20);
  CHECK(input->read(buffer) == 0);
  CHECK(input->stopped());
  input->ignore_stop();
  std::size_t all = 0;
  while (std::size_t n = input->read(buffer)) all += n;
  CHECK(all == 900000);
}

TEST_CASE("what a live producer flushed arrives before the file ends") {
  TempFolder folder;
  REQUIRE(::mkfifo((folder / "p").c_str(), 0600) == 0);
  std::string whole = compressed("zstd -qc", "first line\n"),
              half = compressed("zstd -qc", "second line\n").substr(0, 8);
  auto input = decompress(open_input(folder / "p"), FileCompression::zstd);
  int writer = ::open((folder / "p").c_str(), O_WRONLY);
  std::string sent = whole + half;
  REQUIRE(::write(writer, sent.data(), sent.size()) == static_cast<ssize_t>(sent.size()));
  std::vector<uint8_t> buffer(1 << 16);
  std::size_t n = input->read(buffer);
  CHECK(as_text({buffer.data(), n}) == "first line\n");
  CHECK_FALSE(input->ready(std::chrono::milliseconds(1)));
  ::close(writer);
  CHECK(input->ready(std::chrono::seconds(10)));
  CHECK_THROWS_AS(input->read(buffer), Error);
}
