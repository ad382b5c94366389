#include "archive/commit.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include "archive/event_files.h"
#include "base/error.h"
#include "base/text.h"
#include "io/temp_folder.h"

using namespace ev;
using namespace ev::test;

namespace fs = std::filesystem;

namespace {

/// Runs the same events, one of each value, each time it is called.
ArchiveResult run(const std::string& where, std::vector<std::string> values = {"a", "b", "c"},
                  bool no_clobber = false) {
  std::vector<Event> events;
  for (const std::string& value : values) events.push_back({text_field(Path{"key"}, value)});
  ArchiveOptions options;
  options.no_clobber = no_clobber;
  ArchiveOutput out(std::make_shared<const PathTemplate>(where, ""), options);
  route(out, events, std::nullopt, {});
  out.finish();
  return out.result();
}

std::string failure(const std::string& where, ErrorKind kind, bool no_clobber = false) {
  try {
    run(where, {"a", "b", "c"}, no_clobber);
  } catch (const Error& error) {
    CHECK(error.kind() == kind);
    return error.what();
  }
  return "";
}

std::string only_file(const std::string& folder) {
  return folder + "/" + list_files(folder)[0];
}

}  // namespace

TEST_CASE("a run that died between its files is completed by the next one") {
  TempFolder folder;
  run(folder / "out/{key}/");
  const std::vector<std::string> all = list_files(folder / "out");
  for (std::size_t missing = 0; missing < all.size(); missing++) {
    fs::remove_all(fs::path(folder / "out") / fs::path(all[missing]).parent_path());
    const ArchiveResult again = run(folder / "out/{key}/");
    CHECK(again.added == 1);
    CHECK(again.equal == 2);
    CHECK(list_files(folder / "out") == all);
  }
}

TEST_CASE("a part is told by its ENDs, not by its name") {
  TempFolder folder;
  run(folder / "out/{key}/");
  const std::string part = only_file(folder / "out/b"), bytes = TempFolder::content(part);
  const std::string name = fs::path(part).filename().string();
  const auto count = list_files(folder / "out").size();

  folder.file("out/b/" + name, bytes.substr(0, bytes.size() - 1));
  CHECK(failure(folder / "out/{key}/", ErrorKind::corrupt) ==
        part +
            ": has the name of a part, but is not whole: input ends without END; move it away and run again; "
            "nothing was replaced");
  folder.file("out/b/" + name, "");
  CHECK(failure(folder / "out/{key}/", ErrorKind::corrupt).find("no bytes at all") != std::string::npos);
  folder.file("out/b/" + name, "something else, long enough to be no stream at all");
  CHECK(failure(folder / "out/{key}/", ErrorKind::corrupt).find("is not whole") != std::string::npos);
  folder.file("out/b/" + name, TempFolder::content(only_file(folder / "out/a")));
  CHECK(failure(folder / "out/{key}/", ErrorKind::corrupt).find("but other events in it") != std::string::npos);
  fs::remove(part);
  fs::create_directory(part);
  CHECK(failure(folder / "out/{key}/", ErrorKind::corrupt).find("is not whole") != std::string::npos);
  CHECK(list_files(folder / "out").size() == count - 1);

  // A stream of other blocks with the same events is the part.
  fs::remove(part);
  run(folder / "other/{key}/", {"b"});
  fs::copy(only_file(folder / "other/b"), part);
  CHECK(run(folder / "out/{key}/").equal == 3);
}

TEST_CASE("nothing is made final where one of the files cannot be") {
  TempFolder folder;
  folder.file("out/c", "a file is in the way");
  CHECK(failure(folder / "out/{key}/", ErrorKind::cannot_create).find("out/c") != std::string::npos);
  CHECK(list_files(folder / "out") == std::vector<std::string>{"c"});
  folder.file("files/c.ev/x", "a folder is in the way");
  CHECK(failure(folder / "files/{key}.ev", ErrorKind::cannot_create) ==
        folder / "files/c.ev" + ": is a folder; move it away or write elsewhere");
  CHECK(list_files(folder / "files") == std::vector<std::string>{"c.ev/x"});
  if (geteuid() != 0) {
    run(folder / "locked/{key}/", {"b"});
    const fs::path b = folder / "locked/b";
    fs::remove(only_file(b.string()));
    fs::permissions(b, fs::perms::owner_read | fs::perms::owner_exec);
    CHECK(failure(folder / "locked/{key}/", ErrorKind::cannot_create).find("permission denied") != std::string::npos);
    CHECK(list_files(folder / "locked").empty());
  }
}

TEST_CASE("a file for each value replaces the old one and takes over its permissions, through a link, too") {
  TempFolder folder;
  run(folder / "{key}.ev", {"a", "a"});
  fs::permissions(folder / "a.ev", fs::perms::owner_read | fs::perms::owner_write);
  fs::rename(folder / "a.ev", folder / "real.ev");
  fs::create_symlink("real.ev", folder / "a.ev");
  CHECK(run(folder / "{key}.ev").added == 3);
  CHECK(fs::is_symlink(folder / "a.ev"));
  CHECK(read_file(folder / "real.ev").size() == 1);
  CHECK(fs::status(folder / "real.ev").permissions() == (fs::perms::owner_read | fs::perms::owner_write));
}

TEST_CASE("no_clobber keeps every file there is") {
  TempFolder folder;
  folder.file("b.ev", "old");
  CHECK(failure(folder / "{key}.ev", ErrorKind::cannot_create, true).starts_with(folder / "b.ev" + ": exists already"));
  CHECK(folder.entries() == 1);
  CHECK(TempFolder::content(folder / "b.ev") == "old");
  // Parts are never replaced anyway.
  run(folder / "out/{key}/", {"a", "b"}, true);
  CHECK(run(folder / "out/{key}/", {"a", "b"}, true).equal == 2);
}

TEST_CASE("more files than are synced one by one") {
  TempFolder folder(TempFolder::in_memory());
  std::vector<std::string> values;
  for (int i = 0; i < 100; i++) values.push_back(concat("v", i));
  CHECK(run(folder / "out/{key}/", values).added == 100);
  CHECK(run(folder / "out/{key}/", values).equal == 100);
  CHECK(list_files(folder / "out").size() == 100);
}
