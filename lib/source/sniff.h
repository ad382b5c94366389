// Opens an input and tells by its first bytes what it is, through decompression.
#pragma once

#include <cstdint>
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
/// What the first bytes are to tell.
enum class Tell : uint8_t {
  kind,         // its kind alone
  json_layout,  // and of JSON, whether its objects are lines
  format,       // and of other text, its format
};
/// Whether these first bytes tell it.
bool tells(std::string_view head, Tell tell);
/// What is in an input that is open, by its first bytes.
OpenedInput sniff(std::unique_ptr<Input> input, Tell tell);
/// Throws Error(no_input), and what reading throws. Of a pipe, waits for no more bytes than it takes to tell.
OpenedInput open_and_sniff(const std::string& path, const StopCheck& stop, Tell tell);

}  // namespace ev
