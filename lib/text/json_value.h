// Values inside a JSON line: strings, numbers, words, and arrays or objects that are kept as text. Both readers of JSON
// lines, the plain and the predicting one, read values with this and nothing else.
#pragma once

#include <emmintrin.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "text/json_number.h"

namespace ev {

/// Which of the 16 bytes at `p` are a quote, a backslash or a control character.
inline unsigned string_stops(const char* p) {
  const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), last_control = _mm_set1_epi8(0x1f);
  const __m128i x = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(x, last_control), x);
  const __m128i stop = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, backslash)), control);
  return static_cast<unsigned>(_mm_movemask_epi8(stop));
}
/// First quote, backslash or control character from `p` on. Requires: a newline follows, with 16 readable bytes after
/// it.
inline const char* find_string_stop(const char* p) {
  for (;; p += 16)
    if (const unsigned stops = string_stops(p)) return p + __builtin_ctz(stops);
}
/// The same, or `end` where there is none before it. Reads up to 15 bytes beyond it.
inline const char* find_string_stop(const char* p, const char* end) {
  for (; p < end; p += 16)
    if (const unsigned stops = string_stops(p)) return p + __builtin_ctz(stops) < end ? p + __builtin_ctz(stops) : end;
  return end;
}

inline bool is_json_space(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}  // a newline ends the line
inline const char* skip_space(const char* p) {
  while (is_json_space(*p)) p++;
  return p;
}

/// Makes spaces of the line breaks between the values of a JSON text, so that it can be read as a line. Those inside
/// strings stay, where they are an error.
void put_on_one_line(std::string& json);

/// Why a line is no JSON, and where.
struct Fault {
  const char* at = nullptr;
  const char* what = nullptr;
};

/// Reads values of one line. Texts that are not in the source as they are meant (escapes, white space in arrays) are
/// written to memory of its own, good until start_line(). All methods return the end of what they read, or nullptr with
/// fault() set. Requires of every text: valid UTF-8, a newline after it, and 32 readable bytes after that.
class ValueReader {
 public:
  /// For texts of `bytes` bytes in all.
  void reserve(std::size_t bytes) { scratch_.reserve(bytes + 64); }
  void start_line() { scratch_.clear(); }
  /// For readers that keep the texts of several lines: where those of a line begin, and to drop it from there.
  std::size_t mark() const { return scratch_.size(); }
  void drop_from(std::size_t mark) { scratch_.resize(mark); }
  const Fault& fault() const { return fault_; }
  const char* fail(const char* at, const char* what) {
    fault_ = {at, what};
    return nullptr;
  }

  /// Any value but an object. `nesting`: containers that are open around it.
  const char* read(const char* p, uint32_t nesting, Scalar& out) {
    if (*p == '"') return read_string(p, out);
    if (begins_number(*p)) return read_number(p, out);
    if (*p == '[') return read_json(p, nesting, out);
    return read_word(p, out);
  }
  const char* read_string(const char* p, Scalar& out) {
    const char* stop = find_string_stop(p + 1);
    if (*stop != '"') return read_escaped(p, stop, out);
    out = {Type::string, static_cast<uint32_t>(stop - p - 1), reinterpret_cast<uint64_t>(p + 1)};
    return stop + 1;
  }
  const char* read_number(const char* p, Scalar& out) {
    const char* end = scan_number(p, out);
    return end ? end : fail(p, "a number is malformed");
  }
  const char* read_word(const char* p, Scalar& out) {
    uint32_t four = load<uint32_t>(p);
    if (four == load<uint32_t>("true")) {
      out = {Type::boolean, 0, 1};
      return p + 4;
    }
    if (four == load<uint32_t>("fals") && p[4] == 'e') {
      out = {Type::boolean, 0, 0};
      return p + 5;
    }
    if (four == load<uint32_t>("null")) {
      out = {Type::null, 0, 0};
      return p + 4;
    }
    return fail(p, *p == '\n' ? "the line ends where a value should be" : "expected a value");
  }
  /// Any value, validated to its last byte, as text without insignificant white space.
  const char* read_json(const char* p, uint32_t nesting, Scalar& out);

 private:
  const char* read_escaped(const char* p, const char* stop, Scalar& out);
  const char* read_escape(const char* p, char*& out);
  const char* check_string(const char* p);
  const char* check_scalar(const char* p);
  const char* check_container(const char* p, uint32_t nesting, bool& spaces);
  std::string_view without_space(const char* begin, const char* end);

  PodVector<char> scratch_;  // never moves within a unit: reserve() saw to it
  Fault fault_;
};

}  // namespace ev
