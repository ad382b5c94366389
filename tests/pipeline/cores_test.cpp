#include "pipeline/cores.h"

#include <doctest/doctest.h>
#include <sched.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "pipeline/ordered.h"

namespace fs = std::filesystem;

namespace {

/// A folder that looks like /sys/fs/cgroup.
class Mount {
 public:
  Mount() {
    std::string name = (fs::temp_directory_path() / "ev-cgroup-XXXXXX").string();
    root_ = mkdtemp(name.data());
  }
  ~Mount() { fs::remove_all(root_); }
  void file(const std::string& path, const std::string& text) {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }
  std::string path() const { return root_.string(); }

 private:
  fs::path root_;
};

}  // namespace

TEST_CASE("version 2: the quota of the group, rounded up") {
  Mount m;
  m.file("a/b/cpu.max", "150000 100000\n");
  CHECK(ev::cgroup_cores("0::/a/b\n", m.path()) == 2u);
}

TEST_CASE("version 2: a group above may allow less") {
  Mount m;
  m.file("a/b/cpu.max", "800000 100000\n");
  m.file("a/cpu.max", "300000 100000\n");
  CHECK(ev::cgroup_cores("0::/a/b\n", m.path()) == 3u);
}

TEST_CASE("version 2: max is no limit") {
  Mount m;
  m.file("a/cpu.max", "max 100000\n");
  CHECK(ev::cgroup_cores("0::/a\n", m.path()) == std::nullopt);
}

TEST_CASE("a container sees its own group as the mount point") {
  Mount m;
  m.file("cpu.max", "100000 100000\n");
  CHECK(ev::cgroup_cores("0::/../outside/name\n", m.path()) == 1u);
  CHECK(ev::cgroup_cores("0::/\n", m.path()) == 1u);
}

TEST_CASE("version 1: the folder of the cpu controller, alone or together with others") {
  Mount m;
  m.file("cpu,cpuacct/a/cpu.cfs_quota_us", "250000\n");
  m.file("cpu,cpuacct/a/cpu.cfs_period_us", "100000\n");
  m.file("cpuset/a/cpu.cfs_quota_us", "100000\n");
  m.file("cpuset/a/cpu.cfs_period_us", "100000\n");
  CHECK(ev::cgroup_cores("5:cpuset:/a\n4:cpu,cpuacct:/a\n0::/a\n", m.path()) == 3u);
  m.file("cpu,cpuacct/a/cpu.cfs_quota_us", "-1\n");
  CHECK(ev::cgroup_cores("4:cpu,cpuacct:/a\n", m.path()) == std::nullopt);
}

TEST_CASE("nonsense limits nothing") {
  Mount m;
  m.file("a/cpu.max", "0 0\n");
  m.file("b/cpu.max", "what\n");
  for (const char* text : {"", "\n", "x", "0:", "0::/a", "0::/b", "0::/missing"})
    CHECK(ev::cgroup_cores(text, m.path()) == std::nullopt);
}

TEST_CASE("default_threads() keeps to the affinity mask") {
  cpu_set_t before;
  REQUIRE(sched_getaffinity(0, sizeof before, &before) == 0);
  CHECK(ev::default_threads() >= 1);
  CHECK(static_cast<int>(ev::default_threads()) <= CPU_COUNT(&before));
  cpu_set_t one;
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
    if (CPU_ISSET(cpu, &before)) {
      CPU_SET(cpu, &one);
      break;
    }
  REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
  CHECK(ev::default_threads() == 1);
  sched_setaffinity(0, sizeof before, &before);
}
