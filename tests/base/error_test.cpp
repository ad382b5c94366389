#include "base/error.h"

#include <doctest/doctest.h>

#include <cerrno>

using ev::Error;
using ev::ErrorKind;

TEST_CASE("exit codes are those of the exit status table") {
  CHECK(exit_code(ErrorKind::usage) == 2);
  CHECK(exit_code(ErrorKind::corrupt) == 65);
  CHECK(exit_code(ErrorKind::no_input) == 66);
  CHECK(exit_code(ErrorKind::refused) == 69);
  CHECK(exit_code(ErrorKind::bug) == 70);
  CHECK(exit_code(ErrorKind::cannot_create) == 73);
  CHECK(exit_code(ErrorKind::io) == 74);
  CHECK(exit_code(ErrorKind::locked) == 75);
  CHECK(exit_code(ErrorKind::truncated) == 76);
}

TEST_CASE("the text is place, what, remedy; parts that are missing leave no trace") {
  CHECK(std::string(Error(ErrorKind::io, "a.ev", "cannot be read", "try again").what()) ==
        "a.ev: cannot be read; try again");
  CHECK(std::string(Error(ErrorKind::io, "a.ev", "cannot be read").what()) == "a.ev: cannot be read");
  CHECK(std::string(Error(ErrorKind::io, "", "cannot be read").what()) == "cannot be read");
}

TEST_CASE("within() puts the outer place first and keeps the rest") {
  Error inner(ErrorKind::corrupt, "block 41", "damaged", "fetch it again");
  Error outer = inner.within("a.ev");
  CHECK(outer.kind() == ErrorKind::corrupt);
  CHECK(outer.place() == "a.ev: block 41");
  CHECK(outer.reason() == "damaged");
  CHECK(outer.remedy() == "fetch it again");
  CHECK(std::string(outer.what()) == "a.ev: block 41: damaged; fetch it again");
  CHECK(Error(ErrorKind::io, "", "x").within("a.ev").place() == "a.ev");
  CHECK(Error(ErrorKind::io, "block 1", "x").within("").place() == "block 1");
}

TEST_CASE("system_error() names what the system said") {
  Error e = ev::system_error(ErrorKind::no_input, "a.ev", "cannot be opened", ENOENT);
  CHECK(std::string(e.what()) == "a.ev: cannot be opened: No such file or directory");
  CHECK(e.kind() == ErrorKind::no_input);
}
