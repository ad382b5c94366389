#include "dedup/large_array.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace ev::detail {

namespace {

constexpr std::size_t kMapped = std::size_t{1} << 20;
/// From here on the last huge page, which may be used in part only, is small beside the rest.
constexpr std::size_t kHuge = std::size_t{2} << 20;

void* map(std::size_t bytes) {
  void* memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  return memory;
}

}  // namespace

void* resize_memory(void* memory, std::size_t old_bytes, std::size_t new_bytes) {
  if (new_bytes == old_bytes) return memory;
  const bool was_mapped = old_bytes >= kMapped, is_mapped = new_bytes >= kMapped;
  void* resized = nullptr;
  if (was_mapped && is_mapped) {
    resized = ::mremap(memory, old_bytes, new_bytes, MREMAP_MAYMOVE);
    if (resized == MAP_FAILED) throw std::bad_alloc();
  } else if (was_mapped || is_mapped) {
    resized = is_mapped ? map(new_bytes) : std::malloc(new_bytes);
    if (!resized && new_bytes > 0) throw std::bad_alloc();
    if (memory && resized) std::memcpy(resized, memory, std::min(old_bytes, new_bytes));
    free_memory(memory, old_bytes);
  } else {
    resized = std::realloc(memory, std::max<std::size_t>(new_bytes, 1));
    if (!resized) throw std::bad_alloc();
  }
  if (new_bytes >= kHuge) ::madvise(resized, new_bytes, MADV_HUGEPAGE);
  return resized;
}

void free_memory(void* memory, std::size_t bytes) noexcept {
  if (bytes >= kMapped)
    ::munmap(memory, bytes);
  else
    std::free(memory);
}

}  // namespace ev::detail
