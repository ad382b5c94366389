// A bitmap over row numbers, least significant bit first: validity of a column, sets of rows.
#pragma once

#include <bit>
#include <cstdint>

#include "base/pod_vector.h"

namespace ev {

/// Bits are kept in 64-bit words; bits beyond size() are zero.
class Bitmap {
 public:
  Bitmap() = default;
  Bitmap(std::size_t n, bool value) { assign(n, value); }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  void clear() {
    words_.clear();
    size_ = 0;
  }
  void assign(std::size_t n, bool value) {
    words_.assign((n + 63) / 64, value ? ~uint64_t{0} : 0);
    size_ = n;
    trim();
  }
  /// New bits are zero.
  void resize(std::size_t n) {
    std::size_t old = words_.size(), words = (n + 63) / 64;
    words_.resize(words);
    for (std::size_t i = old; i < words; i++) words_[i] = 0;
    size_ = n;
    trim();
  }
  bool get(std::size_t i) const { return words_[i >> 6] >> (i & 63) & 1; }
  void set(std::size_t i) { words_[i >> 6] |= uint64_t{1} << (i & 63); }
  void reset(std::size_t i) { words_[i >> 6] &= ~(uint64_t{1} << (i & 63)); }
  std::size_t count() const {
    std::size_t n = 0;
    for (uint64_t w : words_) n += static_cast<std::size_t>(std::popcount(w));
    return n;
  }
  /// Calls f(i) for each set bit in order.
  template <class F>
  void for_each(F&& f) const {
    for (std::size_t w = 0; w < words_.size(); w++)
      for (uint64_t bits = words_[w]; bits; bits &= bits - 1) f(w * 64 + static_cast<std::size_t>(std::countr_zero(bits)));
  }
  std::size_t word_count() const { return words_.size(); }
  uint64_t word(std::size_t i) const { return words_[i]; }
  uint64_t& word(std::size_t i) { return words_[i]; }
  /// The ceil(size / 8) bytes of the stream format.
  std::span<const uint8_t> bytes() const { return {reinterpret_cast<const uint8_t*>(words_.data()), (size_ + 7) / 8}; }
  /// From bytes as above; bits beyond `n` are dropped.
  static Bitmap from_bytes(std::span<const uint8_t> bytes, std::size_t n) {
    Bitmap b(n, false);
    std::memcpy(b.words_.data(), bytes.data(), (n + 7) / 8);
    b.trim();
    return b;
  }
  bool operator==(const Bitmap& o) const { return size_ == o.size_ && words_ == o.words_; }

 private:
  void trim() {
    if (size_ & 63) words_.back() &= (uint64_t{1} << (size_ & 63)) - 1;
  }
  PodVector<uint64_t> words_;
  std::size_t size_ = 0;
};

}  // namespace ev
