// Arrays that grow in place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

namespace ev {

namespace detail {
/// Memory of large arrays comes from the system page by page, in huge ones where there are some, so that random access
/// finds its pages, and moves to another address without being copied. Throws std::bad_alloc.
void* resize_memory(void* memory, std::size_t old_bytes, std::size_t new_bytes);
void free_memory(void* memory, std::size_t bytes) noexcept;
}  // namespace detail

/// Plain values; new ones are uninitialised.
template <class T>
class LargeArray {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  LargeArray() = default;
  ~LargeArray() { detail::free_memory(data_, size_ * sizeof(T)); }
  LargeArray(LargeArray&& o) noexcept { swap(o); }
  LargeArray& operator=(LargeArray&& o) noexcept {
    swap(o);
    return *this;
  }
  void swap(LargeArray& o) noexcept {
    std::swap(data_, o.data_);
    std::swap(size_, o.size_);
  }

  void resize(std::size_t n) {
    data_ = static_cast<T*>(detail::resize_memory(data_, size_ * sizeof(T), n * sizeof(T)));
    size_ = n;
  }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  uint64_t memory() const { return size_ * sizeof(T); }

 private:
  T* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace ev
