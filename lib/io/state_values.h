// What states say of files.
#pragma once

#include <string>

#include "base/named_values.h"
#include "io/input.h"

namespace ev {

/// The path from the root, without links, so that it means the same file wherever a program runs.
std::string whole_path(const std::string& path);
/// path=, device=, inode=, born=.
void add_file(NamedValues& line, const std::string& path, FileId id);
/// The identity; the path is get("path"). Throws Error(corrupt).
FileId get_file_id(const NamedValues& line);

}  // namespace ev
