// Opens an input and tells by its first bytes what it is, through decompression.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "io/input.h"
#include "text/detect.h"

namespace ev {

struct OpenedInput {
  std::unique_ptr<Input> input;  // from its first byte, decompressed
  InputKind kind = InputKind::empty;
  std::string head;              // its first bytes
};

/// Nothing but white space: a log whose first record has not come yet.
bool is_blank(std::string_view head);
/// Whether more bytes would not change which format of text it is, other lines of a table aside: the answer must not
/// depend on how the writes to a pipe were split.
bool tells_format(std::string_view head);
/// First bytes by which a format is told.
inline constexpr std::size_t kSniffBytes = 4096;
/// What is in an input that is open, by its first bytes.
OpenedInput sniff(std::unique_ptr<Input> input, bool tell_format);
/// Throws Error(no_input), and what reading throws. Of a pipe, waits for the first bytes only, and with `tell_format`
/// for the lines that tell the format of a text.
OpenedInput open_and_sniff(const std::string& path, const StopCheck& stop, bool tell_format);

}  // namespace ev
