// Finding the ends of records, for cutting text into units.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "text/text_format.h"

namespace ev {

/// What a piece of text holds: whole records up to `end`, which are `lines` lines.
struct RecordCut {
  std::size_t end = 0;      // one past the end of the last whole record; 0 if there is none
  std::size_t scanned = 0;  // how far was looked: `end` where as many were found as wanted
  uint64_t records = 0;
  uint64_t lines = 0;
};

/// Looks through text piece by piece. Records end with a newline; in delimited text with one that is not quoted, or not
/// escaped.
class RecordEnds {
 public:
  explicit RecordEnds(const TextFormat& format);
  /// The next piece, which begins where the last one was scanned to; 64 bytes behind it are readable.
  RecordCut find(std::string_view text, std::size_t wanted);
  /// The next piece begins with a record.
  void reset() {
    quoted_ = escaped_ = false;
    begins_field_ = true;
    lines_ = 0;
  }

 private:
  RecordCut find_bare_newlines(std::string_view text, std::size_t wanted);
  bool ends_record(char c);

  char mark_;  // what keeps a newline from ending a record: a quote, a backslash, or 0 where nothing does
  char separator_;
  bool quoted_ = false;   // inside a quoted field
  bool escaped_ = false;  // behind a backslash
  bool begins_field_ = true;
  uint64_t lines_ = 0;  // of the record at hand, so far
};

}  // namespace ev
