// What states say of files.
#pragma once

#include <string>

#include "base/named_values.h"
#include "io/input.h"

namespace ev {

/// path=, device=, inode=, born=.
void add_file(NamedValues& line, const std::string& path, FileId id);
/// The identity; the path is get("path"). Throws Error(corrupt).
FileId get_file_id(const NamedValues& line);

}  // namespace ev
