// Reads the bytes of records from an input: in order from pipes, from any offset where it can seek.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/pod_vector.h"
#include "io/input.h"

namespace ev {

/// Keeps the offset of the next byte. Seekable inputs are read by pread() through a small window, so that a header and
/// a meta part behind it cost one call.
class RecordInput {
 public:
  explicit RecordInput(std::unique_ptr<Input> input) : input_(std::move(input)), seekable_(input_->seekable()) {}

  /// Fills `into`; fewer bytes only at the end of input, or where it was stopped.
  std::size_t read(std::span<uint8_t> into);
  /// Replaces `out` by the next `bytes`, and reserves memory only as they arrive. False if there are fewer.
  bool read_body(Buffer& out, uint64_t bytes);
  /// The same behind what `out` holds.
  bool append_body(Buffer& out, uint64_t bytes);
  /// Passes over the next `bytes`. False if there are fewer.
  bool skip(uint64_t bytes);

  bool seekable() const { return seekable_; }
  /// Require seekable(). read_at() leaves the offset alone; fewer bytes only at the end.
  void seek(uint64_t offset) { offset_ = offset; }
  std::size_t read_at(std::span<uint8_t> into, uint64_t offset) const;

  uint64_t offset() const { return offset_; }
  bool stopped() const { return input_->stopped(); }
  Input& input() { return *input_; }
  const Input& input() const { return *input_; }

 private:
  std::size_t read_window(std::span<uint8_t> into);

  std::unique_ptr<Input> input_;
  bool seekable_;
  uint64_t offset_ = 0;
  Buffer window_;
  uint64_t window_at_ = 0;
};

}  // namespace ev
