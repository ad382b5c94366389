// The chooser: which encoding a sequence or a text column takes. It looks at nothing but the values.
#pragma once

#include <cstdint>
#include <span>

#include "codec/bit_packing.h"
#include "codec/sequence.h"
#include "event/column.h"

namespace ev {

/// What one pass over words tells. Words compare as int64; of uint columns all are above its range, so that the order
/// is the same.
struct WordStats {
  int64_t min = 0, max = 0;
  std::size_t runs = 0;  // stretches of equal words
};
WordStats word_stats(std::span<const uint64_t> words);
WordStats word_stats(std::span<const uint32_t> words);

/// An encoding and its size, sequence header included.
struct SequencePlan {
  Encoding encoding = Encoding::plain;
  Packing packing;
  std::size_t bytes = 0;
};

/// Runs of a sequence and how their two parts are held.
template <class Word>
struct Runs {
  PodVector<Word> words;
  PodVector<uint32_t> lengths;
  SequencePlan words_plan, lengths_plan;
};

/// The smallest encoding; `runs` is filled where that is run-length. Word: uint32_t, uint64_t.
template <class Word>
SequencePlan plan_sequence(std::span<const Word> words, const WordStats& stats, SequenceOptions options,
                           Runs<Word>& runs);
/// The same without run-length.
template <class Word>
SequencePlan plan_flat(std::span<const Word> words, const WordStats& stats, SequenceOptions options);

/// The encoding of a text column, which has values. Requires: no text of a dictionary is unused.
Encoding choose_text_encoding(const Column& column);

}  // namespace ev
