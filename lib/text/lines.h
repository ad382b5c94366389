// Line ends: finding them, and giving one to a last line that lacks it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/pod_vector.h"

namespace ev {

/// Where the `wanted`-th newline of `text` ends (index one past it) with found = wanted; or text.size() with the number
/// of newlines there are.
struct LineCut {
  std::size_t end = 0;
  std::size_t found = 0;
};
LineCut find_newlines(std::string_view text, std::size_t wanted);

/// Writes where the newlines of `text` stand to `ends`, which grows as needed, and says how many there are and whether
/// all bytes are ASCII, which is then known in the same pass.
struct LineIndex {
  std::size_t lines = 0;
  bool ascii = false;
};
LineIndex index_lines(std::string_view text, PodVector<uint32_t>& ends);

/// A text by its lines, all of which end with a newline.
class IndexedLines {
 public:
  /// Finds the lines of the text, which must stay; whether all of it is ASCII.
  bool set(std::string_view text) {
    text_ = text;
    return index_lines(text, ends_).ascii;
  }
  std::size_t size() const { return ends_.size(); }
  /// Line `at`, without its newline.
  std::string_view operator[](std::size_t at) const {
    const std::size_t begin = at == 0 ? 0 : ends_[at - 1] + 1;
    return {text_.data() + begin, ends_[at] - begin};
  }

 private:
  std::string_view text_;
  PodVector<uint32_t> ends_;  // where the newlines are
};

/// A record, whose newline is off already, without the carriage return of its line's end. `escaped`: behind a backslash
/// it is a byte of the record.
inline std::string_view without_carriage_return(std::string_view record, bool escaped = false) {
  if (!record.ends_with('\r')) return record;
  const std::string_view before = record.substr(0, record.size() - 1);
  const std::size_t backslashes = before.size() - (before.find_last_not_of('\\') + 1);
  return escaped && backslashes % 2 == 1 ? record : before;
}

/// A copy of a last line or record, with the newline that it lacks, and more of them in the bytes behind it.
PodVector<char> with_newline(std::string_view line);

namespace detail {
/// The same for processors without AVX2. For tests.
LineCut find_newlines_portable(std::string_view text, std::size_t wanted);
LineIndex index_lines_portable(std::string_view text, PodVector<uint32_t>& ends);
}  // namespace detail

}  // namespace ev
