#include "text/lines.h"

#include <immintrin.h>

#include <bit>
#include <cstdint>
#include <cstring>

namespace ev {
namespace {

// Both kernels count the newlines of whole 64-byte pieces from `at` on. They stop before the piece in which the
// `wanted`-th one stands, so that only one piece is ever looked at bit by bit.
struct Progress {
  std::size_t at = 0;
  std::size_t found = 0;
};

uint64_t newline_mask_sse2(const char* from) {
  const __m128i newline = _mm_set1_epi8('\n');
  uint64_t mask = 0;
  for (unsigned i = 0; i < 4; i++) {
    __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 16 * i));
    mask |= static_cast<uint64_t>(static_cast<unsigned>(_mm_movemask_epi8(_mm_cmpeq_epi8(x, newline)))) << (16 * i);
  }
  return mask;
}

Progress count_sse2(const char* text, std::size_t size, std::size_t wanted) {
  Progress done;
  for (; done.at + 64 <= size; done.at += 64) {
    auto n = static_cast<std::size_t>(std::popcount(newline_mask_sse2(text + done.at)));
    if (done.found + n >= wanted) return done;
    done.found += n;
  }
  return done;
}

__attribute__((target("avx2,popcnt"))) Progress count_avx2(const char* text, std::size_t size, std::size_t wanted) {
  const __m256i newline = _mm256_set1_epi8('\n');
  Progress done;
  for (; done.at + 64 <= size; done.at += 64) {
    auto from = reinterpret_cast<const __m256i*>(text + done.at);
    auto low = static_cast<unsigned>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(from), newline)));
    auto high = static_cast<unsigned>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_loadu_si256(from + 1), newline)));
    auto n = static_cast<std::size_t>(__builtin_popcount(low) + __builtin_popcount(high));
    if (done.found + n >= wanted) return done;
    done.found += n;
  }
  return done;
}

/// What 64 bytes hold: a bit per newline, and whether a byte is not ASCII.
struct Piece {
  uint64_t newlines;
  bool ascii;
};

Piece piece_sse2(const char* from) {
  __m128i any = _mm_setzero_si128();
  for (unsigned i = 0; i < 4; i++)
    any = _mm_or_si128(any, _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + 16 * i)));
  return {newline_mask_sse2(from), _mm_movemask_epi8(any) == 0};
}

__attribute__((target("avx2"))) inline Piece piece_avx2(const char* from) {
  const __m256i newline = _mm256_set1_epi8('\n');
  const __m256i a = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
  const __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from) + 1);
  auto low = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, newline)));
  auto high = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, newline)));
  return {uint64_t{high} << 32 | low, _mm256_movemask_epi8(_mm256_or_si256(a, b)) == 0};
}

/// Calls see(offset, piece of) for each 64 bytes of the text, the last ones filled up with zeros.
template <class Look>
inline LineIndex index_pieces(std::string_view text, PodVector<uint32_t>& ends, Look look) {
  LineIndex index{0, true};
  auto take = [&](std::size_t at, Piece piece) {
    index.ascii &= piece.ascii;
    ends.resize(index.lines + 64);
    for (uint64_t bits = piece.newlines; bits; bits &= bits - 1)
      ends.data()[index.lines++] = static_cast<uint32_t>(at + static_cast<std::size_t>(std::countr_zero(bits)));
  };
  std::size_t at = 0;
  for (; at + 64 <= text.size(); at += 64) take(at, look(text.data() + at));
  if (at < text.size()) {
    char last[64] = {};
    std::memcpy(last, text.data() + at, text.size() - at);
    take(at, look(last));
  }
  ends.resize(index.lines);
  return index;
}

__attribute__((target("avx2,bmi"))) LineIndex index_avx2(std::string_view text, PodVector<uint32_t>& ends) {
  return index_pieces(text, ends, piece_avx2);
}

LineCut finish_bytewise(std::string_view text, std::size_t wanted, Progress done) {
  const char* at = text.data() + done.at;
  const char* end = text.data() + text.size();
  while (done.found < wanted && at < end) {
    auto newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<std::size_t>(end - at)));
    if (!newline) break;
    done.found++;
    at = newline + 1;
  }
  if (done.found == wanted) return {static_cast<std::size_t>(at - text.data()), wanted};
  return {text.size(), done.found};
}

}  // namespace

LineCut find_newlines(std::string_view text, std::size_t wanted) {
  if (wanted == 0 || text.empty()) return {wanted == 0 ? 0 : text.size(), 0};
  static const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("popcnt");
  Progress done =
      has_avx2 ? count_avx2(text.data(), text.size(), wanted) : count_sse2(text.data(), text.size(), wanted);
  return finish_bytewise(text, wanted, done);
}

LineIndex index_lines(std::string_view text, PodVector<uint32_t>& ends) {
  static const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
  return has_avx2 ? index_avx2(text, ends) : index_pieces(text, ends, piece_sse2);
}

namespace detail {
LineIndex index_lines_portable(std::string_view text, PodVector<uint32_t>& ends) {
  return index_pieces(text, ends, piece_sse2);
}
LineCut find_newlines_portable(std::string_view text, std::size_t wanted) {
  if (wanted == 0 || text.empty()) return {wanted == 0 ? 0 : text.size(), 0};
  return finish_bytewise(text, wanted, count_sse2(text.data(), text.size(), wanted));
}
}  // namespace detail

PodVector<char> with_newline(std::string_view line) {
  PodVector<char> copy;
  copy.append(line.data(), line.size());
  std::memset(copy.extend(PodVector<char>::kSlack), '\n', PodVector<char>::kSlack);
  return copy;
}

}  // namespace ev
