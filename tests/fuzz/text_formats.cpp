#include "fuzz/text_formats.h"

#include <algorithm>
#include <string>

#include "base/error.h"
#include "base/text.h"
#include "text/multiline.h"

namespace ev::fuzz {
namespace {

std::string_view without_mark(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  return text;
}

std::vector<uint64_t> lines_but_for(std::string_view text, std::string_view blanks, bool comments = false) {
  std::vector<uint64_t> found;
  text = without_mark(text);
  for (uint64_t line = 1; !text.empty(); line++) {
    const std::size_t size = std::min(text.find('\n'), text.size());
    std::string_view content = text.substr(0, size);
    if (content.ends_with('\r')) content.remove_suffix(1);
    const bool nothing = content.find_first_not_of(blanks) == content.npos || (comments && content[0] == '#');
    if (!nothing) found.push_back(line);
    text.remove_prefix(std::min(size + 1, text.size()));
  }
  return found;
}

std::vector<uint64_t> lines(std::string_view text, const TextFormat&) {
  return lines_but_for(text, " \t");
}

std::vector<uint64_t> json_lines(std::string_view text, const TextFormat&) {
  return lines_but_for(text, " \t\r");
}

std::vector<uint64_t> lines_without_directives(std::string_view text, const TextFormat&) {
  return lines_but_for(text, " \t", true);
}

constexpr const char* kDigitBegins = "^\\d";

/// Of records that begin at lines with a digit in front, the first lines that are not blank.
std::vector<uint64_t> lines_from_digits(std::string_view text, const TextFormat& format) {
  std::vector<uint64_t> found;
  uint64_t begin = 1, taken = 0;  // of the record at hand, and of the last one that has a line
  const std::vector<uint64_t> not_blank = lines(text, format);
  text = without_mark(text);
  std::vector<uint64_t> begins;
  for (uint64_t line = 1, last = 1; !text.empty(); line++) {
    const bool digit = line > 1 && text[0] >= '0' && text[0] <= '9';
    if (digit || line - last == kMaxRecordLines) begins.push_back(last = line);
    text.remove_prefix(std::min(std::min(text.find('\n'), text.size() - 1) + 1, text.size()));
  }
  begins.push_back(UINT64_MAX);
  auto next = begins.begin();
  for (uint64_t line : not_blank) {
    for (; line >= *next; next++) begin = *next;
    if (begin != taken) found.push_back(line);
    taken = begin;
  }
  return found;
}

/// Records of a table, a state for each byte.
std::vector<uint64_t> table_rows(std::string_view text, const TextFormat& format) {
  enum class State { field_begins, bare, quoted, quote_in_quoted, escaped };
  std::vector<uint64_t> found;
  text = without_mark(text);
  State state = State::field_begins;
  uint64_t line = 1, record_line = 1;
  bool is_header = format.header_bytes > 0;
  std::size_t begin = 0;
  const auto end_record = [&](std::size_t end) {
    std::string_view record = text.substr(begin, end - begin);
    if (record.ends_with('\r')) record.remove_suffix(1);
    if (!is_header && (!record.empty() || format.columns.size() == 1)) found.push_back(record_line);
    is_header = false;
    begin = end + 1;
    record_line = line + 1;
    state = State::field_begins;
  };
  for (std::size_t at = 0; at < text.size(); at++) {
    const char c = text[at];
    if (state == State::escaped) {
      state = State::bare;
    } else if (format.escaped && c == '\\') {
      state = State::escaped;
    } else if (!format.escaped && state == State::quoted) {
      if (c == '"') state = State::quote_in_quoted;
    } else if (!format.escaped && c == '"' && state != State::bare) {
      state = State::quoted;  // opened, or doubled
    } else if (c == '\n') {
      end_record(at);
    } else {
      state = c == format.separator ? State::field_begins : State::bare;
    }
    line += c == '\n';
  }
  if (begin < text.size()) end_record(text.size());
  return found;
}

constexpr const char* kNginx =
    "nginx:$remote_addr - $remote_user [$time_local] \"$request\" $status $body_bytes_sent \"$http_referer\" "
    "rt=$request_time up=\"$upstream_response_time\"";
constexpr const char* kRegex =
    "regex:^(?<time>\\S+) (?<level>[A-Z]+) +\\[(?<thread>[^\\]]*)\\] (?<logger>[\\w.]+)(?: - (?<message>.*))?$";

const std::vector<FuzzedFormat>& fuzzed_formats() {
  static const std::vector<FuzzedFormat> formats{
      {"jsonl", "jsonl", json_lines, "ts"},
      {"jsonl-logfmt", "jsonl", json_lines, "ts", "log=logfmt"},
      {"documents", "json", nullptr, "ts"},
      {"each", "json", nullptr, "eventTime", nullptr, "Records"},
      {"csv", "csv", table_rows},
      {"tsv", "tsv", table_rows},
      {"tsv-escaped", "tsv:escaped", table_rows, "time", nullptr, "", {"time", "name", "value"}},
      {"w3c", "w3c", lines_without_directives},
      {"zeek", "zeek", lines_without_directives, "ts"},
      {"logfmt", "logfmt", lines, "ts"},
      {"combined", "combined", lines},
      {"nginx", kNginx, lines, "time_local"},
      {"syslog", "syslog", lines},
      {"cri", "cri", lines},
      {"cri-json", "cri", lines, "time", "message=jsonl"},
      {"regex", kRegex, lines},
      {"lines", "lines", lines, "message"},
      {"lines-multiline", "lines", lines_from_digits, "message", nullptr, "", {}, kDigitBegins},
      {"regex-multiline",
       "regex:^(?<time>\\S+) (?<message>(?s:.*))$",
       lines_from_digits,
       "time",
       nullptr,
       "",
       {},
       kDigitBegins},
      {"syslog-multiline", "syslog", lines_from_digits, "time", nullptr, "", {}, kDigitBegins},
  };
  return formats;
}

}  // namespace

const FuzzedFormat& find_fuzzed_format(std::string_view name) {
  std::string known;
  for (const FuzzedFormat& format : fuzzed_formats()) {
    if (format.name == name) return format;
    known += concat(known.empty() ? "" : ", ", format.name);
  }
  throw Error(ErrorKind::usage, "--format", concat("does not know \"", name, "\""), concat("there are ", known));
}

bool is_plainly_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t i) {
      return static_cast<unsigned char>(at + i < text.size() ? text[at + i] : 0);
    };
    const unsigned first = byte(0);
    const std::size_t size = first < 0x80   ? 1
                             : first < 0xc2 ? 0
                             : first < 0xe0 ? 2
                             : first < 0xf0 ? 3
                             : first < 0xf5 ? 4
                                            : 0;
    if (size == 0) return false;
    for (std::size_t i = 1; i < size; i++)
      if ((byte(i) & 0xc0) != 0x80) return false;
    // Too long for what they stand for, surrogates, and what lies beyond U+10FFFF.
    if ((first == 0xe0 && byte(1) < 0xa0) || (first == 0xed && byte(1) > 0x9f)) return false;
    if ((first == 0xf0 && byte(1) < 0x90) || (first == 0xf4 && byte(1) > 0x8f)) return false;
    at += size;
  }
  return true;
}

}  // namespace ev::fuzz
