// Following a JSON value to its end by its brackets and quotes, be it broken or not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace ev {

inline bool is_line_end(char c) {
  return c == '\n' || c == '\r';
}

/// How the line at hand began.
struct LineStart {
  uint32_t indent = 0;  // blanks so far
  bool blank = true;    // nothing else so far
  bool operator==(const LineStart&) const = default;
};

/// Of JSON it finds the end of the value. Of what is none it finds what the writer is likely to have meant:
/// - A string ends with its line at the latest. A quote that nothing follows which may follow a string was none, and
/// one
///   that comes right behind a word ends the string that the word began.
/// - A bracket closes the innermost one of its kind, and those inside it; where none is open, it is nothing.
class BracketScan {
 public:
  enum class Stop : uint8_t {
    text_end,
    closed,  // the value ended
    open,    // a bracket opens where none can, or wherever one does if `every_open`: enter() it, or end the value there
  };

  /// A value that begins with this bracket or quote, which was read.
  void begin(char first);
  /// Reads on from `at`, which is not where the text begins.
  Stop scan(std::string_view text, std::size_t& at, LineStart& line, bool every_open);
  /// Takes the bracket that scan() stopped at as one of the value's.
  void enter(char bracket);
  /// Of the bracket that scan() stopped at: whether JSON allows it there, and whether it follows an object, or an
  /// object and a comma.
  bool may_open() const;
  bool follows_object() const;

 private:
  bool in_string(std::string_view text, std::size_t& at);
  bool close(char bracket);
  void note(char token) {
    before_last_ = last_;
    last_ = token;
  }

  std::vector<bool> open_;  // from the outermost: whether it is a brace
  std::size_t braces_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;      // in a string, behind a backslash
  bool after_quote_ = false;  // behind what may close a string
  char last_ = 0, before_last_ = 0;
};

}  // namespace ev
