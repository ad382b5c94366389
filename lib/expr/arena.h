// Memory for texts that functions make: freed all at once when the next batch begins.
#pragma once

#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

namespace ev {

/// Texts never move. One thread at a time.
class Arena {
 public:
  /// Room for `size` bytes, to be filled; kSlack more may be written.
  char* allocate(std::size_t size) {
    if (size + kSlack > left_) grow(size + kSlack);
    char* at = next_;
    next_ += size;
    left_ -= size;
    return at;
  }
  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    char* at = allocate(text.size());
    std::memcpy(at, text.data(), text.size());
    return {at, text.size()};
  }
  /// Gives back the last `surplus` bytes of what was allocated last.
  void shrink(std::size_t surplus) {
    next_ -= surplus;
    left_ += surplus;
  }
  /// Forgets all texts; the first chunk is kept.
  void clear() {
    if (chunks_.empty()) return;
    chunks_.resize(1);
    next_ = chunks_[0].get();
    left_ = kChunk;
  }

 private:
  static constexpr std::size_t kChunk = 65536, kSlack = 64;

  void grow(std::size_t wanted) {
    // The first chunk is of the usual size, so that it can be kept.
    std::size_t size = wanted > kChunk && !chunks_.empty() ? wanted : kChunk;
    if (chunks_.empty() && wanted > kChunk) {
      chunks_.push_back(std::make_unique<char[]>(kChunk));
      size = wanted;
    }
    chunks_.push_back(std::unique_ptr<char[]>(new char[size]));
    next_ = chunks_.back().get();
    left_ = size;
  }

  std::vector<std::unique_ptr<char[]>> chunks_;
  char* next_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace ev
