#include "text/detect.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/format.h"
#include "base/text.h"

namespace ev {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

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

bool is_binary(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && c != '\t' && c != '\r' && c != '\n' && c != '\f' && c != 0x1b;
  });
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
  std::size_t open = line.find(" ["), close = line.find("] \"");
  if (open == line.npos || close == line.npos || close < open) return false;
  return std::count(line.begin(), line.begin() + static_cast<std::ptrdiff_t>(open), ' ') >= 2;
}

bool is_syslog(std::string_view line) {
  if (line.starts_with('<')) {
    std::size_t end = line.find('>');
    return end != line.npos && end >= 2 && end <= 4 && line.find_first_not_of("0123456789", 1) == end;
  }
  static constexpr std::string_view kMonths = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec";
  return line.size() > 15 && kMonths.find(line.substr(0, 3)) % 4 == 0 && line[3] == ' ' && line[9] == ':';
}

/// The same number of separators, at least one, in the first line and in the second if there is one.
bool is_separated(std::string_view first, std::string_view second, char separator) {
  auto n = std::count(first.begin(), first.end(), separator);
  return n > 0 && (second.empty() ? n > 1 : std::count(second.begin(), second.end(), separator) == n);
}

}  // namespace

InputKind detect_input(std::span<const uint8_t> first) {
  std::string_view text = as_text(first);
  if (text.empty()) return InputKind::empty;
  // A stream that was cut off within its magic is still one: the reader says that it is truncated.
  if (std::equal(first.begin(), first.begin() + static_cast<std::ptrdiff_t>(std::min(first.size(), kMagic.size())),
                 kMagic.begin()))
    return InputKind::event_stream;
  if (text.starts_with("\x1f\x8b")) return InputKind::gzip;
  if (text.starts_with("\x28\xb5\x2f\xfd")) return InputKind::zstd;
  return skip_blank(text).starts_with('{') ? InputKind::json_lines : InputKind::other;
}

std::string describe_bytes(std::span<const uint8_t> first) {
  std::string_view text = as_text(first);
  if (text.empty()) return "is empty";
  for (const Magic& magic : kMagics)
    if (text.starts_with(magic.bytes)) return std::string(magic.description);
  text = skip_blank(text);
  if (text.empty()) return "holds only white space";
  if (is_binary(text)) return "looks like binary data";
  if (text.starts_with('{')) return "looks like JSON lines: read it with ev ingest";
  if (text.starts_with('[')) return "looks like a JSON array: one object a line is needed, as jq -c '.[]' writes";
  if (text.starts_with("<?xml") || text.starts_with("<!DOCTYPE") || text.starts_with("<html"))
    return "looks like XML or HTML";
  std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  std::string_view second = text.substr(std::min(end + 1, text.size()));
  second = second.substr(0, second.find('\n'));
  if (is_access_log(line)) return "looks like an access log";
  if (is_syslog(line)) return "looks like syslog";
  if (is_logfmt(line)) return "looks like logfmt";
  if (is_separated(line, second, '\t')) return "looks like TSV";
  if (is_separated(line, second, ',') || is_separated(line, second, ';')) return "looks like CSV";
  return "looks like plain text";
}

}  // namespace ev
