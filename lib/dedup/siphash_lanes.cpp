#include "dedup/siphash_lanes.h"

#include <immintrin.h>

#include "base/bytes.h"

namespace ev {

namespace {

#define EV_AVX2 __attribute__((target("avx2")))

using Words = __m256i;  // one of each of four messages

template <int bits>
EV_AVX2 inline Words rotate_left(Words x) {
  if constexpr (bits == 32)
    return _mm256_shuffle_epi32(x, 0b10110001);
  else
    return _mm256_or_si256(_mm256_slli_epi64(x, bits), _mm256_srli_epi64(x, 64 - bits));
}

/// The state and the round of the paper (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012).
struct State {
  Words v0, v1, v2, v3;

  EV_AVX2 inline void round() {
    v0 = _mm256_add_epi64(v0, v1);
    v1 = _mm256_xor_si256(rotate_left<13>(v1), v0);
    v0 = rotate_left<32>(v0);
    v2 = _mm256_add_epi64(v2, v3);
    v3 = _mm256_xor_si256(rotate_left<16>(v3), v2);
    v0 = _mm256_add_epi64(v0, v3);
    v3 = _mm256_xor_si256(rotate_left<21>(v3), v0);
    v2 = _mm256_add_epi64(v2, v1);
    v1 = _mm256_xor_si256(rotate_left<17>(v1), v2);
    v2 = rotate_left<32>(v2);
  }
  EV_AVX2 inline void compress(Words message) {
    v3 = _mm256_xor_si256(v3, message);
    round();
    round();
    v0 = _mm256_xor_si256(v0, message);
  }
  EV_AVX2 inline Words finalize() {
    for (int i = 0; i < 4; i++) round();
    return _mm256_xor_si256(_mm256_xor_si256(v0, v1), _mm256_xor_si256(v2, v3));
  }
};

EV_AVX2 inline Words same(uint64_t word) { return _mm256_set1_epi64x(static_cast<long long>(word)); }

/// A word of each of four messages, which begin `size` bytes apart.
EV_AVX2 inline Words words_at(const uint8_t* first, std::size_t size) {
  const auto word = [&](std::size_t i) { return static_cast<long long>(load<uint64_t>(first + i * size)); };
  return _mm256_set_epi64x(word(3), word(2), word(1), word(0));
}

/// The last bytes of a message, and its size above them.
inline long long last_word(const uint8_t* message, std::size_t size) {
  uint64_t word = 0;
  if (size % 8 != 0) std::memcpy(&word, message + size / 8 * 8, size % 8);  // of no bytes there may be no address
  return static_cast<long long>(word | uint64_t{size} << 56);
}

EV_AVX2 inline Words last_words(const uint8_t* first, std::size_t size) {
  return _mm256_set_epi64x(last_word(first + 3 * size, size), last_word(first + 2 * size, size),
                           last_word(first + size, size), last_word(first, size));
}

EV_AVX2 inline void put_words(Words words, std::array<uint64_t, 2>* out, std::size_t place) {
  alignas(32) std::array<uint64_t, 4> stored;
  _mm256_store_si256(reinterpret_cast<Words*>(stored.data()), words);
  for (std::size_t i = 0; i < stored.size(); i++) out[i][place] = stored[i];
}

EV_AVX2 void hash_lanes(uint64_t k0, uint64_t k1, const uint8_t* messages, std::size_t size, std::array<uint64_t, 2>* out) {
  const State begin{same(k0 ^ 0x736f6d6570736575), same(k1 ^ 0x646f72616e646f6d ^ 0xee), same(k0 ^ 0x6c7967656e657261),
                    same(k1 ^ 0x7465646279746573)};
  State a = begin, b = begin;
  const uint8_t* const second = messages + 4 * size;
  for (std::size_t at = 0; at + 8 <= size; at += 8) {
    a.compress(words_at(messages + at, size));
    b.compress(words_at(second + at, size));
  }
  a.compress(last_words(messages, size));
  b.compress(last_words(second, size));
  a.v2 = _mm256_xor_si256(a.v2, same(0xee));
  b.v2 = _mm256_xor_si256(b.v2, same(0xee));
  put_words(a.finalize(), out, 0);
  put_words(b.finalize(), out + 4, 0);
  a.v1 = _mm256_xor_si256(a.v1, same(0xdd));
  b.v1 = _mm256_xor_si256(b.v1, same(0xdd));
  put_words(a.finalize(), out, 1);
  put_words(b.finalize(), out + 4, 1);
}

}  // namespace

bool have_siphash_lanes() { return __builtin_cpu_supports("avx2"); }

void siphash_lanes(const std::array<uint8_t, 16>& key, const uint8_t* messages, std::size_t size,
                   std::array<std::array<uint64_t, 2>, kSiphashLanes>& out) {
  hash_lanes(load<uint64_t>(key.data()), load<uint64_t>(key.data() + 8), messages, size, out.data());
}

}  // namespace ev
