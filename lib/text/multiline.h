// Records of several lines: a line that matches a regular expression begins one, others go on with it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "text/record_cutter.h"

namespace ev {

/// A record that has so many lines ends, and the next line begins another one. As many as a stack trace or a dump of
/// all threads never has; of a log in which no line ever matches, what is at most kept waiting, and becomes one event.
inline constexpr uint64_t kMaxRecordLines = 10000;

/// Whether records of that kind may have several lines.
bool may_be_multiline(TextKind kind);
/// Throws Error(usage) for a record_start of a format whose records have one line each, and for one that does not
/// compile. The syntax is RE2's; it may match anywhere in a line, which is looked at without its end.
void check_multiline(const TextFormat& format);

/// - Lines before the first one that matches make a record of their own.
/// - A record ends before a line with which it would be longer than kMaxLineBytes (of its last line the end does not
///   count), or have more than kMaxRecordLines lines. That line begins the next one.
/// - A single line over kMaxLineBytes is refused as in other formats, and the line behind it begins a record.
/// The record that the text ends with so far is unit().open, until the beginning of another one comes.
std::unique_ptr<RecordCutter> make_multiline_cutter(const std::string& pattern, uint64_t first_offset);

}  // namespace ev
