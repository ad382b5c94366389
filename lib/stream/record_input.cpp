#include "stream/record_input.h"

#include <algorithm>
#include <cstring>

namespace ev {
namespace {

constexpr std::size_t kWindowBytes = 16384;        // holds the header and the meta part of most blocks
constexpr uint64_t kReadStep = uint64_t{4} << 20;  // a length that lies costs no more memory than this
constexpr std::size_t kDropBytes = std::size_t{64} << 10;

}  // namespace

std::size_t RecordInput::read(std::span<uint8_t> into) {
  std::size_t got = 0;
  if (seekable_) {
    got = read_window(into);
  } else {
    while (got < into.size()) {
      std::size_t n = input_->read(into.subspan(got));
      if (n == 0) break;
      got += n;
    }
  }
  offset_ += got;
  return got;
}

std::size_t RecordInput::read_window(std::span<uint8_t> into) {
  std::size_t got = 0;
  auto copy_from_window = [&] {
    uint64_t at = offset_ + got;
    if (at < window_at_ || at >= window_at_ + window_.size()) return;
    std::size_t start = static_cast<std::size_t>(at - window_at_);
    std::size_t n = std::min(into.size() - got, window_.size() - start);
    std::memcpy(into.data() + got, window_.data() + start, n);
    got += n;
  };
  copy_from_window();
  std::size_t left = into.size() - got;
  if (left == 0) return got;
  if (left >= kWindowBytes) return got + read_at(into.subspan(got), offset_ + got);
  window_.resize(kWindowBytes);
  window_at_ = offset_ + got;
  window_.resize(read_at({window_.data(), kWindowBytes}, window_at_));
  copy_from_window();
  return got;
}

std::size_t RecordInput::read_at(std::span<uint8_t> into, uint64_t offset) const {
  std::size_t got = 0;
  while (got < into.size()) {
    std::size_t n = input_->pread(into.subspan(got), offset + got);
    if (n == 0) break;
    got += n;
  }
  return got;
}

bool RecordInput::read_body(Buffer& out, uint64_t bytes) {
  out.clear();
  return append_body(out, bytes);
}

bool RecordInput::append_body(Buffer& out, uint64_t bytes) {
  for (uint64_t got = 0; got < bytes;) {
    std::size_t step = static_cast<std::size_t>(std::min(bytes - got, kReadStep));
    uint8_t* to = out.extend(step);
    if (read({to, step}) < step) return false;
    got += step;
  }
  return true;
}

bool RecordInput::skip(uint64_t bytes) {
  if (seekable_) {
    uint64_t size = input_->size().value_or(0);
    if (offset_ > size || bytes > size - offset_) return false;
    offset_ += bytes;
    return true;
  }
  Buffer dropped(static_cast<std::size_t>(std::min<uint64_t>(bytes, kDropBytes)));
  while (bytes > 0) {
    std::size_t step = static_cast<std::size_t>(std::min<uint64_t>(bytes, dropped.size()));
    if (read({dropped.data(), step}) < step) return false;
    bytes -= step;
  }
  return true;
}

}  // namespace ev
