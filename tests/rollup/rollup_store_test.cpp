#include "rollup/rollup_store.h"

#include <doctest/doctest.h>

#include <random>

#include "base/error.h"
#include "io/temp_folder.h"
#include "rollup/applied_keys.h"

using namespace ev;

namespace {

RollupDefinition sample() {
  return {{"1m", "1h"}, {"k", "a b%=\n"}, "count, sum(v)", "Europe/Berlin", "v > 1"};
}

StoreFile level_file(uint64_t bytes, std::string name = "1m-1.ev") {
  StoreFile file;
  file.name = std::move(name);
  file.bytes = bytes;
  return file;
}

Hash128 digest(uint64_t n) {
  return hash128({reinterpret_cast<const uint8_t*>(&n), sizeof n}, 0);
}

/// Kind of what it throws; nullopt: nothing.
template <class Body>
std::optional<ErrorKind> failure(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error.kind();
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("a manifest comes back from its lines") {
  RollupManifest manifest;
  manifest.definition = sample();
  manifest.key_paths = {Path::key("k"), Path{"a", "b c"}};
  manifest.next_file = 9;
  manifest.total = {3, 5, 100, 7, 2, 4};
  manifest.last_batch = RollupBatch{3, "mon day", digest(1), {0, 2, 40, 1, 1, 1}, -60, 120};
  manifest.levels = {{level_file(10)}, {level_file(20, "1h-2.ev"), level_file(30, "1h-3.ev")}};
  manifest.levels[0][0].first = -60;
  manifest.levels[0][0].last = 120;
  manifest.applied_files = {level_file(64, "applied-4.ev")};
  manifest.applied = {{digest(1), digest(1)}, applied_name("mon day", digest(1))};
  const std::string body = encode_manifest(manifest);
  const RollupManifest again = decode_rollup_manifest(body, "test");
  CHECK(encode_manifest(again) == body);
  CHECK_FALSE(difference(again.definition, sample()));
  CHECK(again.key_paths == manifest.key_paths);
  CHECK(again.last_batch->first == -60);
  CHECK(again.first(0) == -60);
  CHECK(again.applied[1].content == digest(1));
}

TEST_CASE("every manifest that was cut is refused, or reads as what it is") {
  RollupManifest manifest;
  manifest.definition = sample();
  manifest.levels = {{level_file(10)}, {}};
  const std::string body = encode_manifest(manifest);
  for (std::size_t size = 0; size < body.size(); size++)
    if (const auto kind = failure([&] { decode_rollup_manifest(body.substr(0, size), "test"); }))
      CHECK(*kind == ErrorKind::corrupt);
  CHECK(failure([&] { decode_rollup_manifest(body + "level every=1d\nfile file=../x bytes=1\n", "test"); }) ==
        ErrorKind::corrupt);
  CHECK(failure([&] { decode_rollup_manifest(body + "strange x=1\n", "test"); }) == ErrorKind::corrupt);
}

TEST_CASE("a store is made once, and again with an equal definition only") {
  TempFolder folder;
  CHECK(create_rollup(folder / "s", sample(), {}));
  CHECK_FALSE(create_rollup(folder / "s/", sample(), {}));
  RollupDefinition other = sample();
  other.by.pop_back();
  CHECK(failure([&] { create_rollup(folder / "s", other, {}); }) == ErrorKind::usage);
  folder.file("full/notes.txt", "mine");
  CHECK(failure([&] { create_rollup(folder / "full", sample(), {}); }) == ErrorKind::cannot_create);
  CHECK(failure([&] { create_rollup(folder / "full/notes.txt", sample(), {}); }) == ErrorKind::cannot_create);
  CHECK(failure([&] { read_rollup(folder / "none"); }) == ErrorKind::no_input);
  CHECK(failure([&] { read_rollup(folder / "full"); }) == ErrorKind::no_input);
  CHECK(failure([&] { RollupStore(folder / "none", {}); }) == ErrorKind::no_input);
}

TEST_CASE("writers keep each other out; what a run that died left behind goes, and nothing else") {
  TempFolder folder;
  create_rollup(folder / "s", sample(), {});
  for (const char* name :
       {"1m-1.ev", "applied-2.ev", ".1h-3.ev.ev-tmp-17-0", "1m-x.ev", "mine.ev", "2m-1.ev", ".hidden"})
    folder.file(std::string("s/") + name, "x");
  RollupStore store(folder / "s", {});
  CHECK(failure([&] { RollupStore(folder / "s", {}); }) == ErrorKind::locked);
  for (const char* name : {"1m-1.ev", "applied-2.ev", ".1h-3.ev.ev-tmp-17-0"})
    CHECK_FALSE(std::filesystem::exists(folder / (std::string("s/") + name)));
  for (const char* name : {"1m-x.ev", "mine.ev", "2m-1.ev", ".hidden"})
    CHECK(std::filesystem::exists(folder / (std::string("s/") + name)));
}

TEST_CASE("what is committed counts, and files of before go") {
  TempFolder folder;
  create_rollup(folder / "s", sample(), {});
  {
    RollupStore store(folder / "s", {});
    const std::string name = store.new_file("1m");
    CHECK(name == "1m-1.ev");
    folder.file("s/" + name, "x");
    store.manifest().levels[0].push_back(level_file(1, name));
    CHECK(read_rollup(folder / "s").levels[0].empty());
    store.commit();
    CHECK(read_rollup(folder / "s").levels[0].size() == 1);
    const std::string merged = store.new_file("1m");
    folder.file("s/" + merged, "x");
    replace_files(store.manifest().levels[0], {level_file(1, name)}, level_file(1, merged));
    store.commit();
  }
  CHECK_FALSE(std::filesystem::exists(folder / "s/1m-1.ev"));
  CHECK(std::filesystem::exists(folder / "s/1m-2.ev"));
  CHECK(read_rollup(folder / "s").next_file == 3);
}

TEST_CASE("four files of about one size are merged, and large ones never") {
  CHECK(files_to_merge({level_file(100), level_file(2000), level_file(30)}).empty());
  CHECK(
      files_to_merge({level_file(100), level_file(2000), level_file(30), level_file(1 << 20), level_file(9)}).size() ==
      4);
  CHECK(files_to_merge(std::vector<StoreFile>(9, level_file(kSealedBytes))).empty());
  CHECK(files_to_merge(std::vector<StoreFile>(4, level_file(kSealedBytes - 1))).size() == 4);
}

TEST_CASE("each row is written again a few times only, however many batches come") {
  std::vector<StoreFile> files;
  uint64_t written = 0, added = 0, next = 0;
  for (int batch = 0; batch < 5000; batch++) {
    files.push_back(level_file(30'000, std::to_string(next++)));
    added += 30'000;
    for (auto small = files_to_merge(files); !small.empty(); small = files_to_merge(files)) {
      uint64_t bytes = 0;
      for (const StoreFile& file : small) bytes += file.bytes;
      replace_files(files, small, level_file(bytes, std::to_string(next++)));
      written += bytes;
    }
  }
  CHECK(written < 7 * added);
  CHECK(files.size() < 30);
}

TEST_CASE("applied keys are found in the manifest and in files, and no others") {
  TempFolder folder;
  RollupManifest manifest;
  std::vector<AppliedKey> keys;
  for (uint64_t n = 0; n < 5000; n++) keys.push_back({digest(n), digest(n)});
  keys.push_back(applied_name("monday", digest(7)));
  manifest.applied_files.push_back(write_applied(folder.path(), "applied-1.ev", keys));
  manifest.applied = {{digest(6000), digest(6000)}};
  for (uint64_t n = 0; n < 5000; n += 97) CHECK(find_applied(folder.path(), manifest, digest(n)) == digest(n));
  CHECK(find_applied(folder.path(), manifest, digest(6000)));
  CHECK(find_applied(folder.path(), manifest, applied_name("monday", {}).key) == digest(7));
  for (uint64_t n = 7000; n < 7100; n++) CHECK_FALSE(find_applied(folder.path(), manifest, digest(n)));
  CHECK(read_applied(folder.path(), manifest.applied_files).size() == 5001);
}
