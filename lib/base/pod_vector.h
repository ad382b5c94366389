// A growable array of trivially copyable values that leaves new elements uninitialised and keeps its memory on clear().
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace ev {

/// Like std::vector for plain values, with two differences that the hot paths need: resize() does not write the new
/// elements, and kSlack bytes beyond capacity may be written (and read, once written) by wide stores.
template <class T>
class PodVector {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  static constexpr std::size_t kSlack = 64;

  PodVector() = default;
  explicit PodVector(std::size_t n) { resize(n); }
  PodVector(std::size_t n, T value) { assign(n, value); }
  PodVector(const PodVector& o) { append(o.data_, o.size_); }
  PodVector(PodVector&& o) noexcept { swap(o); }
  PodVector& operator=(const PodVector& o) {
    if (this != &o) {
      clear();
      append(o.data_, o.size_);
    }
    return *this;
  }
  PodVector& operator=(PodVector&& o) noexcept {
    swap(o);
    return *this;
  }
  ~PodVector() { std::free(data_); }

  void swap(PodVector& o) noexcept {
    std::swap(data_, o.data_);
    std::swap(size_, o.size_);
    std::swap(capacity_, o.capacity_);
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::size_t capacity() const { return capacity_; }
  bool empty() const { return size_ == 0; }
  T& operator[](std::size_t i) { return data_[i]; }
  const T& operator[](std::size_t i) const { return data_[i]; }
  T& back() { return data_[size_ - 1]; }
  const T& back() const { return data_[size_ - 1]; }
  T* begin() { return data_; }
  T* end() { return data_ + size_; }
  const T* begin() const { return data_; }
  const T* end() const { return data_ + size_; }
  std::span<const T> span() const { return {data_, size_}; }

  void clear() { size_ = 0; }
  void reserve(std::size_t n) {
    if (n > capacity_) grow(n);
  }
  /// New elements are uninitialised.
  void resize(std::size_t n) {
    reserve(n);
    size_ = n;
  }
  void assign(std::size_t n, T value) {
    resize(n);
    for (std::size_t i = 0; i < n; i++) data_[i] = value;
  }
  void push_back(T value) {
    if (size_ == capacity_) grow(size_ + 1);
    data_[size_++] = value;
  }
  void append(const T* from, std::size_t n) {
    if (n == 0) return;
    reserve(size_ + n);
    std::memcpy(data_ + size_, from, n * sizeof(T));
    size_ += n;
  }
  void append(std::span<const T> from) { append(from.data(), from.size()); }
  /// Room for `n` more, uninitialised; returns where they start.
  T* extend(std::size_t n) {
    reserve(size_ + n);
    T* at = data_ + size_;
    size_ += n;
    return at;
  }
  /// Removes the first `n`.
  void drop_front(std::size_t n) {
    if (size_ > n) std::memmove(data_, data_ + n, (size_ - n) * sizeof(T));
    size_ -= n;
  }
  bool operator==(const PodVector& o) const {
    return size_ == o.size_ && (size_ == 0 || std::memcmp(data_, o.data_, size_ * sizeof(T)) == 0);
  }

 private:
  void grow(std::size_t n) {
    std::size_t wanted = capacity_ + capacity_ / 2;
    if (wanted < n) wanted = n;
    if (wanted < 16) wanted = 16;
    // Not realloc(): it copies all that was reserved, also what was never written.
    void* p = std::malloc(wanted * sizeof(T) + kSlack);
    if (!p) throw std::bad_alloc();
    if (size_ > 0) std::memcpy(p, data_, size_ * sizeof(T));
    std::free(data_);
    data_ = static_cast<T*>(p);
    capacity_ = wanted;
  }

  T* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

using Buffer = PodVector<uint8_t>;

inline std::string_view as_text(std::span<const uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline std::span<const uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

}  // namespace ev
