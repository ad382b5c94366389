#include "text/record_lines.h"

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "text/utf8.h"

namespace ev {
namespace {

bool is_blank(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line.find_first_not_of(" \t") == line.npos;
}

}  // namespace

RecordLines without_blank_lines(std::string_view record) {
  RecordLines lines{record, 0};
  std::string_view& text = lines.text;
  for (std::size_t end; (end = text.find('\n')) != text.npos && is_blank(text.substr(0, end)); lines.skipped++)
    text.remove_prefix(end + 1);
  if (text.ends_with('\n')) text.remove_suffix(1);
  for (std::size_t end; (end = text.rfind('\n')) != text.npos && is_blank(text.substr(end + 1));)
    text.remove_suffix(text.size() - end);
  if (text.ends_with('\r')) text.remove_suffix(1);
  return lines;
}

std::string_view with_plain_line_ends(std::string_view record, PodVector<char>& into) {
  into.clear();
  while (!record.empty()) {
    const std::size_t end = record.find("\r\n");
    into.append(record.data(), std::min(end, record.size()));
    if (end == record.npos) break;
    record.remove_prefix(end + 1);
  }
  const std::size_t size = into.size();
  std::memset(into.extend(PodVector<char>::kSlack), '\n', PodVector<char>::kSlack);
  return {into.data(), size};
}

std::string why_record_is_not_utf8(std::string_view record, uint64_t line) {
  for (uint64_t first = line;; line++) {
    const std::string_view text = record.substr(0, record.find('\n'));
    if (!is_utf8(text) || text.size() == record.size())
      return line == first ? why_not_utf8(text) : concat("line ", line, ", ", why_not_utf8(text));
    record.remove_prefix(text.size() + 1);
  }
}

}  // namespace ev
