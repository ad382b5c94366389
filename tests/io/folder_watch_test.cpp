#include "io/folder_watch.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "io/temp_folder.h"

using namespace ev;
using namespace std::chrono_literals;
using Names = std::vector<std::string>;

namespace {

void append(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::app) << text;
}

}  // namespace

TEST_CASE("what is written is told by its name, and what comes and goes as a change of names") {
  TempFolder folder;
  const std::string path = folder.file("a", "1");
  auto watch = watch_folders();
  watch->watch(folder.path());
  watch->watch(folder.path());
  append(path, "2");
  FolderChanges changes = watch->wait(10s, 0ns, {});
  CHECK(changes.grown == Names{path});
  CHECK_FALSE(changes.names);
  folder.file("b", "1");
  changes = watch->wait(10s, 0ns, {});
  CHECK(changes.names);
  CHECK(changes.grown == Names{folder / "b"});
  std::filesystem::rename(path, folder / "c");
  CHECK(watch->wait(10s, 0ns, {}).names);
  append(folder / "c", "3");
  CHECK(watch->wait(10s, 0ns, {}).grown == Names{folder / "c"});
  std::filesystem::remove(folder / "c");
  CHECK(watch->wait(10s, 0ns, {}).names);
  CHECK(watch->wait(0ns, 0ns, {}).names);
}

TEST_CASE("changes that follow one another are gathered") {
  TempFolder folder;
  auto watch = watch_folders();
  watch->watch(folder.path());
  const Names paths{folder.file("a", "1"), folder.file("b", "1")};
  const auto begin = std::chrono::steady_clock::now();
  const FolderChanges changes = watch->wait(10s, 30ms, {});
  CHECK(std::chrono::steady_clock::now() - begin >= 30ms);
  CHECK(changes.grown == paths);
}

TEST_CASE("a folder is named as it was given, the current one as well") {
  TempFolder folder;
  folder.file("below/a", "1");
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  auto watch = watch_folders();
  for (const char* name : {"", "./", "below/"}) watch->watch(name);
  append("below/a", "2");
  CHECK(watch->wait(10s, 0ns, {}).grown == Names{"below/a"});
  append("a", "2");
  CHECK(watch->wait(10s, 0ns, {}).grown == Names{"./a", "a"});
  std::filesystem::current_path(before);
}

TEST_CASE("a folder that goes away is a change of names; one that is not there is none") {
  TempFolder folder;
  std::filesystem::create_directory(folder / "gone");
  auto watch = watch_folders();
  watch->watch(folder / "gone");
  watch->watch(folder / "never");
  std::filesystem::remove(folder / "gone");
  CHECK(watch->wait(10s, 0ns, {}).names);
}

TEST_CASE("a stop ends the waiting") {
  TempFolder folder;
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  REQUIRE(write(ends[1], "x", 1) == 1);
  for (bool polling : {false, true}) {
    auto watch = polling ? poll_folders(10s) : watch_folders();
    watch->watch(folder.path());
    int asked = 0;
    const auto begin = std::chrono::steady_clock::now();
    watch->wait(10s, 10s, {[&] { return ++asked > 1; }, ends[0]});
    CHECK(std::chrono::steady_clock::now() - begin < 5s);
  }
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("where nothing tells of changes, all is looked at again and again") {
  TempFolder folder;
  auto watch = poll_folders(20ms);
  watch->watch(folder.path());
  const auto begin = std::chrono::steady_clock::now();
  CHECK(watch->wait(10s, 0ns, {}).names);
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took >= 20ms);
  CHECK(took < 5s);
}
