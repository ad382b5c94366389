// Finds the first character of a text that needs care, 16 at a time (SSE2, the baseline of x86-64).
#pragma once

#include <emmintrin.h>

#include <bit>
#include <cstddef>

namespace ev {

/// Index of the first byte of text[0, n) for which `Special` holds, or n. Special::mask(v) marks such bytes of a
/// vector. Requires: 15 bytes after the text can be read; their values do not matter.
template <class Special>
std::size_t find_special(const char* text, std::size_t n) {
  for (std::size_t i = 0; i < n; i += 16) {
    __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text + i));
    unsigned hits = static_cast<unsigned>(_mm_movemask_epi8(Special::mask(block)));
    if (n - i < 16) hits &= (1u << (n - i)) - 1;
    if (hits) return i + static_cast<std::size_t>(std::countr_zero(hits));
  }
  return n;
}

inline __m128i is_byte(__m128i block, char c) {
  return _mm_cmpeq_epi8(block, _mm_set1_epi8(c));
}
/// Unsigned byte <= limit.
inline __m128i is_at_most(__m128i block, char limit) {
  return _mm_cmpeq_epi8(_mm_max_epu8(block, _mm_set1_epi8(limit)), _mm_set1_epi8(limit));
}

}  // namespace ev
