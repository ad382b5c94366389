// What was taken of a text: how far, and enough of its bytes to know the text again.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ev {

/// Bytes at the beginning and at the end of what was taken by which a text is known again.
inline constexpr std::size_t kMarkBytes = 1024;

/// Digests (XXH3-64) of the first kMarkBytes before `offset` and of the last ones, or of all there are where that is
/// less.
struct TextMark {
  uint64_t offset = 0;
  uint64_t head = 0, tail = 0;

  std::size_t bytes() const { return offset < kMarkBytes ? static_cast<std::size_t>(offset) : kMarkBytes; }
  /// Whether a text that begins with `first` may be this one: `first` are kMarkBytes of it, or all that there are.
  bool begins_like(std::string_view first) const;
  bool operator==(const TextMark&) const = default;
};

class TakenText {
 public:
  TakenText() = default;
  /// As after add() of `offset` bytes that begin with `head` and end with `tail`, each of min(offset, kMarkBytes).
  TakenText(uint64_t offset, std::string_view head, std::string_view tail)
      : offset_(offset), head_(head), tail_(tail) {}

  void add(std::string_view bytes);
  uint64_t offset() const { return offset_; }
  TextMark mark() const;

 private:
  uint64_t offset_ = 0;
  std::string head_, tail_;
};

}  // namespace ev
