// How many cores a control group lets a process use.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace ev {

/// The CPU quota of the group that `membership` (the text of /proc/self/cgroup) names and of the groups above it, in
/// whole cores, rounded up; nullopt where there is none. `mount` is where control groups are mounted (/sys/fs/cgroup).
/// Understands version 2 (cpu.max) and version 1 (cpu.cfs_quota_us below the folder of its cpu controller).
std::optional<unsigned> cgroup_cores(std::string_view membership, const std::string& mount);

}  // namespace ev
