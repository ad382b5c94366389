// Streams that were cut, flipped, overwritten or rearranged: never accepted, never wrong rows before the error.
#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "base/text.h"
#include "stream/reseal.h"
#include "stream/sample_events.h"

namespace ev {
namespace {

/// What a reader saw of a stream, without decoding: cheap enough for each of 65,536 prefixes.
struct Sight {
  std::vector<uint64_t> bodies;  // checksums of the blocks before the error
  std::optional<ErrorKind> error;
};

Sight look_at(std::unique_ptr<Input> input) {
  Sight sight;
  StreamReader reader(std::move(input), {});
  try {
    while (auto block = reader.next()) sight.bodies.push_back(checksum64(block->body));
  } catch (const Error& error) {
    sight.error = error.kind();
  }
  return sight;
}

template <class T>
bool is_prefix(const std::vector<T>& part, const std::vector<T>& whole) {
  return part.size() <= whole.size() && std::equal(part.begin(), part.end(), whole.begin());
}

/// Ends of the blocks, as offsets.
std::vector<std::size_t> block_ends(const std::string& stream) {
  std::vector<std::size_t> ends;
  for (const RecordAt& record : records_of(stream))
    if (record.type == 'B') ends.push_back(record.offset + record.bytes);
  return ends;
}

/// A file of its own that goes with it.
struct ScratchFile {
  std::string path = (std::filesystem::temp_directory_path() / concat("ev-stream-test-", ::getpid())).string();
  explicit ScratchFile(const std::string& bytes) { std::ofstream(path, std::ios::binary) << bytes; }
  ~ScratchFile() { std::filesystem::remove(path); }
};

/// Checks prefixes of the large sample, longest first; `open(length)` gives the input.
template <class Open>
void check_prefixes(Open&& open) {
  const std::string& stream = large_sample();
  const Sight whole = look_at(memory_input("whole", stream));
  REQUIRE(!whole.error);
  const std::vector<std::size_t> ends = block_ends(stream);
  std::size_t blocks = ends.size();
  for (std::size_t length = stream.size(); length-- > 0;) {
    while (blocks > 0 && ends[blocks - 1] > length) blocks--;
    Sight sight = look_at(open(length));
    bool right =
        sight.error == ErrorKind::truncated && sight.bodies.size() == blocks && is_prefix(sight.bodies, whole.bodies);
    if (!right) FAIL("prefix of ", length, " bytes");
  }
}

uint64_t damage_cases() {
  const char* wanted = std::getenv("EV_DAMAGE_CASES");
  return wanted ? std::strtoull(wanted, nullptr, 10) : 10000;
}

/// The bytes of the n-th record of a type.
RecordAt record(const std::string& stream, char type, std::size_t n = 0) {
  for (const RecordAt& found : records_of(stream))
    if (found.type == type && n-- == 0) return found;
  throw std::out_of_range("no such record");
}
std::string bytes_of(const std::string& stream, const RecordAt& at) {
  return stream.substr(at.offset, at.bytes);
}

}  // namespace

TEST_CASE("the samples are what the damage tests need") {
  CHECK(records_of(large_sample()).size() == 15);
  CHECK(large_sample().size() > 60000);
  CHECK(large_sample().size() < 75000);
  CHECK(records_of(small_sample()).size() == 7);
  CHECK(small_sample().size() > 6000);
  CHECK(small_sample().size() < 12000);
  CHECK(!read_all(large_sample()).error);
  CHECK(!read_all(small_sample()).error);
}

TEST_CASE("every prefix in memory is truncated") {
  check_prefixes([](std::size_t length) { return memory_input("prefix", large_sample().substr(0, length)); });
}

TEST_CASE("every prefix of a file is truncated") {
  ScratchFile file(large_sample());
  check_prefixes([&](std::size_t length) {
    REQUIRE(::truncate(file.path.c_str(), static_cast<off_t>(length)) == 0);
    return open_input(file.path);
  });
}

TEST_CASE("prefixes of a pipe are truncated, and the rows before the cut are those of the stream") {
  const std::vector<std::string> rows = read_all(large_sample()).rows;
  REQUIRE(rows.size() == 12 * kLargeBlockRows);
  std::vector<std::size_t> lengths;
  for (const RecordAt& at : records_of(large_sample()))
    for (std::size_t near : {0, 1, 2, 191, 192, 193}) lengths.push_back(at.offset + near);
  for (std::size_t length = 0; length < large_sample().size(); length += 397) lengths.push_back(length);
  for (std::size_t length : lengths) {
    if (length >= large_sample().size()) continue;
    Outcome outcome = read_all(trickle_input(large_sample().substr(0, length), 4096));
    INFO("length ", length);
    CHECK(outcome.error == ErrorKind::truncated);
    CHECK(is_prefix(outcome.rows, rows));
  }
}

TEST_CASE("every prefix is truncated for a reader of few columns") {
  ReadOptions options;
  options.projection = {false, {"kind"}};
  for (std::size_t length = 0; length < large_sample().size(); length += 61)
    REQUIRE(read_all(large_sample().substr(0, length), options).error == ErrorKind::truncated);
}

TEST_CASE("every flipped bit is noticed") {
  std::string stream = small_sample();
  const std::vector<std::string> rows = read_all(stream).rows;
  for (std::size_t bit = 0; bit < stream.size() * 8; bit++) {
    char kept = stream[bit / 8];
    stream[bit / 8] = static_cast<char>(kept ^ 1 << bit % 8);
    Outcome outcome = read_all(stream);
    bool right =
        (outcome.error == ErrorKind::corrupt || outcome.error == ErrorKind::truncated) && is_prefix(outcome.rows, rows);
    if (!right) FAIL("bit ", bit % 8, " of byte ", bit / 8);
    stream[bit / 8] = kept;
  }
}

TEST_CASE("random overwrites are noticed") {
  const std::vector<std::string> rows = read_all(small_sample()).rows;
  uint64_t state = 1;
  for (uint64_t i = 0; i < damage_cases(); i++) {
    std::string stream = small_sample();
    std::size_t at = next_random(state) % stream.size();
    std::size_t length = 1 + next_random(state) % 32;
    for (std::size_t b = at; b < std::min(at + length, stream.size()); b++)
      stream[b] = static_cast<char>(next_random(state));
    if (stream == small_sample()) continue;
    Outcome outcome = read_all(i % 2 ? trickle_input(stream, 1 + at % 700) : memory_input("memory", stream));
    bool right =
        (outcome.error == ErrorKind::corrupt || outcome.error == ErrorKind::truncated) && is_prefix(outcome.rows, rows);
    if (!right) FAIL("case ", i, " at byte ", at);
  }
}

TEST_CASE("overwrites behind recomputed checksums do no harm") {
  uint64_t state = 2;
  for (uint64_t i = 0; i < damage_cases(); i++) {
    std::string stream = i % 4 ? sample_stream(1, 5) : small_sample();
    std::size_t at = next_random(state) % stream.size();
    stream[at] = static_cast<char>(next_random(state));
    reseal(stream);
    Outcome outcome = read_all(stream);
    bool right = !outcome.error || outcome.error == ErrorKind::corrupt || outcome.error == ErrorKind::truncated;
    if (!right) FAIL("case ", i, " at byte ", at, ": ", outcome.message);
  }
}

TEST_CASE("a dropped block is noticed") {
  for (std::size_t n = 0; n < 12; n++) {
    std::string stream = large_sample();
    RecordAt block = record(stream, 'B', n);
    stream.erase(block.offset, block.bytes);
    CHECK(read_all(stream).error == ErrorKind::corrupt);
  }
}

TEST_CASE("swapped blocks are noticed") {
  const std::string& stream = large_sample();
  RecordAt a = record(stream, 'B', 3), b = record(stream, 'B', 4);
  std::string swapped =
      stream.substr(0, a.offset) + bytes_of(stream, b) + bytes_of(stream, a) + stream.substr(b.offset + b.bytes);
  REQUIRE(swapped.size() == stream.size());
  Outcome outcome = read_all(swapped);
  CHECK(outcome.error == ErrorKind::corrupt);
  CHECK(outcome.rows.size() == 3 * kLargeBlockRows);
}

TEST_CASE("a doubled block is noticed") {
  std::string stream = large_sample();
  RecordAt block = record(stream, 'B', 11);
  stream.insert(block.offset, bytes_of(stream, block));
  CHECK(read_all(stream).error == ErrorKind::corrupt);
}

TEST_CASE("a block of another stream in its place is noticed") {
  std::string stream = large_sample(), other = sample_stream(12, 70);
  RecordAt from = record(other, 'B', 5), to = record(stream, 'B', 5);
  stream.replace(to.offset, to.bytes, bytes_of(other, from));
  Outcome outcome = read_all(stream);
  CHECK(outcome.error == ErrorKind::corrupt);
  CHECK(outcome.message.find("END") != std::string::npos);
}

TEST_CASE("dropped and doubled records are noticed") {
  for (char type : {'H', 'i', 'E'}) {
    CAPTURE(type);
    RecordAt at = record(large_sample(), type);
    std::string dropped = large_sample(), doubled = large_sample();
    dropped.erase(at.offset, at.bytes);
    doubled.insert(at.offset, bytes_of(doubled, at));
    CHECK(read_all(dropped).error == (type == 'E' ? ErrorKind::truncated : ErrorKind::corrupt));
    CHECK(read_all(doubled).error == ErrorKind::corrupt);
  }
}

TEST_CASE("an INDEX away from END is noticed") {
  const std::string& stream = large_sample();
  RecordAt last = record(stream, 'B', 11), index = record(stream, 'i');
  std::string moved = stream.substr(0, last.offset) + bytes_of(stream, index) + bytes_of(stream, last) +
                      stream.substr(index.offset + index.bytes);
  CHECK(read_all(moved).error == ErrorKind::corrupt);
}

TEST_CASE("garbage behind END is noticed") {
  for (std::string garbage :
       {std::string(1, '\n'), std::string("hello"), std::string(500, '\0'), std::string(300, 'x')}) {
    Outcome outcome = read_all(large_sample() + garbage);
    CHECK(outcome.error == ErrorKind::corrupt);
    CHECK(outcome.rows.size() == 12 * kLargeBlockRows);
  }
  CHECK(read_all(large_sample() + large_sample().substr(0, 100)).error == ErrorKind::truncated);
}

TEST_CASE("the error names the block and the last good row") {
  std::string cut = large_sample().substr(0, record(large_sample(), 'B', 5).offset + 300);
  CHECK(read_all(cut).message.find("memory: block 5, row 390: input ends inside a block; rows before it are intact") ==
        0);
  std::string joined = large_sample() + cut;
  CHECK(read_all(joined).message.find("memory: block 17, row 1326: ") == 0);
}

}  // namespace ev
