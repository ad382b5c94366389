// Bytes that are no event stream: telling people what they look like.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "base/error.h"

namespace ev {

/// Whether the bytes, maybe fewer than a magic, could begin a record.
bool begins_like_record(std::span<const uint8_t> bytes);
/// Error(corrupt) for an input whose first bytes are no event stream: what they look like, and which command to use.
Error not_a_stream(std::span<const uint8_t> first, std::string_view place);
/// Error(corrupt) for bytes inside a stream where a record should begin.
Error not_a_record(std::span<const uint8_t> bytes, std::string_view place);

}  // namespace ev
