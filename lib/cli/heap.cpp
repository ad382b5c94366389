#include "cli/heap.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace ev {
namespace {

constexpr int kMostKept = 512 << 20;
constexpr int kRoom = 256 << 20;
constexpr int kUsualPadding = 128 << 10;  // glibc's own
constexpr uintptr_t kHugePage = 2 << 20;

}  // namespace

void tune_heap() {
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the most that glibc takes
  ::mallopt(M_TRIM_THRESHOLD, kMostKept);
  ::mallopt(M_ARENA_MAX, 1);
}

void reserve_huge_pages() {
  ::mallopt(M_TOP_PAD, kRoom);
  void* first = std::malloc(kHugePage);  // more than is left, so the heap grows
  ::mallopt(M_TOP_PAD, kUsualPadding);
  const uintptr_t begin = (reinterpret_cast<uintptr_t>(first) + kHugePage - 1) & ~(kHugePage - 1);
  const uintptr_t end = reinterpret_cast<uintptr_t>(::sbrk(0)) & ~(kHugePage - 1);
  if (first && begin < end && end - begin <= kRoom)
    ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
  std::free(first);
}

}  // namespace ev
