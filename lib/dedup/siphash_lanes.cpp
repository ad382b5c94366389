#include "dedup/siphash_lanes.h"

#include <immintrin.h>

#include "base/bytes.h"

namespace ev {

namespace {

#define EV_AVX2 __attribute__((target("avx2")))

using Words = __m256i;  // one of each message

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

  EV_AVX2 void round() {
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
  EV_AVX2 void compress(Words message) {
    v3 = _mm256_xor_si256(v3, message);
    round();
    round();
    v0 = _mm256_xor_si256(v0, message);
  }
  EV_AVX2 Words finalize() {
    for (int i = 0; i < 4; i++) round();
    return _mm256_xor_si256(_mm256_xor_si256(v0, v1), _mm256_xor_si256(v2, v3));
  }
};

EV_AVX2 Words same(uint64_t word) { return _mm256_set1_epi64x(static_cast<long long>(word)); }

/// The last bytes, and the size above them.
uint64_t last_word(const uint8_t* message, std::size_t size) {
  uint64_t word = 0;
  std::memcpy(&word, message + size / 8 * 8, size % 8);
  return word | uint64_t{size} << 56;
}

EV_AVX2 void hash_four(uint64_t k0, uint64_t k1, const std::array<const uint8_t*, 4>& messages, std::size_t size,
                       std::array<std::array<uint64_t, 2>, 4>& out) {
  const auto words = [&](auto&& word) EV_AVX2 {
    return _mm256_set_epi64x(static_cast<long long>(word(messages[3])), static_cast<long long>(word(messages[2])),
                             static_cast<long long>(word(messages[1])), static_cast<long long>(word(messages[0])));
  };
  State state{same(k0 ^ 0x736f6d6570736575), same(k1 ^ 0x646f72616e646f6d ^ 0xee), same(k0 ^ 0x6c7967656e657261),
              same(k1 ^ 0x7465646279746573)};
  for (std::size_t at = 0; at + 8 <= size; at += 8)
    state.compress(words([&](const uint8_t* message) { return load<uint64_t>(message + at); }));
  state.compress(words([&](const uint8_t* message) { return last_word(message, size); }));
  state.v2 = _mm256_xor_si256(state.v2, same(0xee));
  alignas(32) std::array<uint64_t, 4> first, second;
  _mm256_store_si256(reinterpret_cast<Words*>(first.data()), state.finalize());
  state.v1 = _mm256_xor_si256(state.v1, same(0xdd));
  _mm256_store_si256(reinterpret_cast<Words*>(second.data()), state.finalize());
  for (std::size_t i = 0; i < 4; i++) out[i] = {first[i], second[i]};
}

}  // namespace

bool have_siphash_lanes() { return __builtin_cpu_supports("avx2"); }

void siphash_lanes(const std::array<uint8_t, 16>& key, const std::array<const uint8_t*, 4>& messages, std::size_t size,
                   std::array<std::array<uint64_t, 2>, 4>& out) {
  hash_four(load<uint64_t>(key.data()), load<uint64_t>(key.data() + 8), messages, size, out);
}

}  // namespace ev
