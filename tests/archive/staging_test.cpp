#include "archive/staging.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "base/error.h"
#include "base/pod_vector.h"
#include "base/text.h"
#include "io/temp_folder.h"
#include "io/temporaries.h"

using namespace ev;

namespace fs = std::filesystem;

namespace {

/// A run in a process of its own that makes its folder with a file in it and then waits to be killed.
class OtherRun {
 public:
  explicit OtherRun(const std::string& root) {
    int ready[2];
    REQUIRE(pipe(ready) == 0);
    child_ = fork();
    if (child_ == 0) {
      Staging staging(root);
      OpenFiles files;
      StagedFile(files, staging.file(0), "x").write(as_bytes("half"));
      [[maybe_unused]] ssize_t n = write(ready[1], "!", 1);
      for (;;) pause();
    }
    char byte;
    REQUIRE(read(ready[0], &byte, 1) == 1);
    close(ready[0]);
    close(ready[1]);
  }
  ~OtherRun() { kill_it(); }
  void kill_it() {
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
    child_ = 0;
  }

 private:
  pid_t child_;
};

std::string reason(const std::string& root) {
  try {
    Staging staging(root);
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::cannot_create);
    return concat(error.place(), ": ", error.reason());
  }
  return "";
}

}  // namespace

TEST_CASE("folders are made as far as they are missing") {
  TempFolder folder;
  std::vector<std::string> made;
  make_folders(folder / "a/b/c", made);
  CHECK(made == std::vector<std::string>{folder / "a", folder / "a/b", folder / "a/b/c"});
  made.clear();
  make_folders(folder / "a/b", made);
  make_folders(".", made);
  make_folders("/", made);
  CHECK(made.empty());
  folder.file("f", "");
  CHECK_THROWS_AS(make_folders(folder / "f", made), Error);
  CHECK_THROWS_AS(make_folders(folder / "f/x", made), Error);
  fs::create_directory_symlink(folder / "a", folder / "link");
  make_folders(folder / "link/d", made);
  CHECK(fs::is_directory(folder / "a/d"));
}

TEST_CASE("a staging folder goes with all in it, and with the root that was made for it") {
  TempFolder folder;
  {
    Staging staging(folder / "new/root");
    CHECK(staging.made_folders().size() == 2);
    OpenFiles files;
    StagedFile(files, staging.file(3), "x").write(as_bytes("abc"));
    CHECK(fs::file_size(staging.file(3)) == 3);
    CHECK(fs::path(staging.file(3)).parent_path().filename().string().starts_with(".ev-tmp-"));
  }
  CHECK(folder.entries() == 0);
  folder.file("root/kept", "");
  { Staging staging(folder / "root"); }
  CHECK(fs::exists(folder / "root/kept"));
}

TEST_CASE("what a dead run left is removed by the next one, what a living one has is not") {
  TempFolder folder;
  OtherRun dead(folder.path()), living(folder.path());
  CHECK(folder.entries() == 2);
  {
    Staging both_live(folder.path());
    CHECK(both_live.cleaned() == 0);
    CHECK(folder.entries() == 3);
  }
  dead.kill_it();
  Staging staging(folder.path());
  CHECK(staging.cleaned() == 1);
  CHECK(folder.entries() == 2);
  living.kill_it();
  CHECK(Staging(folder.path()).cleaned() == 1);
}

TEST_CASE("what only looks like a left-over stays") {
  TempFolder folder;
  folder.file(".ev-tmp-file", "x");
  folder.file("elsewhere/kept", "x");
  fs::create_directory_symlink(folder / "elsewhere", folder / ".ev-tmp-link");
  folder.file(".ev-tmp-1-0/deep/kept", "x");
  CHECK(Staging(folder.path()).cleaned() == 1);  // its folder in a folder is none of ours, and stays
  CHECK(fs::exists(folder / ".ev-tmp-file"));
  CHECK(fs::exists(folder / "elsewhere/kept"));
  CHECK(fs::exists(folder / ".ev-tmp-1-0/deep/kept"));
}

TEST_CASE("runs that start and clean at once do not take each other's folders") {
  TempFolder folder(TempFolder::in_memory());
  std::vector<pid_t> children;
  for (int i = 0; i < 8; i++) {
    pid_t child = fork();
    if (child == 0) {
      for (int n = 0; n < 100; n++) {
        Staging staging(folder.path());
        OpenFiles files;
        StagedFile(files, staging.file(0), "x").write(as_bytes("mine"));
        if (TempFolder::content(staging.file(0)) != "mine") _exit(1);
        if (n % 10 == 9 && i % 2) break;
      }
      // Half of them die without a word.
      if (i % 2) {
        Staging* left = new Staging(folder.path());
        _exit(access(left->file(0).c_str(), F_OK) == 0 ? 1 : 0);  // the folder is left
      }
      _exit(0);
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = 0;
    waitpid(child, &status, 0);
    CHECK(status == 0);
  }
  { Staging staging(folder.path()); }
  CHECK(folder.entries() == 0);
}

TEST_CASE("a second Ctrl-C removes the staging folder") {
  TempFolder folder;
  pid_t child = fork();
  if (child == 0) {
    Staging staging(folder.path());
    OpenFiles files;
    StagedFile(files, staging.file(0), "x").write(as_bytes("x"));
    remove_temporaries_now();
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  CHECK(folder.entries() == 0);
}

TEST_CASE("a root that cannot be made or written says why") {
  TempFolder folder;
  folder.file("f", "");
  CHECK(reason(folder / "f") == folder / "f" + ": is no folder");
  CHECK(reason(folder / "f/x") == folder / "f/x" + ": what should be its folder is a file");
  if (geteuid() != 0) {
    fs::create_directory(folder / "locked");
    fs::permissions(folder / "locked", fs::perms::owner_read | fs::perms::owner_exec);
    CHECK(reason(folder / "locked") == folder / "locked" + ": permission denied");
  }
}

TEST_CASE("of many files few are open, and each keeps what was written") {
  TempFolder folder(TempFolder::in_memory());
  OpenFiles files;
  for (int round = 0; round < 3; round++)
    for (int i = 0; i < 200; i++) {
      const std::string path = folder / std::to_string(i * 7 % 200);
      StagedFile(files, path, path).write(as_bytes(concat(round, ";")));
      REQUIRE(files.count() <= OpenFiles::kMost);
    }
  CHECK(files.count() == OpenFiles::kMost);
  for (int i = 0; i < 200; i++) CHECK(TempFolder::content(folder / std::to_string(i)) == "0;1;2;");
  StagedFile last(files, folder / "3", "last");
  last.finish();
  last.finish();  // is closed already
}
