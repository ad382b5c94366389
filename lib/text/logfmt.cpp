#include "text/logfmt.h"

#include "text/line_parser.h"

namespace ev {
namespace {

class LogfmtReader {
 public:
  void reset() {}
  void start(std::size_t bytes) {
    scratch_.clear();
    scratch_.reserve(bytes + PodVector<char>::kSlack);
  }

  const char* read(std::string_view line, TextRow& row) {
    const char* p = line.data();
    const char* end = p + line.size();
    for (;;) {
      while (p < end && is_space(*p)) p++;
      if (p == end) return nullptr;
      if (const char* reason = row.over_limit()) return reason;
      const char* key = p;
      while (p < end && *p != '=' && *p != '"' && !is_space(*p)) p++;
      if (p < end && *p == '"') return "a quote stands in a key";
      if (p == key) return "a value has no key";
      Field* field = row.field({key, static_cast<std::size_t>(p - key)});
      if (!field) return "a key is longer than 65,535 bytes";
      if (p == end || *p != '=') {
        row.add(*field, {Type::boolean, 0, 1}, {});
        continue;
      }
      p = read_value(p + 1, end, *field, row);
      if (!p) return problem_;
    }
  }

 private:
  static bool is_space(char c) { return c == ' ' || c == '\t'; }

  const char* read_value(const char* p, const char* end, Field& field, TextRow& row) {
    if (p < end && *p == '"') return read_quoted(p + 1, end, field, row);
    const char* from = p;
    while (p < end && !is_space(*p)) p++;
    if (p == from)
      row.add_null(field);
    else
      row.add(field, {from, static_cast<std::size_t>(p - from)});
    return p;
  }

  /// Escapes are those of Go's %q and of JSON; what is neither stays as it stands.
  const char* read_quoted(const char* p, const char* end, Field& field, TextRow& row) {
    const char* from = p;
    while (p < end && *p != '"' && *p != '\\') p++;
    std::string_view text(from, static_cast<std::size_t>(p - from));
    if (p < end && *p == '\\') {
      const char* copy = scratch_.end();
      scratch_.append(from, text.size());
      while (p < end && *p != '"') {
        if (*p == '\\' && p + 1 < end) {
          p = unescape(p + 1);
        } else {
          scratch_.push_back(*p++);
        }
      }
      text = {copy, static_cast<std::size_t>(scratch_.end() - copy)};
    }
    if (p == end) return fail("a quoted value is not closed");
    p++;
    if (p < end && !is_space(*p)) return fail("text follows the closing quote of a value");
    row.add_string(field, text);  // writers quote no numbers
    return p;
  }

  const char* unescape(const char* p) {
    static constexpr std::string_view kLetters = "nrt\"\\/bf", kMeaning = "\n\r\t\"\\/\b\f";
    if (std::size_t at = kLetters.find(*p); at != kLetters.npos) {
      scratch_.push_back(kMeaning[at]);
    } else {
      scratch_.push_back('\\');
      scratch_.push_back(*p);
    }
    return p + 1;
  }
  const char* fail(const char* problem) {
    problem_ = problem;
    return nullptr;
  }

  PodVector<char> scratch_;  // never moves: start() saw to it
  const char* problem_ = nullptr;
};

}  // namespace

std::unique_ptr<TextParser> make_logfmt_parser(const FieldChoice& fields) {
  return std::make_unique<LineParser<LogfmtReader>>(fields);
}

}  // namespace ev
