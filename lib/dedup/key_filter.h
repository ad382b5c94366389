// A filter that tells most keys that are not there.
#pragma once

#include <cstdint>

#include "base/pod_vector.h"
#include "dedup/fingerprint.h"

namespace ev {

/// A blocked Bloom filter (Putze, Sanders, Singler, 2007): the bits of a key lie in one cache line. Ten bits a key let
/// about 1.3 % of other keys pass.
class KeyFilter {
 public:
  static constexpr std::size_t kBlockWords = 8;
  static constexpr uint64_t kBitsPerKey = 10;
  static uint64_t blocks_for(uint64_t keys) { return keys * kBitsPerKey / (kBlockWords * 64) + 1; }

  KeyFilter() = default;
  explicit KeyFilter(uint64_t blocks) : words_(blocks * kBlockWords, 0) {}
  /// Words as words() gave them.
  explicit KeyFilter(PodVector<uint64_t>&& words) : words_(std::move(words)) {}

  bool empty() const { return words_.empty(); }
  const PodVector<uint64_t>& words() const { return words_; }
  void prefetch(const Fingerprint& print) const { __builtin_prefetch(&words_[first_word(print)]); }
  void add(const Fingerprint& print) {
    uint64_t* block = &words_[first_word(print)];
    for_each_bit(print, [&](unsigned word, uint64_t bit) { block[word] |= bit; });
  }
  /// False where it was never added.
  bool may_hold(const Fingerprint& print) const {
    const uint64_t* block = &words_[first_word(print)];
    uint64_t missing = 0;
    for_each_bit(print, [&](unsigned word, uint64_t bit) { missing |= bit & ~block[word]; });
    return missing == 0;
  }

 private:
  static constexpr unsigned kBits = 6;

  /// Segments place keys by the high half; this uses the low one.
  std::size_t first_word(const Fingerprint& print) const {
    __extension__ using uint128 = unsigned __int128;
    const uint64_t blocks = words_.size() / kBlockWords;
    return static_cast<std::size_t>(static_cast<uint128>(print.lo) * blocks >> 64) * kBlockWords;
  }
  /// Bits from a product, of which the low half of the fingerprint's low bits decide.
  template <class F>
  static void for_each_bit(const Fingerprint& print, F&& f) {
    uint64_t bits = print.lo * 0x9e3779b97f4a7c15;
    for (unsigned i = 0; i < kBits; i++, bits >>= 9) f(bits >> 6 & 7, uint64_t{1} << (bits & 63));
  }

  PodVector<uint64_t> words_;
};

}  // namespace ev
