#include "text/record_ends.h"

#include <emmintrin.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "text/lines.h"

namespace ev {
namespace {

bool has(char mark, const char* from, std::size_t bytes) {
  const __m128i marks = _mm_set1_epi8(mark);
  __m128i any = _mm_setzero_si128();
  for (std::size_t i = 0; i < bytes; i += 16)
    any = _mm_or_si128(any, _mm_cmpeq_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from + i)), marks));
  return _mm_movemask_epi8(any) != 0;
}

// Pieces of this many bytes without a quote or backslash are left to the quicker counter.
constexpr std::size_t kPiece = 1024;

}  // namespace

RecordEnds::RecordEnds(const TextFormat& format)
    : mark_(format.kind != TextKind::delimited ? '\0'
            : format.escaped                   ? '\\'
                                               : '"'),
      separator_(format.separator) {}

RecordCut RecordEnds::find(std::string_view text, std::size_t wanted) {
  if (mark_) return find_bare_newlines(text, wanted);
  const LineCut found = find_newlines(text, wanted);
  RecordCut cut{0, found.end, found.found, found.found};
  if (found.found > 0)
    cut.end =
        static_cast<std::size_t>(static_cast<const char*>(::memrchr(text.data(), '\n', found.end)) - text.data()) + 1;
  return cut;
}

/// Whether the next byte is a newline that ends the record.
inline bool RecordEnds::ends_record(char c) {
  if (mark_ == '\\') {
    const bool was_escaped = std::exchange(escaped_, !escaped_ && c == '\\');
    lines_ += was_escaped && c == '\n';
    return c == '\n' && !was_escaped;
  }
  const bool was_quoted = quoted_;
  if (quoted_) {
    // Of two quotes, the first closes and the second opens again.
    if (c == '"') quoted_ = false;
    lines_ += c == '\n';
  } else if (c == '"') {
    quoted_ = begins_field_;
  }
  // What was quoted may go on after a quote, as if a field began.
  begins_field_ = c == separator_ || c == '\n' || (c == '"' && (was_quoted || quoted_));
  return c == '\n' && !was_quoted;
}

RecordCut RecordEnds::find_bare_newlines(std::string_view text, std::size_t wanted) {
  RecordCut cut;
  std::size_t at = 0;
  auto end_record = [&](std::size_t end, uint64_t records, uint64_t lines) {
    cut.end = end;
    cut.records += records;
    cut.lines += lines + lines_;
    lines_ = 0;
  };
  while (at < text.size() && cut.records < wanted) {
    const std::size_t piece = std::min(kPiece, text.size() - at);
    if (piece == kPiece && !escaped_ && !has(mark_, text.data() + at, piece)) {
      if (quoted_) {
        lines_ += find_newlines(text.substr(at, piece), piece).found;
        at += piece;
      } else {
        const LineCut found = find_newlines(text.substr(at, piece), wanted - cut.records);
        if (found.found > 0) {
          auto last = static_cast<const char*>(::memrchr(text.data() + at, '\n', found.end));
          end_record(static_cast<std::size_t>(last - text.data()) + 1, found.found, found.found);
        }
        at += found.end;
      }
      begins_field_ = text[at - 1] == separator_ || text[at - 1] == '\n';
      continue;
    }
    for (const std::size_t stop = at + piece; at < stop && cut.records < wanted; at++)
      if (ends_record(text[at])) end_record(at + 1, 1, 1);
  }
  cut.scanned = at;
  return cut;
}

}  // namespace ev
