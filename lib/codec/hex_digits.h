// Hexadecimal digits to bytes and back, 16 bytes at a time; SSE2 is part of every x86-64.
#pragma once

#include <emmintrin.h>

#include <cstddef>
#include <cstdint>

namespace ev {

/// Digits of one case: the letters are `a` ('a' or 'A') and the five behind it.
class HexDigits {
 public:
  explicit HexDigits(bool upper_case) : a_(upper_case ? 'A' : 'a'), first_letter_(_mm_set1_epi8(a_)) {}

  /// 32 digits to 16 bytes. Where one is no digit, sets bits of `faults`.
  __m128i parse(__m128i front, __m128i back, __m128i& faults) const {
    const __m128i low = _mm_set1_epi16(0xff);
    front = values(front, faults);
    back = values(back, faults);
    // A pair of digits is 16 bits, the first of them low.
    front = _mm_and_si128(_mm_or_si128(_mm_slli_epi16(front, 4), _mm_srli_epi16(front, 8)), low);
    back = _mm_and_si128(_mm_or_si128(_mm_slli_epi16(back, 4), _mm_srli_epi16(back, 8)), low);
    return _mm_packus_epi16(front, back);
  }

  /// 16 bytes to 32 digits.
  void format(__m128i bytes, __m128i& front, __m128i& back) const {
    const __m128i low = _mm_set1_epi8(15);
    const __m128i first = digits(_mm_and_si128(_mm_srli_epi16(bytes, 4), low));
    const __m128i second = digits(_mm_and_si128(bytes, low));
    front = _mm_unpacklo_epi8(first, second);
    back = _mm_unpackhi_epi8(first, second);
  }

  /// 0 to 15, or 16 if it is no digit.
  unsigned value(char c) const {
    if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
    return c >= a_ && c < a_ + 6 ? static_cast<unsigned>(c - a_) + 10 : 16;
  }
  /// Of a value below 16.
  char digit(unsigned value) const {
    return static_cast<char>(value < 10 ? '0' + value : value - 10u + static_cast<unsigned>(a_));
  }

 private:
  __m128i values(__m128i digits, __m128i& faults) const {
    const __m128i number = _mm_sub_epi8(digits, _mm_set1_epi8('0'));
    const __m128i letter = _mm_sub_epi8(digits, first_letter_);
    const __m128i is_number = _mm_cmpeq_epi8(_mm_min_epu8(number, _mm_set1_epi8(9)), number);
    const __m128i is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letter, _mm_set1_epi8(5)), letter);
    faults = _mm_or_si128(faults, _mm_andnot_si128(_mm_or_si128(is_number, is_letter), _mm_set1_epi8(-1)));
    return _mm_or_si128(_mm_and_si128(number, is_number),
                        _mm_and_si128(_mm_add_epi8(letter, _mm_set1_epi8(10)), is_letter));
  }
  __m128i digits(__m128i values) const {
    const __m128i over_nine = _mm_cmpgt_epi8(values, _mm_set1_epi8(9));
    const __m128i to_letters = _mm_set1_epi8(static_cast<char>(a_ - '0' - 10));
    return _mm_add_epi8(_mm_add_epi8(values, _mm_set1_epi8('0')), _mm_and_si128(over_nine, to_letters));
  }

  char a_;
  __m128i first_letter_;
};

inline bool any_fault(__m128i faults) {
  return _mm_movemask_epi8(faults) != 0;
}

}  // namespace ev
