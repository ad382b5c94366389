#include "text/json_documents.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "base/text.h"
#include "text/bracket_scan.h"
#include "text/json_lines.h"
#include "text/json_value.h"

namespace ev {
namespace {

constexpr char kNoSpace = '\x1f';  // for a line end in a string, where JSON has none

/// Replaces the line ends of a record by white space.
void join_lines(char* p, std::size_t size) {
  const char* const end = p + size;
  if (!std::memchr(p, '\n', size) && !std::memchr(p, '\r', size)) return;
  bool quoted = false;
  for (; p < end; p++) {
    if (quoted) {
      p += find_string_stop(p, end) - p;
      if (p == end) return;
      if (*p == '"') {
        quoted = false;
      } else if (*p == '\\') {
        p += p + 1 < end && !is_line_end(p[1]);
      } else if (is_line_end(*p)) {
        *p = kNoSpace;
      }
    } else if (*p == '"') {
      quoted = true;
    } else if (is_line_end(*p)) {
      *p = ' ';
    }
  }
}

/// Line ends of `text`: LF, CR LF or CR.
uint64_t count_line_ends(std::string_view text) {
  uint64_t n = 0;
  for (std::size_t i = 0; i < text.size(); i++)
    n += text[i] == '\r' || (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'));
  return n;
}

/// A reason about a column of a record that was read as one line, for the record as it stands.
std::string reason_in_lines(const std::string& reason, std::string_view record, uint64_t line) {
  constexpr std::string_view kColumn = "column ";
  if (!reason.starts_with(kColumn)) return reason;
  std::size_t column = 0;
  const char* const end = std::from_chars(reason.data() + kColumn.size(), reason.data() + reason.size(), column).ptr;
  const std::string_view before = record.substr(0, column - 1);
  const std::size_t line_end = before.find_last_of("\r\n");
  if (line_end == before.npos) return reason;
  return concat("line ", line + count_line_ends(before), ", column ", column - 1 - line_end,
                std::string_view(end, static_cast<std::size_t>(reason.data() + reason.size() - end)));
}

class JsonDocumentsParser final : public TextParser {
 public:
  explicit JsonDocumentsParser(const FieldChoice& fields) : parser_(fields) {}

  ParsedText parse(const TextUnit& unit) override {
    ParsedText out = parser_.parse(as_lines(unit));
    for (Reject& reject : out.rejects) {
      const RecordSpan& record = unit.records[reject.line - 1];
      const std::string_view raw(unit.text.data() + record.begin, record.size);
      reject.line = unit.first_line + record.line;
      reject.offset = unit.first_offset + record.begin;
      reject.reason = reason_in_lines(reject.reason, raw, reject.line);
      reject.raw = raw;
    }
    out.rejects.insert(out.rejects.begin(), unit.refused.begin(), unit.refused.end());
    std::stable_sort(out.rejects.begin(), out.rejects.end(),
                     [](const Reject& a, const Reject& b) { return a.offset < b.offset; });
    out.records += unit.refused.size();
    return out;
  }

 private:
  /// The n-th record of the unit is the n-th line.
  static TextUnit as_lines(const TextUnit& unit) {
    TextUnit lines;
    lines.format = unit.format;
    lines.time_path = unit.time_path;
    lines.time_rules = unit.time_rules;
    lines.types = unit.types;
    lines.check = unit.check;
    lines.change = unit.change;
    lines.first_offset = 1;  // no byte order mark stands here
    lines.text.reserve(unit.text.size() + unit.records.size() + PodVector<char>::kSlack);
    for (const RecordSpan& record : unit.records) {
      char* const line = lines.text.extend(record.size + 1);
      std::memcpy(line, unit.text.data() + record.begin, record.size);
      join_lines(line, record.size);
      line[record.size] = '\n';
    }
    std::memset(lines.text.end(), 0, PodVector<char>::kSlack);
    return lines;
  }

  JsonLinesParser parser_;
};

}  // namespace

std::unique_ptr<TextParser> make_json_documents_parser(const FieldChoice& fields) {
  return std::make_unique<JsonDocumentsParser>(fields);
}

}  // namespace ev
