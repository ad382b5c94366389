#include "io/temporary_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/text.h"
#include "io/descriptor.h"

namespace ev {

namespace {

class NamelessOutput final : public Output {
 public:
  NamelessOutput(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}
  ~NamelessOutput() override { ::close(fd_); }
  NamelessOutput(const NamelessOutput&) = delete;
  NamelessOutput& operator=(const NamelessOutput&) = delete;

  void write(std::span<const uint8_t> bytes) override {
    write_all(fd_, bytes, name_);
    written_ += bytes.size();
  }
  void finish() override {}
  void abandon() noexcept override {}
  bool is_terminal() const override { return false; }
  bool is_file() const override { return true; }
  const std::string& name() const override { return name_; }

 private:
  int fd_;
  std::string name_;
};

std::string temporary_folder() {
  for (const char* variable : {"EV_TMPDIR", "TMPDIR"})
    if (const char* folder = std::getenv(variable); folder && *folder) return folder;
  return "/tmp";
}

}  // namespace

TemporaryFile open_temporary_file() {
  const std::string folder = temporary_folder();
  std::string path = folder + "/ev-tmp-XXXXXX";
  const int fd = ::mkostemp(path.data(), O_CLOEXEC);
  if (fd < 0)
    throw Error(ErrorKind::cannot_create, folder, concat("a temporary file cannot be created: ", std::strerror(errno)),
                "name another folder in EV_TMPDIR");
  TemporaryFile file;
  file.output = std::make_unique<NamelessOutput>(fd, concat("a temporary file in ", folder));
  try {
    file.input = open_input(path);
  } catch (...) {
    ::unlink(path.c_str());
    throw;
  }
  ::unlink(path.c_str());
  return file;
}

}  // namespace ev
