// CSV (RFC 4180, lines end in LF). Quotes only where a reader needs them; an empty field is null or missing, "" is the
// empty string. In a csv of one column a null is "" too: readers skip an empty line, and with it the event.
#include "emit/char_scan.h"
#include "emit/delimited.h"
#include "emit/formats.h"

namespace ev {
namespace {

struct CsvSpecial {
  static __m128i mask(__m128i block) {
    return _mm_or_si128(_mm_or_si128(is_byte(block, ','), is_byte(block, '"')),
                        _mm_or_si128(is_byte(block, '\n'), is_byte(block, '\r')));
  }
};

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

void append_quoted(TextSink& sink, std::string_view text) {
  char* out = sink.room(2 * text.size() + 2);
  *out++ = '"';
  for (char c : text) {
    *out++ = c;
    if (c == '"') *out++ = c;
  }
  *out++ = '"';
  sink.end_at(out);
}

struct CsvStyle : PlainNumbers {
  static constexpr std::string_view kFormat = "csv";
  static constexpr char kSeparator = ',';
  static std::string_view null(std::size_t columns) { return columns == 1 ? "\"\"" : ""; }

  static void text(TextSink& sink, std::string_view text) {
    if (text.empty() || is_blank(text.front()) || is_blank(text.back())) return append_quoted(sink, text);
    // Copied first and scanned in the copy, which may be read beyond its end.
    char* out = sink.room(text.size());
    text.copy(out, text.size());
    if (find_special<CsvSpecial>(out, text.size()) < text.size()) return append_quoted(sink, text);
    sink.end_at(out + text.size());
  }
  static void json(TextSink& sink, std::string_view json) { text(sink, json); }
};

}  // namespace

std::unique_ptr<Emitter> make_csv_emitter(const EmitOptions& options) {
  return std::make_unique<DelimitedEmitter<CsvStyle>>(options);
}

}  // namespace ev
