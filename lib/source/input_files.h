// The files that a command line names, as they are at the moment, and those beside them that they may have become.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ev {

/// The name that a log had before rotation: app.log of app.log.1, app.log.2.gz, app.log-20240601 and app.log.
std::string_view name_before_rotation(std::string_view path);
/// Whether a file may be named after another: app.log.1 after app.log, but not apple.log.
bool named_after(std::string_view path, std::string_view other);

class InputFiles {
 public:
  /// `left_out` is the state of the run itself: no input, where it lies in a folder of inputs. Throws Error(usage) for
  /// standard input.
  InputFiles(std::vector<std::string> arguments, std::string left_out);

  /// All files that are there; an argument that is missing or an empty folder is no error.
  std::vector<std::string> list() const;
  /// Throws Error(no_input) for an argument that is missing and was never `known`, by its name or one after it.
  void require(const std::vector<std::string>& known) const;
  /// Files in the folders of arguments that are files, the arguments left out: what rotation may have made of these.
  std::vector<std::string> beside() const;
  /// The argument that a file beside has its name from by rotation, as app.log.1 from app.log; nullptr: none.
  const std::string* argument_of(const std::string& path) const;
  /// Folders in which files come, go and grow; "" is the current one.
  std::vector<std::string> folders() const;

 private:
  std::vector<std::string> arguments_;
  std::string left_out_;
};

}  // namespace ev
