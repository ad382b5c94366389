#include "io/state_file.h"

#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "io/temp_folder.h"

using namespace ev;
using namespace std::chrono_literals;

namespace {

/// Kind of what opening or changing a state throws; nullopt: nothing.
template <class Body>
std::optional<ErrorKind> failure(Body body) {
  try {
    body();
  } catch (const Error& error) {
    return error.kind();
  }
  return std::nullopt;
}

std::optional<ErrorKind> opening(const std::string& path, std::string_view kind = "test") {
  return failure([&] { StateFile state(path, kind); });
}

struct Crash {};

/// Fails at the n-th replacement, before or after it took place, as a process that is killed there would.
StateFileOptions crashing(int n, bool after) {
  StateFileOptions options;
  options.replace = [n, after, count = 0](const std::string& path, std::string_view bytes) mutable {
    const bool now = ++count == n;
    if (now && !after) throw Crash();
    replace_file(path, bytes);
    if (now && after) throw Crash();
  };
  return options;
}

std::string sample_state(const std::string& path) {
  StateFile state(path, "test");
  state.prepare({"one", "1-2"});
  state.commit();
  state.prepare({"two\nlines", std::string("\0\n end", 6)});
  return TempFolder::content(path);
}

}  // namespace

TEST_CASE("a state is prepared, then committed, and is there again when it is opened") {
  TempFolder folder;
  const std::string path = folder / "c";
  {
    StateFile state(path, "test");
    CHECK_FALSE(state.committed());
    CHECK_FALSE(state.prepared());
    CHECK_FALSE(std::filesystem::exists(path));
    state.prepare({"one", "0-1"});
  }
  {
    StateFile state(path, "test");
    CHECK_FALSE(state.committed());
    REQUIRE(state.prepared());
    CHECK(*state.prepared() == PreparedState{"one", "0-1"});
    state.commit();
    CHECK_FALSE(state.prepared());
  }
  {
    StateFile state(path, "");
    CHECK(state.kind() == "test");
    REQUIRE(state.committed());
    CHECK(*state.committed() == "one");
    state.prepare({"two", "1-2"});
    state.prepare({"three", "1-3"});
  }
  {
    StateFile state(path, "test");
    CHECK(*state.committed() == "one");
    CHECK(*state.prepared() == PreparedState{"three", "1-3"});
    state.discard();
    state.discard();
  }
  StateFile state(path, "test");
  CHECK(*state.committed() == "one");
  CHECK_FALSE(state.prepared());
  CHECK(failure([&] { state.commit(); }) == ErrorKind::bug);
}

TEST_CASE("sections may hold any bytes, and none") {
  TempFolder folder;
  const std::string path = folder / "c";
  const PreparedState odd{std::string("\0end 12\nprepared 3\n", 19), ""};
  StateFile(path, "test").prepare(odd);
  StateFile state(path, "test");
  CHECK(*state.prepared() == odd);
}

TEST_CASE("a crash at any step leaves the state before it or the one after") {
  for (int step = 1; step <= 4; step++) {
    for (bool after : {false, true}) {
      CAPTURE(step);
      CAPTURE(after);
      TempFolder folder;
      const std::string path = folder / "c";
      try {
        StateFile state(path, "test", crashing(step, after));
        state.prepare({"one", "0-1"});
        state.commit();
        state.prepare({"two", "1-2"});
        state.commit();
      } catch (const Crash&) {
      }
      StateFile state(path, "test");
      const int done = after ? step : step - 1;
      CHECK(state.committed().value_or("") == (done >= 4 ? "two" : done >= 2 ? "one" : ""));
      CHECK(state.prepared().has_value() == (done % 2 == 1));
      if (state.prepared()) CHECK(state.prepared()->state == (done == 3 ? "two" : "one"));
    }
  }
}

TEST_CASE("states that follow one another are committed all or none, whichever step a crash comes at") {
  int committed = 0, kept = 0;
  for (int step = 1; step <= 4; step++) {
    for (bool after : {false, true}) {
      CAPTURE(step);
      CAPTURE(after);
      TempFolder folder;
      for (const char* name : {"a", "b"}) StateFile(folder / name, "test").prepare({name, "0-1"});
      try {
        // The steps: b follows a, a is committed, b is.
        int n = step;
        StateFileOptions options;
        options.replace = [&](const std::string& path, std::string_view bytes) {
          const bool now = --n == 0;
          if (now && !after) throw Crash();
          replace_file(path, bytes);
          if (now && after) throw Crash();
        };
        StateFile a(folder / "a", "test", options), b(folder / "b", "test", options);
        b.follow(a);
        a.commit();
        b.commit();
      } catch (const Crash&) {
      }
      StateFile b(folder / "b", "test"), a(folder / "a", "test");
      CHECK(a.prepared().has_value() == b.prepared().has_value());
      CHECK(a.committed().has_value() == b.committed().has_value());
      (a.committed() ? committed : kept)++;
      if (b.prepared()) CHECK(*b.prepared() == PreparedState{"b", "0-1"});
    }
  }
  CHECK(committed == 5);
  CHECK(kept == 3);
}

TEST_CASE("a state whose first one is gone, or was prepared anew, is committed") {
  for (bool gone : {false, true}) {
    TempFolder folder;
    {
      StateFile a(folder / "a", "test"), b(folder / "b", "test");
      a.prepare({"a", "0-1"});
      b.prepare({"b", "0-1"});
      b.follow(a);
      a.prepare({"a", "0-2"});
    }
    if (gone) std::filesystem::remove(folder / "a");
    StateFile b(folder / "b", "test");
    CHECK_FALSE(b.prepared());
    CHECK(b.committed() == "b");
  }
}

TEST_CASE("damage anywhere is found, and the file stays as it is") {
  TempFolder folder;
  const std::string path = folder / "c", whole = sample_state(path);
  for (std::size_t i = 0; i < whole.size(); i++) {
    std::string bytes = whole;
    bytes[i] = static_cast<char>(bytes[i] ^ 4);
    folder.file("c", bytes);
    CHECK(opening(path) == ErrorKind::corrupt);
    CHECK(TempFolder::content(path) == bytes);
  }
  for (std::size_t size = 0; size < whole.size(); size++) {
    folder.file("c", whole.substr(0, size));
    CHECK(opening(path) == ErrorKind::corrupt);
  }
  folder.file("c", whole + "x");
  CHECK(opening(path) == ErrorKind::corrupt);
  folder.file("c", whole);
  CHECK_FALSE(opening(path));
}

TEST_CASE("what is no state, a state of another kind or of a later version is refused") {
  TempFolder folder;
  const std::string path = folder / "c", whole = sample_state(path);
  CHECK(opening(path, "other") == ErrorKind::corrupt);
  CHECK(opening(folder.file("log", "{\"a\":1}\n")) == ErrorKind::corrupt);
  CHECK(opening(folder / "missing", "") == ErrorKind::no_input);
  CHECK(opening(folder / "no/folder", "test") == ErrorKind::cannot_create);
  CHECK_FALSE(std::filesystem::exists(folder / ".log.lock"));
  try {
    StateFile state(folder.file("newer", "evkit-state 12 test\nwhatever"), "test");
    FAIL("accepted");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::corrupt);
    CHECK(std::string(error.what()).find("version 12") != std::string::npos);
  }
}

TEST_CASE("a state over the limit is neither read nor written") {
  TempFolder folder;
  const std::string path = folder.file("large", "evkit-state 1 test\n");
  std::filesystem::resize_file(path, (64 << 20) + 1);
  CHECK(opening(path) == ErrorKind::corrupt);
  StateFile state(folder / "c", "test");
  state.prepare({"one", ""});
  CHECK(failure([&] { state.prepare({std::string(64 << 20, 'x'), ""}); }) == ErrorKind::corrupt);
  CHECK(state.prepared()->state == "one");
}

TEST_CASE("a folder stands for the file state in it") {
  TempFolder folder;
  StateFile(folder.path(), "test").prepare({"one", ""});
  CHECK(std::filesystem::exists(folder / "state"));
  CHECK(StateFile(folder.path(), "").prepared()->state == "one");
}

TEST_CASE("a state belongs to one process at a time, by whatever name it comes") {
  TempFolder folder;
  const std::string path = folder / "c";
  std::filesystem::create_symlink("c", folder / "link");
  {
    StateFile state(path, "test");
    state.prepare({"one", ""});
    CHECK(opening(path) == ErrorKind::locked);
    CHECK(opening(folder / "link") == ErrorKind::locked);
    StateFileOptions options;
    options.wait = 50ms;
    const auto begin = std::chrono::steady_clock::now();
    CHECK(failure([&] { StateFile again(path, "test", options); }) == ErrorKind::locked);
    CHECK(std::chrono::steady_clock::now() - begin >= 50ms);
    state.commit();
  }
  StateFile through_link(folder / "link", "test");
  through_link.prepare({"two", ""});
  CHECK(std::filesystem::is_symlink(folder / "link"));
}

TEST_CASE("the lock of a process that is killed goes with it, and who waits gets it") {
  TempFolder folder;
  const std::string path = folder / "c";
  int ends[2];
  REQUIRE(pipe(ends) == 0);
  const pid_t child = fork();
  if (child == 0) {
    StateFile state(path, "test");
    [[maybe_unused]] ssize_t n = write(ends[1], "x", 1);
    for (;;) pause();
  }
  char byte;
  REQUIRE(read(ends[0], &byte, 1) == 1);
  CHECK(opening(path) == ErrorKind::locked);
  StateFileOptions options;
  options.wait = 1min;
  int asked = 0;
  options.stop.stop = [&] {
    if (++asked == 3) kill(child, SIGKILL);
    return false;
  };
  CHECK_FALSE(failure([&] { StateFile state(path, "test", options); }));
  CHECK(asked >= 3);
  waitpid(child, nullptr, 0);
  close(ends[0]);
  close(ends[1]);
}

TEST_CASE("what a run that died was writing is removed by the next one") {
  TempFolder folder;
  folder.file(".c.ev-tmp-1234-0", "half");
  folder.file(".cc.ev-tmp-1234-0", "of another");
  {
    StateFile state(folder / "c", "test");
    CHECK(folder.entries() == 2);
    CHECK_FALSE(std::filesystem::exists(folder / ".c.ev-tmp-1234-0"));
  }
}

TEST_CASE("a signal ends the waiting for a lock") {
  TempFolder folder;
  StateFile state(folder / "c", "test");
  StateFileOptions options;
  options.wait = 1min;
  options.stop.stop = [] { return true; };
  CHECK(failure([&] { StateFile again(folder / "c", "test", options); }) == ErrorKind::locked);
}

TEST_CASE("a state is committed in one step where nothing is prepared, and is read without its lock") {
  TempFolder folder;
  const std::string path = folder / "c";
  {
    StateFile state(path, "test");
    state.commit_at_once("one");
    CHECK(*state.committed() == "one");
    CHECK(read_committed_state(path, "test") == "one");
    state.prepare({"two", "1-2"});
    CHECK(failure([&] { state.commit_at_once("three"); }) == ErrorKind::bug);
    CHECK(read_committed_state(path, "test") == "one");
  }
  CHECK(failure([&] { read_committed_state(path, "other"); }) == ErrorKind::corrupt);
  CHECK(failure([&] { read_committed_state(folder / "none", "test"); }) == ErrorKind::no_input);
}
