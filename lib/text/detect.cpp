#include "text/detect.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/format.h"
#include "base/text.h"
#include "text/cri.h"
#include "text/syslog.h"
#include "text/text_format.h"
#include "text/utf8.h"

namespace ev {
namespace {

struct Magic {
  std::string_view bytes;
  std::string_view description;
};
constexpr std::array<Magic, 14> kMagics = {{
    {"PAR1", "looks like a Parquet file"},
    {"ARROW1", "looks like an Arrow file"},
    {"\xff\xff\xff\xff", "looks like an Arrow stream"},
    {"ORC", "looks like an ORC file"},
    {"Obj\x01", "looks like an Avro file"},
    {"SQLite format 3", "looks like an SQLite database"},
    {"PK\x03\x04", "looks like a ZIP archive: unpack it first"},
    {"\x1f\x8b", "looks like gzip: read it with ev ingest"},
    {"\x28\xb5\x2f\xfd", "looks like zstd: read it with ev ingest"},
    {"BZh", "looks like bzip2: unpack it with bzip2 -dc"},
    {"\xfd"
     "7zXZ",
     "looks like xz: unpack it with xz -dc"},
    {"\x04\x22\x4d\x18", "looks like LZ4: unpack it with lz4 -dc"},
    {"\xff\xfe", "looks like UTF-16: convert it with iconv -f UTF-16 -t UTF-8"},
    {"\xfe\xff", "looks like UTF-16: convert it with iconv -f UTF-16 -t UTF-8"},
}};

std::string_view skip_blank(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  std::size_t at = text.find_first_not_of(" \t\r\n");
  return at == text.npos ? std::string_view{} : text.substr(at);
}

/// An object, or an array of objects or of nothing.
bool begins_json(std::string_view text) {
  if (!text.starts_with('[')) return text.starts_with('{');
  text = skip_blank(text.substr(1));
  return text.starts_with('{') || text.starts_with(']');
}

bool is_binary(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && c != '\t' && c != '\r' && c != '\n' && c != '\f' && c != 0x1b;
  });
}

bool begins_w3c(std::string_view line) {
  constexpr std::string_view kDirectives[] = {"#Version:", "#Fields:", "#Software:", "#Date:", "#Start-Date:", "#Remark:"};
  return std::any_of(std::begin(kDirectives), std::end(kDirectives), [line](std::string_view name) { return line.starts_with(name); });
}

/// key=value words, at least two, at the beginning of the line.
bool is_logfmt(std::string_view line) {
  unsigned pairs = 0;
  while (!line.empty()) {
    std::size_t equals = line.find_first_of("= ");
    if (equals == line.npos || equals == 0 || line[equals] != '=') break;
    pairs++;
    line.remove_prefix(equals + 1);
    std::size_t end;
    if (line.starts_with('"')) {
      end = 1;
      while (end < line.size() && line[end] != '"') end += line[end] == '\\' ? 2 : 1;
      end = std::min(end + 1, line.size());
    } else {
      end = std::min(line.find(' '), line.size());
    }
    line.remove_prefix(std::min(line.size(), end));
    while (line.starts_with(' ')) line.remove_prefix(1);
  }
  return pairs >= 2;
}

/// host ident user [date] "request" status: common and combined access logs.
bool is_access_log(std::string_view line) {
  std::size_t open = line.find(" ["), close = std::min(line.find("] \""), line.find("] \\\""));
  if (open == line.npos || close == line.npos || close < open) return false;
  return std::count(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(open), ' ') >= 2;
}

/// How many separators stand outside quotes.
std::size_t separators(std::string_view line, char separator) {
  std::size_t n = 0;
  bool quoted = false;
  for (char c : line) {
    if (c == '"') quoted = !quoted;
    n += c == separator && !quoted;
  }
  return n;
}

/// Whether a line can be the header of a table: no name is empty, or begins or ends with a space as in a sentence.
bool is_header(std::string_view line, char separator) {
  while (!line.empty() && (line.back() == '\r')) line.remove_suffix(1);
  for (;;) {
    const std::size_t end = line.find(separator);
    const std::string_view name = line.substr(0, end);
    if (name.empty() || name.front() == ' ' || name.back() == ' ' || name.size() > 256) return false;
    if (end == line.npos) return true;
    line.remove_prefix(end + 1);
  }
}

std::string_view without_cr(std::string_view line) {
  return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

struct FirstLines {
  std::string_view first, second;
};
FirstLines first_lines(std::string_view text) {
  std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view second = text.substr(std::min(end + 1, text.size()));
  return {text.substr(0, end), second.substr(0, second.find('\n'))};
}

/// The separator of a table of values, by its header and the line after it.
std::optional<char> find_separator(FirstLines lines) {
  for (char separator : {'\t', ',', ';', '|'}) {
    const std::size_t n = separators(lines.first, separator);
    if (n > 0 && (lines.second.empty() ? n > 1 : separators(lines.second, separator) == n) &&
        is_header(lines.first, separator))
      return separator;
  }
  return std::nullopt;
}

}  // namespace

std::optional<TextFormat> detect_text_format(std::string_view head) {
  const std::string_view text = skip_blank(head);
  if (text.empty() || is_binary(text)) return std::nullopt;
  if (begins_json(text)) return TextFormat{};
  const FirstLines lines = first_lines(text);
  TextFormat format;
  std::string_view access = lines.first;
  if (access.starts_with('"')) access.remove_prefix(1);
  if (lines.first.starts_with("#separator ")) {
    format.kind = TextKind::zeek;
    format.separator = '\t';
  } else if (begins_w3c(lines.first)) {
    format.kind = TextKind::w3c;
    format.separator = ' ';
  // These two may carry lines of any other format as their messages.
  } else if (is_cri(without_cr(lines.first))) {
    format.kind = TextKind::cri;
  } else if (is_syslog(without_cr(lines.first))) {
    format.kind = TextKind::syslog;
  } else if (is_access_log(access)) {
    format.kind = TextKind::access_log;
  } else if (is_logfmt(lines.first)) {
    format.kind = TextKind::logfmt;
  } else if (auto separator = find_separator(lines)) {
    format.kind = TextKind::delimited;
    format.separator = *separator;
  } else {
    return std::nullopt;
  }
  return format;
}

InputKind detect_input(std::span<const uint8_t> first) {
  std::string_view text = as_text(first);
  if (text.empty()) return InputKind::empty;
  // A stream that was cut off within its magic is still one: the reader says that it is truncated.
  if (std::equal(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(std::min(first.size(), kMagic.size())),
                 kMagic.begin()))
    return InputKind::event_stream;
  if (text.starts_with("\x1f\x8b")) return InputKind::gzip;
  if (text.starts_with("\x28\xb5\x2f\xfd")) return InputKind::zstd;
  return begins_json(skip_blank(text)) ? InputKind::json : InputKind::other;
}

std::string describe_bytes(std::span<const uint8_t> first) {
  std::string_view text = as_text(first);
  if (text.empty()) return "is empty";
  for (const Magic& magic : kMagics)
    if (text.starts_with(magic.bytes)) return std::string(magic.description);
  text = skip_blank(text);
  if (text.empty()) return "holds only white space";
  if (is_binary(text)) return "looks like binary data";
  if (begins_json(text)) return "looks like JSON: read it with ev ingest";
  if (text.starts_with("<?xml") || text.starts_with("<!DOCTYPE") || text.starts_with("<html"))
    return "looks like XML or HTML";
  if (auto format = detect_text_format(text)) {
    const std::string name(format_name(*format));
    return concat("looks like ", name, ": read it with ev ingest");
  }
  return "looks like plain text: `ev ingest -f lines` makes an event of each line";
}

}  // namespace ev
