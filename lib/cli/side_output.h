// A second stream that a program writes, into a file that an option names.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "cli/tool.h"
#include "io/output.h"

namespace ev {

/// For StreamOutput. Throws Error(usage) where `path` is that of -o, a folder, a template or a terminal, and
/// Error(cannot_create).
std::unique_ptr<Output> open_side_output(const Session& session, std::string_view option, const std::string& path);

}  // namespace ev
