// What a program says on standard error.
#pragma once

#include <string>
#include <string_view>

namespace ev {

/// Lines "PROGRAM: TEXT", control characters escaped, each in one write, so that programs of a pipeline do not mix them.
class Messages {
 public:
  explicit Messages(std::string program);
  void set_quiet(bool quiet) { quiet_ = quiet; }
  void set_verbose(bool verbose) { verbose_ = verbose; }

  /// Always.
  void error(std::string_view text) const;
  /// Unless quiet.
  void warn(std::string_view text) const;
  /// On a terminal or where verbose, unless quiet.
  void notice(std::string_view text) const;
  const std::string& program() const { return program_; }

 private:
  std::string program_;
  bool terminal_;
  bool quiet_ = false, verbose_ = false;
};

/// All of `text` to a descriptor; what cannot be written is lost: there is nobody left to tell.
void write_quietly(int fd, std::string_view text) noexcept;

}  // namespace ev
