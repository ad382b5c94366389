#include "source/taken_text.h"

#include "base/bytes.h"
#include "base/hash.h"

namespace ev {

bool TextMark::begins_like(std::string_view first) const {
  return first.size() >= bytes() && checksum64(as_bytes(first.substr(0, bytes()))) == head;
}

void TakenText::add(std::string_view bytes) {
  offset_ += bytes.size();
  if (head_.size() < kMarkBytes) head_.append(bytes.substr(0, kMarkBytes - head_.size()));
  if (bytes.size() >= kMarkBytes) {
    tail_ = bytes.substr(bytes.size() - kMarkBytes);
  } else {
    tail_.append(bytes);
    if (tail_.size() > kMarkBytes) tail_.erase(0, tail_.size() - kMarkBytes);
  }
}

TextMark TakenText::mark() const {
  return {offset_, checksum64(as_bytes(head_)), checksum64(as_bytes(tail_))};
}

}  // namespace ev
