#include "source/sniff.h"

#include <algorithm>

#include "base/pod_vector.h"
#include "text/json_cutter.h"
#include "text/text_format.h"

namespace ev {
namespace {

constexpr std::size_t kSniffBytes = 4096;
constexpr std::size_t kSniffJsonBytes = std::size_t{1} << 20;  // of a first record that is longer
constexpr std::size_t kSniffEnough = 16;  // bytes that tell every kind apart, white space aside

bool tells_enough(std::string_view head) {
  return head.size() >= kSniffEnough && !is_blank(head);
}

/// Whether this is JSON of which not enough is there to tell its layout.
bool is_open_json(std::string_view head) {
  return detect_input(as_bytes(head)) == InputKind::json && !JsonCutter::layout(head, false);
}

/// Whether more bytes would not change which format of text it is, other lines of a table aside: the answer must not
/// depend on how the writes to a pipe were split.
bool tells_format(std::string_view head, Tell tell) {
  if (tell == Tell::kind) return true;
  if (is_blank(head)) return false;
  const InputKind kind = detect_input(as_bytes(head));
  if (kind == InputKind::json) return !is_open_json(head);
  if (kind != InputKind::other) return true;
  head.remove_prefix(head.find_first_not_of(" \t\r\n"));
  // What follows the bracket tells whether it is JSON.
  if (head.starts_with('[') && is_blank(head.substr(1))) return false;
  if (tell == Tell::json_layout) return true;
  const std::size_t first = head.find('\n');
  if (first == head.npos) return false;
  const auto format = detect_text_format(head.substr(0, first + 1));
  // The header of a table is held against the line after it.
  return (format && format->kind != TextKind::delimited) || head.find('\n', first + 1) != head.npos;
}

/// Reads the first bytes into `head` and returns the input as if they had not been read.
std::unique_ptr<Input> peek(std::unique_ptr<Input> input, Tell tell, std::string& head) {
  head.assign(kSniffBytes, '\0');
  auto free = [&head](std::size_t from) { return std::span<uint8_t>(reinterpret_cast<uint8_t*>(head.data()) + from, head.size() - from); };
  std::size_t have = 0;
  // Whether a longer head is needed than the one that is full.
  auto grow = [&] {
    if (tell == Tell::kind || head.size() >= kSniffJsonBytes || !is_open_json(head)) return false;
    head.resize(std::min(head.size() * 4, kSniffJsonBytes));
    return true;
  };
  if (input->seekable()) {
    do {
      have = input->pread(free(0), 0);
    } while (have == head.size() && grow());
    head.resize(have);
    return input;
  }
  while (have < head.size() || grow()) {
    const std::string_view so_far(head.data(), have);
    const bool format_told = tells_format(so_far, tell);
    if (tells_enough(so_far) && format_told) break;
    // A short first line is enough where nothing follows at once: waiting for more would hold it back.
    bool has_line = !is_blank(so_far) && so_far.find('\n') != so_far.npos;
    if (has_line && format_told && !input->ready(std::chrono::nanoseconds(0))) break;
    std::size_t got = input->read(free(have));
    if (got == 0) break;
    have += got;
  }
  head.resize(have);
  return rejoin(head, std::move(input));
}

}  // namespace

bool is_blank(std::string_view head) { return head.find_first_not_of(" \t\r\n") == std::string_view::npos; }

bool tells(std::string_view head, Tell tell) {
  if (is_blank(head)) return head.size() >= kSniffBytes;
  return tells_format(head, tell) || head.size() >= (is_open_json(head) ? kSniffJsonBytes : kSniffBytes);
}

OpenedInput sniff(std::unique_ptr<Input> input, Tell tell) {
  OpenedInput opened;
  opened.input = peek(std::move(input), tell, opened.head);
  opened.kind = detect_input(as_bytes(opened.head));
  return opened;
}

OpenedInput open_and_sniff(const std::string& path, const StopCheck& stop, Tell tell) {
  OpenedInput opened;
  opened.input = peek(open_input(path, stop), tell, opened.head);
  FileCompression compression = detect_compression(as_bytes(opened.head));
  if (compression != FileCompression::none)
    opened.input = peek(decompress(std::move(opened.input), compression), tell, opened.head);
  opened.kind = detect_input(as_bytes(opened.head));
  return opened;
}

}  // namespace ev
