// Numbers as LEB128: seven bits to a byte, low ones first.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"

namespace ev {

inline void put_varint(std::string& out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

/// Only the shortest form is accepted, so that equal numbers are equal bytes. Throws Error(corrupt).
inline uint64_t read_varint(ByteReader& in) {
  uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = in.read<uint8_t>();
    if (shift == 63 && byte > 1) in.fail("a number is longer than 64 bits");
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte & 0x80) continue;
    if (byte == 0 && shift > 0) in.fail("a number is longer than it needs to be");
    return value;
  }
}

}  // namespace ev
