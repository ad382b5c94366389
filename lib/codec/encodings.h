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
inline constexpr std::size_t kDeltaHeaderBytes = 24;    // first word, base, scale
inline constexpr std::size_t kDecimalHeaderBytes = 4;   // exponent, reserved

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
/// `packing` of the differences.
template <class Word>
void write_delta(Buffer& out, std::span<const Word> words, const Packing& packing);
template <class Word>
void read_delta(ByteReader& in, std::size_t bytes, unsigned width, std::size_t count, PodVector<Word>& out);
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

/// Floats as integers over a power of ten. Finds the smallest exponent with which every word comes back bit by bit and
/// fills `integers`; false if there is none.
bool find_decimal(std::span<const uint64_t> words, unsigned& exponent, PodVector<uint64_t>& integers);
void write_decimal_header(Buffer& out, unsigned exponent);
void read_decimal(ByteReader& in, std::size_t count, PodVector<uint64_t>& out);

/// Text columns with values; `count` is their number. Readers fill column.texts and, but for plain, column.codes.
void write_constant_text(Buffer& out, const Column& column);
void read_constant_text(ByteReader& in, std::size_t count, Column& column);
void write_run_length_texts(Buffer& out, const Column& column);
void read_run_length_texts(ByteReader& in, std::size_t count, Column& column);
void write_dictionary(Buffer& out, const Column& column);
void read_dictionary(ByteReader& in, std::size_t count, Column& column);
/// Both return the encoding of the list.
Encoding write_plain_texts(Buffer& out, const Column& column);
Encoding read_plain_texts(ByteReader& in, std::size_t count, Column& column);

/// A list of texts, written in the first encoding of uuid, hex and plain that restores each of them. Reading replaces
/// `texts`. Both return the encoding.
Encoding write_texts(Buffer& out, const Texts& texts);
Encoding read_texts(ByteReader& in, std::size_t count, Texts& texts);

/// Lists in one encoding. The try_ functions leave `out` as it was and return false where it restores not every text.
inline constexpr std::size_t kTextsHeaderBytes = 8;  // encoding, flags, reserved, bytes that follow
bool try_write_uuids(Buffer& out, const Texts& texts);
void read_uuids(ByteReader& in, std::size_t bytes, unsigned flags, std::size_t count, Texts& texts);
bool try_write_hex(Buffer& out, const Texts& texts);
void read_hex(ByteReader& in, unsigned flags, std::size_t count, Texts& texts);
/// The header of a list that is not plain; returns where its bytes that follow are counted from, for end_texts().
std::size_t begin_texts(Buffer& out, Encoding encoding, bool upper_case);
void end_texts(Buffer& out, std::size_t begin);

}  // namespace ev::encodings
