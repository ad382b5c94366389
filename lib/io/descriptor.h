// Writing to a file descriptor, with the errors of outputs.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace ev {

/// Writes all; restarts after signals and short writes, waits where the descriptor does not block. Throws BrokenPipe on
/// EPIPE, Error(io) on anything else.
void write_all(int fd, std::span<const uint8_t> bytes, const std::string& name);
/// errno of a failed write, fsync, rename or close as Error(io), with a remedy where there is one.
[[noreturn]] void throw_write_error(const std::string& name, const char* verb, int error);

}  // namespace ev
