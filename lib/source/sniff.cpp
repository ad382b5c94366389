#include "source/sniff.h"

#include "base/pod_vector.h"
#include "text/text_format.h"

namespace ev {
namespace {

constexpr std::size_t kSniffEnough = 16;  // bytes that tell every kind apart, white space aside

bool tells_enough(std::string_view head) {
  return head.size() >= kSniffEnough && !is_blank(head);
}

/// Reads the first bytes into `head` and returns the input as if they had not been read.
std::unique_ptr<Input> peek(std::unique_ptr<Input> input, bool tell_format, std::string& head) {
  head.assign(kSniffBytes, '\0');
  std::span<uint8_t> into(reinterpret_cast<uint8_t*>(head.data()), head.size());
  std::size_t have = 0;
  if (input->seekable()) {
    have = input->pread(into, 0);
    head.resize(have);
    return input;
  }
  while (have < head.size()) {
    const std::string_view so_far(head.data(), have);
    const bool format_told = !tell_format || tells_format(so_far);
    if (tells_enough(so_far) && format_told) break;
    // A short first line is enough where nothing follows at once: waiting for more would hold it back.
    bool has_line = !is_blank(so_far) && so_far.find('\n') != so_far.npos;
    if (has_line && format_told && !input->ready(std::chrono::nanoseconds(0))) break;
    std::size_t got = input->read(into.subspan(have));
    if (got == 0) break;
    have += got;
  }
  head.resize(have);
  return rejoin(head, std::move(input));
}

}  // namespace

bool is_blank(std::string_view head) { return head.find_first_not_of(" \t\r\n") == std::string_view::npos; }

bool tells_format(std::string_view head) {
  if (is_blank(head)) return false;
  if (detect_input(as_bytes(head)) != InputKind::other) return true;
  head.remove_prefix(head.find_first_not_of(" \t\r\n"));
  const std::size_t first = head.find('\n');
  if (first == head.npos) return false;
  const auto format = detect_text_format(head.substr(0, first + 1));
  // The header of a table is held against the line after it.
  return (format && format->kind != TextKind::delimited) || head.find('\n', first + 1) != head.npos;
}

OpenedInput sniff(std::unique_ptr<Input> input, bool tell_format) {
  OpenedInput opened;
  opened.input = peek(std::move(input), tell_format, opened.head);
  opened.kind = detect_input(as_bytes(opened.head));
  return opened;
}

OpenedInput open_and_sniff(const std::string& path, const StopCheck& stop, bool tell_format) {
  OpenedInput opened;
  opened.input = peek(open_input(path, stop), tell_format, opened.head);
  FileCompression compression = detect_compression(as_bytes(opened.head));
  if (compression != FileCompression::none)
    opened.input = peek(decompress(std::move(opened.input), compression), tell_format, opened.head);
  opened.kind = detect_input(as_bytes(opened.head));
  return opened;
}

}  // namespace ev
