#include "text/text_format.h"

#include "base/error.h"
#include "base/text.h"
#include "text/access_log.h"
#include "text/cri.h"
#include "text/delimited.h"
#include "text/json_documents.h"
#include "text/json_lines.h"
#include "text/logfmt.h"
#include "text/nginx_format.h"
#include "text/plain_lines.h"
#include "text/regex_lines.h"
#include "text/syslog.h"
#include "text/w3c_log.h"
#include "text/zeek_log.h"

namespace ev {
namespace {

struct NamedFormat {
  std::string_view name;
  TextKind kind;
  char separator = ',';
  bool escaped = false;
};
constexpr NamedFormat kFormats[] = {
    {"jsonl", TextKind::json_lines},
    {"json", TextKind::json_documents},
    {"csv", TextKind::delimited},
    {"tsv", TextKind::delimited, '\t'},
    {"tsv:escaped", TextKind::delimited, '\t', true},
    {"w3c", TextKind::w3c, ' '},
    {"zeek", TextKind::zeek, '\t'},
    {"logfmt", TextKind::logfmt},
    {"combined", TextKind::access_log},
    {"common", TextKind::access_log},
    {"lines", TextKind::lines},
    {"syslog", TextKind::syslog},
    {"cri", TextKind::cri},
    {"regex", TextKind::regex},
    {"nginx", TextKind::nginx},
};

/// What the formats that take a pattern call it, as in regex:PATTERN.
std::string_view pattern_word(TextKind kind) {
  return kind == TextKind::regex ? "PATTERN" : kind == TextKind::nginx ? "FORMAT" : "";
}

void check_pattern(const TextFormat& format) {
  if (format.kind == TextKind::regex) check_regex(format.pattern);
  if (format.kind == TextKind::nginx) parse_nginx_format(format.pattern);
}

class JsonLines final : public TextParser {
 public:
  explicit JsonLines(const FieldChoice& fields) : parser_(fields) {}
  ParsedText parse(const TextUnit& unit) override { return parser_.parse(unit); }

 private:
  JsonLinesParser parser_;
};

}  // namespace

TextFormat parse_text_format(std::string_view name) {
  std::string known;
  for (const NamedFormat& format : kFormats) {
    const std::string_view word = pattern_word(format.kind);
    known += concat(known.empty() ? "" : ", ", format.name, word.empty() ? "" : ":", word);
    if (!name.starts_with(format.name)) continue;
    TextFormat found;
    found.kind = format.kind;
    found.separator = format.separator;
    found.escaped = format.escaped;
    std::string_view rest = name.substr(format.name.size());
    if (word.empty() && rest.empty()) return found;
    if (word.empty() || (!rest.empty() && rest[0] != ':')) continue;
    if (rest.size() < 2)
      throw Error(ErrorKind::usage, "--format", concat(format.name, " needs a pattern"),
                  concat("write ", format.name, ":", word));
    found.pattern = rest.substr(1);
    check_pattern(found);
    return found;
  }
  throw Error(ErrorKind::usage, "--format", concat("does not know \"", name, "\""), concat("it reads ", known));
}

std::string_view format_name(const TextFormat& format) {
  for (const NamedFormat& known : kFormats)
    if (known.kind == format.kind && known.escaped == format.escaped &&
        (known.kind != TextKind::delimited || known.separator == format.separator))
      return known.name;
  return format.escaped ? "tsv:escaped" : "csv";
}

std::unique_ptr<TextParser> make_text_parser(const TextFormat& format, const FieldChoice& fields) {
  switch (format.kind) {
    case TextKind::json_lines:
      return std::make_unique<JsonLines>(fields);
    case TextKind::json_documents:
      return make_json_documents_parser(fields);
    case TextKind::delimited:
      return make_delimited_parser(format, fields);
    case TextKind::w3c:
      return make_w3c_parser(format, fields);
    case TextKind::zeek:
      return make_zeek_parser(format, fields);
    case TextKind::logfmt:
      return make_logfmt_parser(fields);
    case TextKind::access_log:
      return make_access_log_parser(fields);
    case TextKind::lines:
      return make_plain_lines_parser(fields);
    case TextKind::syslog:
      return make_syslog_parser(format.year, fields);
    case TextKind::cri:
      return make_cri_parser(fields);
    case TextKind::regex:
      return make_regex_parser(format.pattern, fields);
    case TextKind::nginx:
      return make_nginx_parser(format.pattern, fields);
  }
  return nullptr;
}

}  // namespace ev
