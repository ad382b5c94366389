#include "pipeline/cores.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <thread>

#include "pipeline/ordered.h"

namespace ev {
namespace {

std::string text_of(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// The number at the start of `text`, spaces skipped; nullopt for "max", "-1" and anything else that limits nothing.
std::optional<uint64_t> positive_number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \n"), text.size()));
  uint64_t n = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), n).ec != std::errc() || n == 0) return std::nullopt;
  return n;
}

std::optional<unsigned> cores(std::optional<uint64_t> quota, std::optional<uint64_t> period) {
  if (!quota || !period) return std::nullopt;
  uint64_t n = *quota / *period + (*quota % *period != 0);
  return static_cast<unsigned>(std::min<uint64_t>(n, 1 << 16));
}

std::optional<unsigned> quota_v2(const std::string& folder) {
  std::string text = text_of(folder + "/cpu.max");  // "QUOTA PERIOD" or "max PERIOD"
  std::size_t space = text.find(' ');
  if (space == std::string::npos) return std::nullopt;
  return cores(positive_number(text), positive_number(std::string_view(text).substr(space)));
}

std::optional<unsigned> quota_v1(const std::string& folder) {
  return cores(positive_number(text_of(folder + "/cpu.cfs_quota_us")),
               positive_number(text_of(folder + "/cpu.cfs_period_us")));
}

void lower(std::optional<unsigned>& least, std::optional<unsigned> n) {
  if (n && (!least || *n < *least)) least = n;
}

/// The least quota of `group` and the groups above it: each limits all below. Inside a container the group may be named
/// from outside and not exist; then the mount point itself is the group.
template <class Quota>
std::optional<unsigned> least_on_the_way_up(const std::string& mount, std::string group, Quota quota) {
  std::optional<unsigned> least;
  while (!group.empty() && group != "/") {
    lower(least, quota(mount + group));
    group.resize(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
  }
  lower(least, quota(mount));
  return least;
}

bool has_controller(std::string_view list, std::string_view name) {
  while (!list.empty()) {
    std::size_t comma = std::min(list.find(','), list.size());
    if (list.substr(0, comma) == name) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace

std::optional<unsigned> cgroup_cores(std::string_view membership, const std::string& mount) {
  std::optional<unsigned> least;
  while (!membership.empty()) {  // lines of "HIERARCHY:CONTROLLERS:GROUP"; version 2 names no controllers
    std::size_t end = std::min(membership.find('\n'), membership.size());
    std::string_view line = membership.substr(0, end);
    membership.remove_prefix(std::min(end + 1, membership.size()));
    std::size_t first = line.find(':');
    std::size_t second = first == line.npos ? line.npos : line.find(':', first + 1);
    if (second == line.npos) continue;
    std::string_view controllers = line.substr(first + 1, second - first - 1);
    std::string group(line.substr(second + 1));
    if (controllers.empty()) {
      lower(least, least_on_the_way_up(mount, group, quota_v2));
    } else if (has_controller(controllers, "cpu")) {
      lower(least, least_on_the_way_up(mount + "/cpu", group, quota_v1));
      lower(least, least_on_the_way_up(mount + "/" + std::string(controllers), group, quota_v1));
    }
  }
  return least;
}

unsigned default_threads() {
  unsigned n = std::max(1u, std::thread::hardware_concurrency());
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0) n = std::max(1, CPU_COUNT(&allowed));
  if (auto quota = cgroup_cores(text_of("/proc/self/cgroup"), "/sys/fs/cgroup")) n = std::min(n, std::max(1u, *quota));
  return n;
}

}  // namespace ev
