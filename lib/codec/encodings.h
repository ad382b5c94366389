// The encodings, one file each, as sequence.cpp and chunk.cpp put them together. A sequence body is what follows the
// sequence header. Readers check every count and length before memory is reserved, and throw Error(corrupt).
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.h"
#include "codec/choose.h"
#include "event/column.h"

namespace ev::encodings {

inline constexpr std::size_t kSequenceHeaderBytes = 8;  // encoding, width, reserved, bytes that follow
inline constexpr std::size_t kPackedHeaderBytes = 16;   // base, scale
inline constexpr std::size_t kRunsHeaderBytes = 4;      // number of runs

/// Bodies of sequences of Word = uint32_t or uint64_t. `bytes`: what the sequence header says that follows. Readers
/// fill `out` with `count` words; a word too large for Word is corrupt.
template <class Word>
void write_packed(Buffer& out, std::span<const Word> words, const Packing& packing);
template <class Word>
void read_packed(ByteReader& in, std::size_t bytes, unsigned width, std::size_t count, PodVector<Word>& out);
template <class Word>
void write_run_length(Buffer& out, const Runs<Word>& runs);
template <class Word>
void read_run_length(ByteReader& in, std::size_t count, PodVector<Word>& out);
template <class Word>
void write_plain(Buffer& out, std::span<const Word> words);
template <class Word>
void read_plain(ByteReader& in, std::size_t bytes, std::size_t count, PodVector<Word>& out);
void write_constant(Buffer& out, uint64_t word);
template <class Word>
void read_constant(ByteReader& in, std::size_t bytes, std::size_t count, PodVector<Word>& out);

/// A whole sequence as planned, header included. `runs` is read where the plan says run-length.
template <class Word>
void write_sequence(Buffer& out, std::span<const Word> words, const SequencePlan& plan, const Runs<Word>* runs);
/// A sequence that lies in runs and must not have runs again.
template <class Word>
void read_flat_sequence(ByteReader& in, std::size_t count, PodVector<Word>& out);
/// Reads a sequence of `count` words. Where it is constant, returns true and sets `constant` instead of filling `out`.
bool read_sequence_or_constant(ByteReader& in, std::size_t count, PodVector<uint32_t>& out, uint32_t& constant);

/// Text columns with values; `count` is their number. Readers fill column.texts and, but for plain, column.codes.
void write_constant_text(Buffer& out, const Column& column);
void read_constant_text(ByteReader& in, std::size_t count, Column& column);
void write_run_length_texts(Buffer& out, const Column& column);
void read_run_length_texts(ByteReader& in, std::size_t count, Column& column);
void write_dictionary(Buffer& out, const Column& column);
void read_dictionary(ByteReader& in, std::size_t count, Column& column);
void write_plain_texts(Buffer& out, const Column& column);
void read_plain_texts(ByteReader& in, std::size_t count, Column& column);

/// A list of texts: the sequence of their lengths, u32 bytes together, the bytes. Replaces `texts`.
void write_texts(Buffer& out, const Texts& texts);
void read_texts(ByteReader& in, std::size_t count, Texts& texts);

}  // namespace ev::encodings
