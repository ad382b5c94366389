// Memory for very many lists that grow: chunks of 2^n bytes, of which those that were given back are used again.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

namespace ev {

/// Chunks are aligned to 16 bytes and uninitialised, and stay where they are until they are given back, or the pool
/// ends. Not thread-safe.
class ChunkPool {
 public:
  static constexpr int kLeastBits = 4;

  /// A chunk of 2^bits bytes, at least 16.
  void* take(int bits);
  void give_back(void* chunk, int bits);
  /// The chunks of `other` are of this pool from now on.
  void take_over(ChunkPool& other);
  /// Bytes in use, with those that were given back and wait for use.
  uint64_t memory() const { return slab_bytes_ + own_bytes_; }

 private:
  using Bytes = std::unique_ptr<uint8_t[]>;
  static constexpr int kOwnBits = 16;  // from here on a chunk is memory of its own
  static constexpr std::size_t kFirstSlab = std::size_t{1} << kOwnBits, kLargestSlab = std::size_t{1} << 20;

  void* take_from_slab(std::size_t bytes);

  std::array<void*, kOwnBits>
      unused_{};  // the last of each size that was given back, which says where the one before is
  std::vector<Bytes> slabs_;
  uint8_t* next_ = nullptr;  // in the last slab
  std::size_t left_ = 0;
  std::unordered_map<void*, Bytes> own_;
  uint64_t slab_bytes_ = 0, own_bytes_ = 0;
};

}  // namespace ev
