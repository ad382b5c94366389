#include "dedup/key_segment.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "base/bytes.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"
#include "dedup/key_merge.h"
#include "dedup/random_keys.h"

using namespace ev;
using namespace ev::test;

namespace {

BatchChoice only(uint32_t batch) {
  BatchChoice batches;
  batches.only = batch;
  return batches;
}

std::vector<OwnedKey> sorted_keys(Random& random, std::size_t count, unsigned shared_bits, uint64_t few, int64_t times) {
  std::vector<OwnedKey> keys;
  for (std::size_t i = 0; i < count; i++) keys.push_back(random_key(random, shared_bits, few, times));
  std::stable_sort(keys.begin(), keys.end(), [](const OwnedKey& a, const OwnedKey& b) { return a.key() < b.key(); });
  return keys;
}

std::string written(const std::vector<OwnedKey>& keys, KeyShape shape, unsigned shared_bits = 0) {
  std::string bytes;
  const auto out = memory_output(bytes);
  KeySegmentWriter writer(*out, shape, keys.size(), shared_bits);
  for (const OwnedKey& key : keys) writer.add(key.key());
  const uint64_t size = writer.finish();
  CHECK(size == bytes.size());
  return bytes;
}

std::unique_ptr<KeySegment> opened(const std::string& bytes) {
  return std::make_unique<KeySegment>(memory_input("keys-1", bytes), 0, bytes.size(), "keys-1");
}

}  // namespace

TEST_CASE("a segment gives back all keys, in order, and finds each of them") {
  Random random(6);
  for (int round = 0; round < 24; round++) {
    const KeyShape shape{(round & 1) != 0, (round & 2) != 0};
    const unsigned shared_bits = round % 3 == 0 ? 8 : 0;
    auto keys = sorted_keys(random, random() % 3000, shared_bits, 1 + random() % 5000, 1 + static_cast<int64_t>(random() % 100'000));
    for (OwnedKey& key : keys) key.batch++;  // 0 means all
    const auto segment = opened(written(keys, shape, shared_bits));
    if (round % 2) segment->load();
    std::size_t i = 0;
    for (KeyCursor cursor(*segment); !cursor.done(); cursor.advance(), i++) {
      REQUIRE(i < keys.size());
      REQUIRE(cursor.key().print == keys[i].print);
      REQUIRE(cursor.key().batch == keys[i].batch);
      REQUIRE(cursor.key().time == (shape.times ? keys[i].time : 0));
      REQUIRE(cursor.key().bytes == (shape.bytes ? keys[i].bytes : ""));
    }
    CHECK(i == keys.size());
    Buffer scratch;
    for (const OwnedKey& key : keys) {
      REQUIRE(segment->may_hold(key.print));
      REQUIRE(segment->find({key.print, key.time, key.time, key.bytes}, only(key.batch), scratch));
    }
    CHECK_FALSE(segment->find({{~uint64_t{0} >> shared_bits, ~uint64_t{0}}, INT64_MIN, INT64_MAX, {}}, {}, scratch));
  }
}

TEST_CASE("a filter lets few keys pass that are not there") {
  Random random(7);
  const auto keys = sorted_keys(random, 20'000, 0, UINT64_MAX, 1);
  const auto segment = opened(written(keys, {false, false}));
  segment->load();
  int passed = 0;
  for (int i = 0; i < 20'000; i++) passed += segment->may_hold(random_key(random, 0, UINT64_MAX, 1).print);
  CHECK(passed < 20'000 * 0.02);
}

TEST_CASE("a key takes at most 17 bytes in a file, 21 with a time in milliseconds of a day") {
  Random random(8);
  auto keys = sorted_keys(random, 200'000, 0, UINT64_MAX, 1);
  for (OwnedKey& key : keys) key.batch = 1;
  CHECK(static_cast<double>(written(keys, {false, false}).size()) / 200'000 <= 17);
  for (OwnedKey& key : keys) {
    key.time = 1'717'200'000'000'000'000 + static_cast<int64_t>(random() % 86'400'000) * 1'000'000;
  }
  CHECK(static_cast<double>(written(keys, {true, false}).size()) / 200'000 <= 21);
}

TEST_CASE("times at the limits come back") {
  std::vector<OwnedKey> keys;
  for (const int64_t time : {INT64_MIN, int64_t{-1}, int64_t{0}, INT64_MAX}) {
    OwnedKey key;
    key.print = {5, 5};
    key.time = time;
    keys.push_back(key);
  }
  const auto segment = opened(written(keys, {true, false}));
  KeyCursor cursor(*segment);
  for (const OwnedKey& key : keys) {
    CHECK(cursor.key().time == key.time);
    cursor.advance();
  }
  CHECK(cursor.done());
}

TEST_CASE("every cut of a segment and every changed byte is noticed") {
  Random random(9);
  const std::string bytes = written(sorted_keys(random, 300, 0, UINT64_MAX, 1000), {true, true});
  const auto read_all = [](const std::string& damaged) {
    const auto segment = opened(damaged);
      segment->load();
    for (KeyCursor cursor(*segment); !cursor.done(); cursor.advance()) {
    }
  };
  read_all(bytes);
  for (std::size_t size = 0; size < bytes.size(); size += 1 + size % 7)
    CHECK_THROWS_AS(read_all(bytes.substr(0, size)), Error);
  for (std::size_t at = 16; at < bytes.size(); at++) {  // the magic at the beginning is for people
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (at % 8)));
    CHECK_THROWS_AS(read_all(damaged), Error);
  }
}

TEST_CASE("a bucket without bytes for its keys reserves no memory for them") {
  OwnedKey key;
  key.print = {5, 5};
  std::string bytes = written({key}, {false, false});
  // The bucket follows the magic and the version, and is u32 keys first; the index has its checksum, the footer that of the
  // index and its own. A forger sets all of them.
  const std::size_t bucket = 16, bucket_bytes = 24 + 16, footer = bytes.size() - kKeySegmentFooterBytes;
  const auto set = [&](std::size_t at, auto value) { std::memcpy(bytes.data() + at, &value, sizeof value); };
  const auto checksum = [&](std::size_t at, std::size_t size) { return checksum64(as_bytes(std::string_view(bytes).substr(at, size))); };
  const std::size_t index = footer - 3 * 8;
  REQUIRE(load<uint64_t>(reinterpret_cast<const uint8_t*>(bytes.data()) + index + 8) == checksum(bucket, bucket_bytes));
  set(bucket, UINT32_MAX);
  set(index + 8, checksum(bucket, bucket_bytes));
  set(footer + 96, checksum(index, 3 * 8));
  set(bytes.size() - 8, checksum(footer, kKeySegmentFooterBytes - 8));
  const auto segment = opened(bytes);
  KeyBucket into;
  CHECK_THROWS_AS(segment->read_bucket(0, into), Error);
}

TEST_CASE("a bucket that ends behind the file reserves no memory") {
  OwnedKey key;
  key.print = {5, 5};
  std::string bytes = written({key}, {false, false});
  const std::size_t index = bytes.size() - kKeySegmentFooterBytes - 3 * 8;
  const uint64_t end = uint64_t{1} << 29;
  std::memcpy(bytes.data() + index + 16, &end, sizeof end);
  KeyBucket into;
  CHECK_THROWS_AS(opened(bytes)->read_bucket(0, into), Error);
  CHECK(into.bytes.capacity() < 1000);
}

TEST_CASE("nothing is found where there is no key") {
  Buffer scratch;
  CHECK_FALSE(opened(written({}, {true, true}))->find({{5, 5}, INT64_MIN, INT64_MAX, "a"}, {}, scratch));
}

TEST_CASE("a filter of no words is impossible") {
  std::string bytes = written({}, {false, false});
  const std::size_t footer = bytes.size() - kKeySegmentFooterBytes;
  const uint64_t none = 0;
  std::memcpy(bytes.data() + footer + 72, &none, 8);
  const uint64_t sum = checksum64(as_bytes(std::string_view(bytes).substr(footer, kKeySegmentFooterBytes - 8)));
  std::memcpy(bytes.data() + bytes.size() - 8, &sum, 8);
  CHECK_THROWS_AS(opened(bytes), Error);
}

TEST_CASE("keys of several segments and tables merge in order") {
  Random random(10);
  const auto one = sorted_keys(random, 500, 0, 800, 10), two = sorted_keys(random, 700, 0, 800, 10);
  const auto first = opened(written(one, {true, false})), second = opened(written(two, {true, false}));
  SeenTable table({true, false}, 0, 0);
  for (int i = 0; i < 300; i++) insert(table, random_key(random, 0, 800, 10).key(), INT64_MIN);
  std::vector<KeyCursor> cursors;
  cursors.emplace_back(*first);
  cursors.emplace_back(table, 9);
  cursors.emplace_back(*second);
  std::size_t count = 0, of_table = 0;
  KeptKey last;
  bool ordered = true;
  merge_keys(cursors, [&](const KeptKey& key) {
    ordered &= !(key < last);
    last = key;
    last.bytes = {};
    count++;
    of_table += key.batch == 9;
  });
  CHECK(ordered);
  CHECK(count == 1500);
  CHECK(of_table == 300);
}
