// Giving a file that was written beside its name that name.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/error.h"

namespace ev {

/// The file that a chain of links points at: it is replaced, not the link. It need not exist. Throws
/// Error(cannot_create).
std::filesystem::path follow_links(const std::string& path);
/// The folder that a file is in.
std::string folder_of(const std::filesystem::path& file);
/// Gives the open file the owner and the permissions of the one that it will replace, as far as we may set them.
void inherit_permissions(int fd, const struct stat& old) noexcept;
/// `name` is how messages call the file. Throws Error(io).
void rename_over(const std::string& from, const std::string& to, const std::string& name);
/// False, with nothing done, if `to` exists already, or comes into being meanwhile.
bool rename_new(const std::string& from, const std::string& to, const std::string& name);
/// A new name survives a crash only once its folder was synced. The file is there already: a folder that cannot be
/// opened (without read permission) or synced (some network file systems) is no reason to fail; Error(io) is for a disk
/// that fails.
void sync_folder(const std::string& folder, const std::string& name);
/// Writes a new file that its owner alone may read; it is durable when this returns. Throws Error(cannot_create),
/// Error(io); an interrupted call leaves `path` as it was.
void create_private_file(const std::string& path, std::span<const uint8_t> bytes);
/// errno of a failed open or mkdir of an output.
Error cannot_create(const std::string& path, int error);
/// For --no-clobber.
Error exists_already(const std::string& path);

}  // namespace ev
