// Tells what kind of input some first bytes are.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace ev {

enum class InputKind : uint8_t {
  empty,         // no bytes at all
  event_stream,  // evkit's own
  json,          // begins with { or an array of objects, white space skipped
  gzip,
  zstd,
  other,
};
InputKind detect_input(std::span<const uint8_t> first);
/// For error messages on `other`: "looks like CSV", "looks like a Parquet file", "looks like plain text", with the
/// command that reads it where there is one.
std::string describe_bytes(std::span<const uint8_t> first);

}  // namespace ev
