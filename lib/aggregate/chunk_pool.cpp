#include "aggregate/chunk_pool.h"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace ev {

void* ChunkPool::take(int bits) {
  const std::size_t bytes = std::size_t{1} << bits;
  if (bits >= kOwnBits) {
    Bytes chunk(new uint8_t[bytes]);
    void* at = chunk.get();
    own_.emplace(at, std::move(chunk));
    own_bytes_ += bytes;
    return at;
  }
  void*& unused = unused_[static_cast<std::size_t>(bits)];
  if (!unused) return take_from_slab(bytes);
  void* chunk = unused;
  std::memcpy(&unused, chunk, sizeof unused);
  return chunk;
}

void ChunkPool::give_back(void* chunk, int bits) {
  if (bits >= kOwnBits) {
    own_.erase(chunk);
    own_bytes_ -= uint64_t{1} << bits;
    return;
  }
  void*& unused = unused_[static_cast<std::size_t>(bits)];
  std::memcpy(chunk, &unused, sizeof unused);
  unused = chunk;
}

void ChunkPool::take_over(ChunkPool& other) {
  for (int bits = kLeastBits; bits < kOwnBits; bits++) {
    void* chunk = std::exchange(other.unused_[static_cast<std::size_t>(bits)], nullptr);
    while (chunk) {
      void* before;
      std::memcpy(&before, chunk, sizeof before);
      give_back(chunk, bits);
      chunk = before;
    }
  }
  std::ranges::move(other.slabs_, std::back_inserter(slabs_));
  other.slabs_.clear();
  own_.merge(other.own_);
  slab_bytes_ += std::exchange(other.slab_bytes_, 0);
  own_bytes_ += std::exchange(other.own_bytes_, 0);
  const std::size_t their_left = std::exchange(other.left_, 0);
  if (their_left <= left_) return;
  left_ = their_left;
  next_ = other.next_;
}

void* ChunkPool::take_from_slab(std::size_t bytes) {
  if (left_ < bytes) {
    left_ = std::clamp(static_cast<std::size_t>(slab_bytes_), kFirstSlab, kLargestSlab);
    slabs_.emplace_back(new uint8_t[left_]);
    next_ = slabs_.back().get();
    slab_bytes_ += left_;
  }
  uint8_t* chunk = next_;
  next_ += bytes;
  left_ -= bytes;
  return chunk;
}

}  // namespace ev
