#include "emit/json_text.h"

#include <algorithm>

#include "emit/char_scan.h"

namespace ev {
namespace {

struct JsonSpecial {
  static __m128i mask(__m128i block) {
    __m128i quote_or_backslash = _mm_or_si128(is_byte(block, '"'), is_byte(block, '\\'));
    return _mm_or_si128(quote_or_backslash, is_at_most(block, 0x1f));
  }
};

// The longest escape: \u001f.
constexpr std::size_t kMaxEscape = 6;
constexpr std::size_t kWindow = 64;

char* escape(char* out, char c) {
  static constexpr char kHex[] = "0123456789abcdef";
  *out++ = '\\';
  switch (c) {
    case '"':
    case '\\':
      *out++ = c;
      return out;
    case '\b':
      *out++ = 'b';
      return out;
    case '\f':
      *out++ = 'f';
      return out;
    case '\n':
      *out++ = 'n';
      return out;
    case '\r':
      *out++ = 'r';
      return out;
    case '\t':
      *out++ = 't';
      return out;
    default:
      break;
  }
  *out++ = 'u';
  *out++ = '0';
  *out++ = '0';
  *out++ = kHex[static_cast<uint8_t>(c) >> 4];
  *out++ = kHex[c & 15];
  return out;
}

}  // namespace

void append_json_string(TextSink& sink, std::string_view text) {
  char* out = sink.room(text.size() + 2);
  *out++ = '"';
  // Copied first and scanned in the copy, which may be read beyond its end; most texts need nothing more.
  text.copy(out, text.size());
  std::size_t clean = find_special<JsonSpecial>(out, text.size());
  out += clean;
  while (clean < text.size()) {
    sink.end_at(out);
    out = escape(sink.room(kMaxEscape + text.size() - clean + 1), text[clean]);
    clean++;
    // A short window: where one character needs escaping, more do, and what is copied behind the next is wasted.
    std::size_t window = std::min(text.size() - clean, kWindow);
    while (window > 0) {
      text.copy(out, window, clean);
      std::size_t found = find_special<JsonSpecial>(out, window);
      out += found;
      clean += found;
      if (found < window) break;
      window = std::min(text.size() - clean, kWindow);
    }
  }
  *out++ = '"';
  sink.end_at(out);
}

}  // namespace ev
