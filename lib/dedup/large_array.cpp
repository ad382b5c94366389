#include "dedup/large_array.h"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace ev::detail {

namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

void* allocate_large(std::size_t bytes) {
  if (bytes < kHugePage) {
    void* memory = std::malloc(bytes);
    if (!memory && bytes > 0) throw std::bad_alloc();
    return memory;
  }
  const std::size_t mapped = bytes + kHugePage;
  void* memory = ::mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  // What lies before the border, and behind the last page that is needed, goes back.
  auto* const begin = static_cast<char*>(memory);
  const std::size_t before = (kHugePage - reinterpret_cast<uintptr_t>(begin) % kHugePage) % kHugePage;
  constexpr std::size_t kPage = 4096;
  const std::size_t used = (bytes + kPage - 1) / kPage * kPage;
  if (before > 0) ::munmap(begin, before);
  if (before + used < mapped) ::munmap(begin + before + used, mapped - before - used);
  ::madvise(begin + before, used, MADV_HUGEPAGE);
  return begin + before;
}

void free_large(void* memory, std::size_t bytes) noexcept {
  if (bytes < kHugePage)
    std::free(memory);
  else
    ::munmap(memory, bytes);
}

}  // namespace ev::detail
