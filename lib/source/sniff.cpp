#include "source/sniff.h"

#include <cstring>

#include "base/pod_vector.h"

namespace ev {
namespace {

constexpr std::size_t kSniffBytes = 4096;
constexpr std::size_t kSniffEnough = 16;  // bytes that tell every kind apart, white space aside

bool tells_enough(std::string_view head) {
  return head.size() >= kSniffEnough && !is_blank(head);
}

/// Reads the first bytes into `head` and returns the input as if they had not been read.
std::unique_ptr<Input> peek(std::unique_ptr<Input> input, std::string& head) {
  head.assign(kSniffBytes, '\0');
  std::span<uint8_t> into(reinterpret_cast<uint8_t*>(head.data()), head.size());
  std::size_t have = 0;
  if (input->seekable()) {
    have = input->pread(into, 0);
    head.resize(have);
    return input;
  }
  while (have < head.size() && !tells_enough({head.data(), have})) {
    // A short first line is enough where nothing follows at once: waiting for more would hold it back.
    bool has_line = !is_blank({head.data(), have}) && std::memchr(head.data(), '\n', have);
    if (has_line && !input->ready(std::chrono::nanoseconds(0))) break;
    std::size_t got = input->read(into.subspan(have));
    if (got == 0) break;
    have += got;
  }
  head.resize(have);
  return rejoin(head, std::move(input));
}

}  // namespace

bool is_blank(std::string_view head) { return head.find_first_not_of(" \t\r\n") == std::string_view::npos; }

OpenedInput open_and_sniff(const std::string& path, const StopCheck& stop) {
  OpenedInput opened;
  opened.input = peek(open_input(path, stop), opened.head);
  FileCompression compression = detect_compression(as_bytes(opened.head));
  if (compression != FileCompression::none)
    opened.input = peek(decompress(std::move(opened.input), compression), opened.head);
  opened.kind = detect_input(as_bytes(opened.head));
  return opened;
}

}  // namespace ev
