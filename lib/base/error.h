// The one exception type of evkit. The library throws it; run_tool() in cli catches it once and maps it to an exit code.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

namespace ev {

/// What went wrong, in the terms of the exit status table (ev(7)).
enum class ErrorKind : uint8_t {
  usage,          ///< 2: the command line does not make sense
  corrupt,        ///< 65: damaged input, no event stream, or over a limit
  no_input,       ///< 66: input cannot be opened
  refused,        ///< 69: the destination refused
  bug,            ///< 70: evkit contradicts itself
  cannot_create,  ///< 73: output cannot be created
  io,             ///< 74: I/O or memory failure
  locked,         ///< 75: somebody else holds the lock
  truncated,      ///< 76: input ends early or its writer gave up
};

/// Exit status of a kind: 2, 65, 66, 69, 70, 73, 74, 75 or 76.
int exit_code(ErrorKind kind);

/// A failure: kind, place ("FILE: block 41, row 1203334"), what happened, and a remedy (may be empty).
/// Printed as "tool: place: what; remedy".
class Error : public std::exception {
 public:
  Error(ErrorKind kind, std::string place, std::string what, std::string remedy = {});
  const char* what() const noexcept override { return text_.c_str(); }
  ErrorKind kind() const { return kind_; }
  const std::string& place() const { return place_; }
  const std::string& reason() const { return what_; }
  const std::string& remedy() const { return remedy_; }
  /// The same failure with `outer` (usually a file name) put before its place.
  Error within(std::string_view outer) const;

 private:
  ErrorKind kind_;
  std::string place_, what_, remedy_, text_;
};

/// The reader of our output went away (EPIPE). Not an Error: the tool dies by SIGPIPE, silently.
class BrokenPipe : public std::exception {
 public:
  const char* what() const noexcept override { return "broken pipe"; }
};

/// "PLACE: VERB: strerror(errno_value)" as an Error of the given kind.
Error system_error(ErrorKind kind, std::string place, std::string_view verb, int errno_value);

}  // namespace ev
