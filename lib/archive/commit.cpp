#include "archive/commit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "io/descriptor.h"
#include "io/input.h"
#include "io/publish.h"
#include "stream/reader.h"

namespace ev {

namespace {

// Up to so many files are synced one by one. Beyond it the file system is synced as a whole: one wait for the disk in
// place of thousands.
constexpr std::size_t kMostSynced = 64;

struct Target {
  StagedPart* part;
  std::string path;  // final
};

/// Calls `sync` on what was opened; a file system that cannot sync is no reason to fail.
template <class Sync>
void sync_opened(const std::string& path, const std::string& name, int flags, Sync sync) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC);
  if (fd < 0) throw_write_error(name, "cannot be opened to be made durable", errno);
  const int error = sync(fd) == 0 ? 0 : errno;
  ::close(fd);
  if (error != 0 && error != EINVAL && error != ENOTSUP) throw_write_error(name, "cannot be made durable", error);
}

void sync_all(const std::string& folder) {
  sync_opened(folder, folder, O_RDONLY | O_DIRECTORY, [](int fd) { return ::syncfs(fd); });
}

/// Whether the part is there. Its name is no proof: the ENDs of the file have to say so.
bool is_there(const StagedPart& part, const std::string& path) {
  struct stat st {};
  if (::lstat(path.c_str(), &st) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return false;
    throw cannot_create(path, errno);
  }
  const char* remedy = "move it away and run again; nothing was replaced";
  uint64_t rows = 0;
  Hash128 digest;
  try {
    for (const SegmentInfo& segment : list_segments(*open_input(path))) {
      rows += segment.end.rows;
      digest += segment.end.digest;
    }
  } catch (const Error& error) {
    throw Error(ErrorKind::corrupt, path, concat("has the name of a part, but is not whole: ", error.reason()), remedy);
  }
  if (rows != part.rows || digest != part.digest)
    throw Error(ErrorKind::corrupt, path, "has the name of a part, but other events in it", remedy);
  return true;
}

/// What a file for each value may replace: a regular file, or nothing. It gives its permissions to the new one.
void prepare_replacing(const StagedPart& part, const std::string& path, const std::string& target, bool no_clobber) {
  struct stat old {};
  if (::stat(target.c_str(), &old) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return;
    throw cannot_create(path, errno);
  }
  if (no_clobber) throw exists_already(path);
  if (S_ISDIR(old.st_mode))
    throw Error(ErrorKind::cannot_create, path, "is a folder", "move it away or write elsewhere");
  if (!S_ISREG(old.st_mode)) throw Error(ErrorKind::cannot_create, path, "is no regular file", "write elsewhere");
  const int fd = ::open(part.staged.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) throw cannot_create(path, errno);
  inherit_permissions(fd, old);
  ::close(fd);
}

std::vector<Target> choose_targets(const PathTemplate& where, std::vector<StagedPart>& parts, bool no_clobber) {
  std::vector<Target> targets;
  for (StagedPart& part : parts) {
    std::string path = where.below_root(part.destination);
    if (where.folders()) {
      path += concat(path.ends_with('/') ? "" : "/", part_name(part.digest));
      part.equal = is_there(part, path);
      if (!part.equal) targets.push_back({&part, std::move(path)});
    } else {
      std::string target = follow_links(path).string();
      prepare_replacing(part, path, target, no_clobber);
      targets.push_back({&part, std::move(target)});
    }
  }
  return targets;
}

void rename_all(const PathTemplate& where, const std::vector<Target>& targets, bool no_clobber) {
  std::size_t done = 0;
  try {
    for (const Target& target : targets) {
      if (!where.folders() && !no_clobber) {
        rename_over(target.part->staged, target.path, target.path);
      } else if (!rename_new(target.part->staged, target.path, target.path)) {
        if (!where.folders()) throw exists_already(target.path);
        target.part->equal = is_there(*target.part, target.path);  // another run was quicker
      }
      done++;
    }
  } catch (const Error& error) {
    if (done == 0) throw;
    throw Error(error.kind(), error.place(),
                concat(error.reason(), " (", done, " of ", targets.size(), " files have their names)"),
                "run it again when that is mended");
  }
}

}  // namespace

std::string part_name(Hash128 digest) {
  return concat("part-", digest.hex(), ".ev");
}

void commit_parts(const PathTemplate& where, const Staging& staging, std::vector<StagedPart>& parts, bool no_clobber) {
  std::vector<Target> targets = choose_targets(where, parts, no_clobber);
  const bool many = targets.size() > kMostSynced;
  if (many) {
    sync_all(where.root());
  } else {
    for (const Target& target : targets)
      sync_opened(target.part->staged, target.path, O_RDONLY, [](int fd) { return ::fsync(fd); });
  }
  std::vector<std::string> made = staging.made_folders();
  std::set<std::string> folders;  // where names appear
  for (const Target& target : targets) {
    std::string folder = folder_of(target.path);
    if (!folders.insert(folder).second) continue;
    make_folders(folder, made);
    if (::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) throw cannot_create(target.path, errno);
  }
  rename_all(where, targets, no_clobber);
  if (many) return sync_all(where.root());
  for (const std::string& folder : made) folders.insert(folder_of(folder));
  for (const std::string& folder : folders) sync_folder(folder, folder);
}

}  // namespace ev
