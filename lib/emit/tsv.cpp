// TSV as databases read and write it (COPY of PostgreSQL, TabSeparated of ClickHouse): no quotes; tab, line feed,
// carriage return and backslash inside a value are \t \n \r \\, null or missing is \N, an empty field is the empty
// string. A line is always one event, a tab always a boundary.
#include "emit/char_scan.h"
#include "emit/delimited.h"
#include "emit/formats.h"

namespace ev {
namespace {

struct TsvSpecial {
  static __m128i mask(__m128i block) {
    return _mm_or_si128(_mm_or_si128(is_byte(block, '\t'), is_byte(block, '\\')),
                        _mm_or_si128(is_byte(block, '\n'), is_byte(block, '\r')));
  }
};

char escape_letter(char c) {
  switch (c) {
    case '\t':
      return 't';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\\':
      return '\\';
    default:
      return 0;
  }
}

void append_escaped(TextSink& sink, std::string_view text) {
  char* out = sink.room(2 * text.size());
  for (char c : text) {
    char letter = escape_letter(c);
    if (letter) *out++ = '\\';
    *out++ = letter ? letter : c;
  }
  sink.end_at(out);
}

struct TsvStyle : PlainNumbers {
  static constexpr std::string_view kFormat = "tsv";
  static constexpr char kSeparator = '\t';
  static std::string_view null(std::size_t) { return "\\N"; }

  static void text(TextSink& sink, std::string_view text) {
    // Copied first and scanned in the copy, which may be read beyond its end.
    char* out = sink.room(text.size());
    text.copy(out, text.size());
    if (find_special<TsvSpecial>(out, text.size()) < text.size()) return append_escaped(sink, text);
    sink.end_at(out + text.size());
  }
  static void json(TextSink& sink, std::string_view json) { text(sink, json); }
};

}  // namespace

std::unique_ptr<Emitter> make_tsv_emitter(const EmitOptions& options) {
  return std::make_unique<DelimitedEmitter<TsvStyle>>(options);
}

}  // namespace ev
