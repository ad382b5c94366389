#include "dedup/dedup_state.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "dedup/random_keys.h"
#include "io/temp_folder.h"

using namespace ev;
using namespace ev::test;

namespace {

std::size_t files_of_keys(const std::string& folder) {
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files += entry.path().filename().string().starts_with("keys-");
  return files;
}

}  // namespace

TEST_CASE("a run of many batches keeps few files") {
  const TempFolder folder(TempFolder::in_memory());
  const std::string path = folder / "seen";
  Random random(11);
  std::vector<OwnedKey> all;
  {
    DedupState state(path, {});
    for (int batch = 0; batch < 300; batch++) {
      SeenKeys keys({}, 1 << 20);
      for (int i = 0; i < 3; i++) {
        all.push_back(random_key(random, 0, UINT64_MAX, 1));
        const KeptKey key = all.back().key();
        CHECK(keys.part(SeenKeys::part_of(key.print)).keep({key.print, 0, 0, {}}, key, EarlierKeys(), INT64_MIN));
      }
      state.add_batch({}, keys);
      CHECK(state.manifest().segments.size() < 10);
      REQUIRE(files_of_keys(path) < 10);
    }
    state.prepare({});
    state.commit();
  }
  DedupState state(path, {});
  CHECK(state.manifest().batches.size() == 300);
  const EarlierKeys earlier(state.open_segments(), {}, 0, 1 << 20);
  Buffer scratch;
  for (const OwnedKey& key : all) CHECK(earlier.find({key.print, 0, 0, {}}, key.key(), scratch));
}

TEST_CASE("what was committed stays while a run that adds batches merges") {
  const TempFolder folder(TempFolder::in_memory());
  const std::string path = folder / "seen";
  Random random(12);
  const auto add = [&](DedupState& state) {
    SeenKeys keys({}, 1 << 20);
    const OwnedKey owned = random_key(random, 0, UINT64_MAX, 1);
    keys.part(SeenKeys::part_of(owned.print)).keep({owned.print, 0, 0, {}}, owned.key(), EarlierKeys(), INT64_MIN);
    state.add_batch({}, keys);
  };
  {
    DedupState state(path, {});
    for (int i = 0; i < 3; i++) add(state);
    state.prepare({});
    state.commit();
  }
  {
    DedupState died(path, {});
    for (int i = 0; i < 30; i++) add(died);
  }
  {
    DedupState died(path, {});
    for (int i = 0; i < 30; i++) add(died);
    died.prepare({});
  }
  DedupState state(path, {});
  REQUIRE(state.pending());
  CHECK(state.manifest().batches.size() == 3);
  CHECK(state.open_segments().size() == 3);
}
