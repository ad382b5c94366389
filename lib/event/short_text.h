// Hash, comparison and copy of texts that are mostly short, inlined: a call to memcmp or memcpy costs more than the
// work.
#pragma once

#include <emmintrin.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/bytes.h"
#include "base/hash.h"

namespace ev {

/// What a text is hashed by. Texts of at most kExactLength bytes are equal exactly if their keys are.
struct TextKey {
  static constexpr std::size_t kExactLength = 16;
  uint64_t a, b, length;
  bool operator==(const TextKey&) const = default;
};

/// The 16 bytes from `text` on, of which `length` belong to it; the others are anything. Reading behind the text is no
/// fault as long as the page is the same, and what lies there is dropped, whoever it belongs to: the sanitizers need not
/// look.
__attribute__((no_sanitize("address", "thread"))) inline __m128i load_wide(const char* text, std::size_t length) {
  constexpr uintptr_t kPage = 4096, kWide = 16;
  if ((reinterpret_cast<uintptr_t>(text) & (kPage - 1)) <= kPage - kWide) [[likely]]
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(text));
  char bytes[kWide] = {};
  for (std::size_t i = 0; i < length; i++) bytes[i] = text[i];
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
}

/// The bytes of a text of at most 16, filled up with zeros. Lengths vary from text to text, so a branch on them would be
/// mispredicted: 16 bytes are loaded and masked.
inline TextKey short_key(const char* text, std::size_t length) {
  if (length == 0) [[unlikely]]
    return {0, 0, 0};  // the text may have no address
  static constexpr uint8_t kKeep[32] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
  const __m128i keep = _mm_loadu_si128(reinterpret_cast<const __m128i*>(kKeep + 16 - length));
  const __m128i bytes = _mm_and_si128(load_wide(text, length), keep);
  return {static_cast<uint64_t>(_mm_cvtsi128_si64(bytes)),
          static_cast<uint64_t>(_mm_cvtsi128_si64(_mm_unpackhi_epi64(bytes, bytes))), length};
}

inline TextKey text_key(const char* text, std::size_t length) {
  if (length <= TextKey::kExactLength) [[likely]]
    return short_key(text, length);
  uint64_t a = length;
  for (std::size_t at = 0; at + 16 < length; at += 16)
    a = fold_multiply(load<uint64_t>(text + at) ^ 0x9e3779b97f4a7c15, load<uint64_t>(text + at + 8) ^ a);
  return {a ^ load<uint64_t>(text + length - 16), load<uint64_t>(text + length - 8), length};
}

/// A quick hash, for tables in memory only.
inline uint64_t hash_of(const TextKey& key) {
  return fold_multiply(key.a ^ 0x9e3779b97f4a7c15, key.b ^ 0xc2b2ae3d27d4eb4f ^ key.length * 0x165667b19e3779f9);
}
inline uint64_t quick_hash(const char* text, std::size_t length) {
  return hash_of(text_key(text, length));
}

inline bool equal_texts(const char* x, const char* y, std::size_t length) {
  auto differ64 = [&](std::size_t at) { return load<uint64_t>(x + at) ^ load<uint64_t>(y + at); };
  auto differ32 = [&](std::size_t at) { return load<uint32_t>(x + at) ^ load<uint32_t>(y + at); };
  if (length > 64) return std::memcmp(x, y, length) == 0;
  if (length >= 16) {
    for (std::size_t at = 0; at + 16 < length; at += 16)
      if (differ64(at) | differ64(at + 8)) return false;
    return (differ64(length - 16) | differ64(length - 8)) == 0;
  }
  if (length >= 8) return (differ64(0) | differ64(length - 8)) == 0;
  if (length >= 4) return (differ32(0) | differ32(length - 4)) == 0;
  for (std::size_t i = 0; i < length; i++)
    if (x[i] != y[i]) return false;
  return true;
}

inline void copy_text(char* to, const char* from, std::size_t length) {
  struct Wide {
    uint64_t a, b;
  };
  if (length > 64) {
    std::memcpy(to, from, length);
  } else if (length >= 16) {
    for (std::size_t at = 0; at + 16 < length; at += 16) store(to + at, load<Wide>(from + at));
    store(to + length - 16, load<Wide>(from + length - 16));
  } else if (length >= 8) {
    uint64_t head = load<uint64_t>(from), tail = load<uint64_t>(from + length - 8);
    store(to, head);
    store(to + length - 8, tail);
  } else if (length >= 4) {
    uint32_t head = load<uint32_t>(from), tail = load<uint32_t>(from + length - 4);
    store(to, head);
    store(to + length - 4, tail);
  } else {
    for (std::size_t i = 0; i < length; i++) to[i] = from[i];
  }
}

}  // namespace ev
