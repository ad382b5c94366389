// Sequences of 64-bit words: the building block of every chunk (ev-stream(5), "Sequences").
#pragma once

#include <span>
#include <string_view>

#include "base/bytes.h"
#include "base/format.h"

namespace ev {

/// Which encodings a sequence may take: words of floats are not bit-packed.
struct SequenceOptions {
  bool pack = true;
  bool scale = false;  // look for a common factor of the differences (event times)
};

/// Appends the sequence with its header, in the smallest encoding; returns the encoding chosen.
Encoding write_sequence(Buffer& out, std::span<const uint64_t> words, SequenceOptions options = {});
Encoding write_sequence(Buffer& out, std::span<const uint32_t> words);

/// Replaces `out` by `count` words; throws Error(corrupt). Requires: the caller has held `count` against its cap.
void read_sequence(ByteReader& in, std::size_t count, PodVector<uint64_t>& out);
/// The same for values below 2^32; a larger one is corrupt.
void read_sequence(ByteReader& in, std::size_t count, PodVector<uint32_t>& out);

}  // namespace ev
