#include "io/process_memory.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string>

namespace ev {

namespace {

/// The number at the start of a file; UINT64_MAX for "max", for another text and for no file.
uint64_t number_in(const std::string& path) {
  std::ifstream in(path);
  std::string text;
  uint64_t value = UINT64_MAX;
  if (std::getline(in, text)) {
    uint64_t read = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), read).ec == std::errc()) value = read;
  }
  return value;
}

/// Least limit of a group and all groups above it: a limit binds everything below.
uint64_t least_upwards(const std::string& root, std::string group, const char* file) {
  uint64_t least = UINT64_MAX;
  for (;;) {
    least = std::min(least, number_in(root + group + "/" + file));
    std::size_t slash = group.rfind('/');
    if (slash == std::string::npos) return least;
    group.resize(slash);
  }
}

/// Lines of /proc/self/cgroup: "0::/user.slice" (v2), "9:memory:/docker/1234" (v1).
uint64_t cgroup_limit() {
  uint64_t least = UINT64_MAX;
  std::ifstream in("/proc/self/cgroup");
  for (std::string line; std::getline(in, line);) {
    std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    std::string controllers = "," + line.substr(first + 1, second - first - 1) + ",", group = line.substr(second + 1);
    if (controllers == ",,") {
      least = std::min(least, least_upwards("/sys/fs/cgroup", group, "memory.max"));
    } else if (controllers.find(",memory,") != std::string::npos) {
      least = std::min(least, least_upwards("/sys/fs/cgroup/memory", group, "memory.limit_in_bytes"));
    }
  }
  return least;
}

}  // namespace

uint64_t usable_memory() {
  uint64_t least = cgroup_limit();
  long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
  if (pages > 0 && page > 0) least = std::min(least, static_cast<uint64_t>(pages) * static_cast<uint64_t>(page));
  rlimit limit{};
  if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
    least = std::min<uint64_t>(least, limit.rlim_cur);
  return least;
}

uint64_t peak_memory() {
  // ru_maxrss would also count what the process was before exec.
  std::ifstream in("/proc/self/status");
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("VmHWM:")) continue;
    std::size_t digit = line.find_first_of("0123456789");
    uint64_t kib = 0;
    if (digit != std::string::npos) std::from_chars(line.data() + digit, line.data() + line.size(), kib);
    return kib * 1024;
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<uint64_t>(usage.ru_maxrss) * 1024;
}

}  // namespace ev
