#include "io/temporary_file.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/pod_vector.h"
#include "temp_folder.h"

using namespace ev;

TEST_CASE("a temporary file has no name, and is read from its beginning") {
  TempFolder folder;
  setenv("EV_TMPDIR", folder.path().c_str(), 1);
  TemporaryFile file = open_temporary_file();
  TemporaryFile other = open_temporary_file();
  CHECK(std::filesystem::is_empty(folder.path()));
  other.output->write(as_bytes("other"));
  file.output->write(as_bytes("some "));
  file.output->write(as_bytes("text"));
  CHECK(file.output->written() == 9);
  file.output.reset();
  uint8_t bytes[20];
  REQUIRE(file.input->seekable());
  const std::size_t got = file.input->pread(bytes, 2);
  CHECK(as_text({bytes, got}) == "me text");
  CHECK(as_text({bytes, file.input->read(bytes)}) == "some text");
  unsetenv("EV_TMPDIR");
}

TEST_CASE("a folder in which no temporary file can be created is named") {
  setenv("EV_TMPDIR", "/nowhere/at/all", 1);
  try {
    open_temporary_file();
    FAIL("created");
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::cannot_create);
    CHECK(error.place() == "/nowhere/at/all");
    CHECK(error.remedy() == "name another folder in EV_TMPDIR");
  }
  unsetenv("EV_TMPDIR");
}
