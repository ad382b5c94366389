// The temporaries of open outputs, where a signal handler can find them.
#pragma once

#include <string>

namespace ev {

/// Remembers the path until forget(); returns its place in the table, or -1 where the table is full or the path too
/// long (then a second Ctrl-C leaves that file behind).
int remember_temporary(const std::string& path) noexcept;
/// The same of a folder, which is removed with the files in it; it has no folders in it.
int remember_temporary_folder(const std::string& path) noexcept;
void forget_temporary(int place) noexcept;

}  // namespace ev
