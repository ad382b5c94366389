// How much memory the process may use and has used.
#pragma once

#include <cstdint>

namespace ev {

/// The least of physical memory, RLIMIT_AS and the cgroup's limit (v1 and v2), in bytes.
uint64_t usable_memory();
/// Highest resident set so far, in bytes.
uint64_t peak_memory();

}  // namespace ev
