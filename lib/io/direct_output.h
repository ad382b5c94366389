// Outputs that are written where they are.
#pragma once

#include <memory>
#include <string>

#include "io/output.h"

namespace ev {

/// Opens a FIFO (waits for its reader) or a device, or connects to a socket. Throws Error(cannot_create).
std::unique_ptr<Output> open_direct(const std::string& path, bool socket);

}  // namespace ev
