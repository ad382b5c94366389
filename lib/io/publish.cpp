#include "io/publish.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include "base/text.h"
#include "io/descriptor.h"

namespace ev {

namespace fs = std::filesystem;

namespace {
constexpr int kMaxLinks = 40;
}

Error exists_already(const std::string& path) {
  return Error(ErrorKind::cannot_create, path, "exists already",
               "remove it, write elsewhere or leave out --no-clobber");
}

Error cannot_create(const std::string& path, int error) {
  switch (error) {
    case ENOENT:
      return Error(ErrorKind::cannot_create, path, "its folder does not exist", "make it with mkdir -p");
    case ENOTDIR:
      return Error(ErrorKind::cannot_create, path, "what should be its folder is a file", "write elsewhere");
    case EACCES:
      return Error(ErrorKind::cannot_create, path, "permission denied", "look at its folder with ls -ld");
    case ENOSPC:
      return Error(ErrorKind::cannot_create, path, "no space left on device", "free some space");
    default:
      return system_error(ErrorKind::cannot_create, path, "cannot be created", error);
  }
}

fs::path follow_links(const std::string& path) {
  fs::path target = path;
  for (int i = 0; i < kMaxLinks; i++) {
    std::error_code ec;
    if (!fs::is_symlink(fs::symlink_status(target, ec))) return target;
    fs::path next = fs::read_symlink(target, ec);
    if (ec) throw cannot_create(path, ec.value());
    target = next.is_absolute() ? next : target.parent_path() / next;
  }
  throw cannot_create(path, ELOOP);
}

std::string folder_of(const fs::path& file) {
  return file.has_parent_path() ? file.parent_path().string() : std::string(".");
}

void inherit_permissions(int fd, const struct stat& old) noexcept {
  struct stat own {};
  if (::fstat(fd, &own) == 0 && (own.st_uid != old.st_uid || own.st_gid != old.st_gid)) {
    // The owner can be kept by root only, the group by its members.
    if (::fchown(fd, old.st_uid, old.st_gid) != 0 && ::fchown(fd, static_cast<uid_t>(-1), old.st_gid) != 0) {
    }
  }
  // Set-user-id bits are for programs; a log does not inherit them.
  ::fchmod(fd, old.st_mode & 0777);
}

void rename_over(const std::string& from, const std::string& to, const std::string& name) {
  if (::rename(from.c_str(), to.c_str()) != 0) throw_write_error(name, "cannot be renamed to its name", errno);
}

bool rename_new(const std::string& from, const std::string& to, const std::string& name) {
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return true;
  if (errno == EEXIST) return false;
  // Not every file system knows that flag; link() refuses an existing name as well.
  if (errno != EINVAL && errno != ENOSYS) throw_write_error(name, "cannot be renamed to its name", errno);
  if (::link(from.c_str(), to.c_str()) != 0) {
    if (errno == EEXIST) return false;
    throw_write_error(name, "cannot be given its name", errno);
  }
  ::unlink(from.c_str());
  return true;
}

void sync_folder(const std::string& folder, const std::string& name) {
  int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  int error = ::fsync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (error == EIO || error == ENOSPC) throw_write_error(name, "its folder cannot be made durable", error);
}

void create_private_file(const std::string& path, std::span<const uint8_t> bytes) {
  const fs::path folder = folder_of(fs::path(path));
  std::string beside = (folder / concat(".", fs::path(path).filename().string(), ".ev-tmp-XXXXXX")).string();
  const int fd = ::mkostemp(beside.data(), O_CLOEXEC);  // mode 0600
  if (fd < 0) throw cannot_create(path, errno);
  try {
    write_all(fd, bytes, path);
    if (::fsync(fd) != 0) throw_write_error(path, "cannot be synced", errno);
    rename_over(beside, path, path);
  } catch (...) {
    ::close(fd);
    ::unlink(beside.c_str());
    throw;
  }
  ::close(fd);
  sync_folder(folder.string(), path);
}

}  // namespace ev
