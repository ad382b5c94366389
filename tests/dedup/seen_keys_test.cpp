#include "dedup/seen_keys.h"

#include <doctest/doctest.h>

#include <vector>

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

/// Which keys a list of all that were kept, gone through for each, lets pass.
class KeptList {
 public:
  KeptList(KeyShape shape, int64_t window) : shape_(shape), window_(window) {}
  bool keep(const OwnedKey& key) {
    for (const OwnedKey& kept : kept_) {
      if (kept.print != key.print || (shape_.bytes && kept.bytes != key.bytes)) continue;
      if (!shape_.times || (kept.time >= key.time - window_ && kept.time <= key.time + window_)) return false;
    }
    kept_.push_back(key);
    return true;
  }

 private:
  KeyShape shape_;
  int64_t window_;
  std::vector<OwnedKey> kept_;
};

KeyQuery query_of(const OwnedKey& key, int64_t window) {
  return {key.print, key.time - window, key.time + window, key.bytes};
}

/// A segment of what was kept, as one of an earlier run.
std::shared_ptr<KeySegment> segment_of(const SeenKeys& keys, uint32_t batch, std::string& bytes) {
  const auto out = memory_output(bytes);
  keys.write(*out, batch);
  auto segment = std::make_shared<KeySegment>(memory_input("keys", bytes), 0, bytes.size(), "keys");
  return segment;
}

}  // namespace

TEST_CASE("whatever the memory, and in whatever runs keys come, those are kept that a list of all would keep") {
  Random random(11);
  constexpr int64_t kWindow = 4000;
  for (int round = 0; round < 24; round++) {
    const KeyShape shape{(round & 1) != 0, (round & 2) != 0};
    KeptList expected(shape, kWindow);
    SeenKeys seen(shape, round % 3 == 0 ? 0 : uint64_t{1} << 30);  // none: spilled as soon as that is allowed
    EarlierKeys earlier;
    std::vector<std::shared_ptr<KeySegment>> segments;
    std::vector<std::string> bytes(4);
    for (uint32_t batch = 1; batch <= 3; batch++) {
      const uint64_t few = round % 4 == 0 ? 500 : 20'000;
      for (int i = 0; i < 2500; i++) {
        OwnedKey key = random_key(random, 0, few, 30);
        if (round % 5 == 0) key.print.hi >>= 12;  // all in one part, so that it spills
        if (i % 100 == 0) earlier.expect(100);
        REQUIRE(seen.part(SeenKeys::part_of(key.print)).keep(query_of(key, kWindow), key.key(), earlier, INT64_MIN) ==
                expected.keep(key));
      }
      segments.push_back(segment_of(seen, batch, bytes[batch]));
      CHECK(segments.back()->footer().keys == seen.keys());
      seen.clear();
      CHECK(seen.keys() == 0);
      earlier = EarlierKeys(segments, {}, 0, uint64_t{1} << 30);
    }
  }
}

TEST_CASE("many keys under little memory spill, in runs that are merged, and are all remembered") {
  Random random(12);
  SeenKeys seen({false, false}, 0);
  EarlierKeys none;
  std::vector<OwnedKey> keys;
  for (int i = 0; i < 12'000; i++) {
    OwnedKey key = random_key(random, 8, UINT64_MAX, 1);  // one part
    REQUIRE(seen.part(0).keep(query_of(key, 0), key.key(), none, INT64_MIN));
    keys.push_back(key);
  }
  CHECK(seen.spilled() > 0);
  CHECK(seen.part(0).runs().size() >= 2);
  CHECK(seen.part(0).memory() < 100'000);
  for (const OwnedKey& key : keys) REQUIRE_FALSE(seen.part(0).keep(query_of(key, 0), key.key(), none, INT64_MIN));
  std::string bytes;
  const auto segment = segment_of(seen, 7, bytes);
  CHECK(segment->footer().keys == 12'000);
  Buffer scratch;
  for (const OwnedKey& key : keys) REQUIRE(segment->find(query_of(key, 0), only(7), scratch));
}

TEST_CASE("keys of a replaced batch do not count, and a batch that is given again keeps what it kept") {
  Random random(13);
  const OwnedKey a = random_key(random, 0, UINT64_MAX, 1), b = random_key(random, 0, UINT64_MAX, 1);
  std::vector<std::string> bytes(2);
  SeenKeys first({false, false}, 1 << 20), second({false, false}, 1 << 20);
  EarlierKeys none;
  const auto keep = [](SeenKeys& seen, const OwnedKey& key, const EarlierKeys& earlier) {
    return seen.part(SeenKeys::part_of(key.print)).keep(query_of(key, 0), key.key(), earlier, INT64_MIN);
  };
  keep(first, a, none);
  keep(second, b, none);
  const std::vector<std::shared_ptr<KeySegment>> segments = {segment_of(first, 1, bytes[0]), segment_of(second, 2, bytes[1])};
  const auto kept = [&](const OwnedKey& key, std::vector<uint32_t> replaced, uint32_t again) {
    SeenKeys seen({false, false}, 1 << 20);
    return keep(seen, key, EarlierKeys(segments, std::move(replaced), again, 0));
  };
  CHECK_FALSE(kept(a, {}, 0));
  CHECK(kept(a, {1}, 0));
  CHECK_FALSE(kept(b, {1}, 0));
  CHECK(kept(a, {}, 1));
  CHECK_FALSE(kept(b, {}, 1));
}
