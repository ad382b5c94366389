// Which file a name or a descriptor stands for.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "io/input.h"

namespace ev {

namespace {

constexpr int64_t kSecond = 1'000'000'000;

std::optional<FileFacts> facts_at(int fd, const char* path, int flags) {
  struct statx st {};
  if (::statx(fd, path, flags, STATX_BASIC_STATS | STATX_BTIME, &st) != 0 || !S_ISREG(st.stx_mode)) return std::nullopt;
  FileFacts facts;
  facts.id.device = makedev(st.stx_dev_major, st.stx_dev_minor);
  facts.id.inode = st.stx_ino;
  if (st.stx_mask & STATX_BTIME) facts.id.born_ns = st.stx_btime.tv_sec * kSecond + st.stx_btime.tv_nsec;
  facts.size = st.stx_size;
  facts.modified_ns = st.stx_mtime.tv_sec * kSecond + st.stx_mtime.tv_nsec;
  return facts;
}

}  // namespace

std::optional<FileFacts> file_facts(const std::string& path) {
  return facts_at(AT_FDCWD, path.c_str(), 0);
}
std::optional<FileFacts> file_facts(int fd) {
  return facts_at(fd, "", AT_EMPTY_PATH);
}

}  // namespace ev
