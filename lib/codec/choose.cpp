#include "codec/choose.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "codec/encodings.h"

namespace ev {
namespace {

template <class Word>
WordStats stats_of(std::span<const Word> words) {
  if (words.empty()) return {};
  int64_t first = static_cast<int64_t>(words[0]);
  int64_t min = first, max = first;
  std::size_t runs = 1;
  for (std::size_t i = 1; i < words.size(); i++) {
    int64_t word = static_cast<int64_t>(words[i]);
    min = word < min ? word : min;
    max = word > max ? word : max;
    runs += words[i] != words[i - 1];
  }
  return {min, max, runs};
}

/// The greatest common divisor of all words - base; most often soon known to be 1.
template <class Word>
uint64_t common_factor(std::span<const Word> words, uint64_t base) {
  uint64_t factor = 0;
  ExactDivisor divisor(1);
  for (Word word : words) {
    uint64_t number = word - base;
    if (number == 0 || (factor != 0 && divisor.divides(number))) continue;
    factor = std::gcd(factor, number);
    if (factor == 1) return 1;
    divisor = ExactDivisor(factor);
  }
  return factor == 0 ? 1 : factor;
}

template <class Word>
void collect_runs(std::span<const Word> words, std::size_t count, Runs<Word>& runs) {
  runs.words.resize(count);
  runs.lengths.resize(count);
  std::size_t begin = 0, run = 0;
  for (std::size_t i = 1; i <= words.size(); i++) {
    if (i < words.size() && words[i] == words[begin]) continue;
    runs.words[run] = words[begin];
    runs.lengths[run++] = static_cast<uint32_t>(i - begin);
    begin = i;
  }
}

/// The smallest and largest difference of neighbours in words[begin, end), as int64.
template <class Word>
void widen_by_differences(std::span<const Word> words, std::size_t begin, std::size_t end, int64_t& min, int64_t& max) {
  for (std::size_t i = begin + 1; i < end; i++) {
    const auto difference = static_cast<int64_t>(uint64_t{words[i]} - uint64_t{words[i - 1]});
    min = difference < min ? difference : min;
    max = difference > max ? difference : max;
  }
}

/// Takes delta into the plan where that is smaller. Most words are not in order and show it at a glance: a few
/// stretches are looked at before all. Requires that `scale` divides all differences, taken as int64.
template <class Word>
void try_delta(std::span<const Word> words, uint64_t scale, SequencePlan& plan) {
  using namespace encodings;
  constexpr std::size_t kStretches = 8, kStretchWords = 128;
  Packing packing;
  packing.scale = scale;
  int64_t min = std::numeric_limits<int64_t>::max(), max = std::numeric_limits<int64_t>::min();
  auto bytes = [&] {
    packing.base = static_cast<uint64_t>(min);
    packing.width = static_cast<unsigned>(std::bit_width((static_cast<uint64_t>(max) - packing.base) / scale));
    return kSequenceHeaderBytes + kDeltaHeaderBytes + packed_bytes(words.size() - 1, packing.width);
  };
  if (words.size() > 2 * kStretches * kStretchWords) {
    for (std::size_t i = 0; i < kStretches; i++) {
      const std::size_t begin = (words.size() - kStretchWords) / (kStretches - 1) * i;
      widen_by_differences(words, begin, begin + kStretchWords, min, max);
    }
    if (bytes() >= plan.bytes) return;
  }
  widen_by_differences(words, 0, words.size(), min, max);
  if (bytes() >= plan.bytes) return;
  plan.bytes = bytes();
  plan.encoding = Encoding::delta;
  plan.packing = packing;
}

/// Bytes of `count` numbers up to `max` once packed, by estimate.
uint64_t packed_estimate(std::size_t count, uint64_t max) {
  return packed_bytes(count, static_cast<unsigned>(std::bit_width(max)));
}

/// Plain texts may be found constant, nothing else: who built the column has looked for repeats.
Encoding choose_without_dictionary(const Texts& texts) {
  for (std::size_t i = 1; i < texts.size(); i++)
    if (texts[i] != texts[0]) return Encoding::plain;
  return Encoding::constant;
}

}  // namespace

WordStats word_stats(std::span<const uint64_t> words) {
  return stats_of(words);
}
WordStats word_stats(std::span<const uint32_t> words) {
  return stats_of(words);
}

template <class Word>
SequencePlan plan_flat(std::span<const Word> words, const WordStats& stats, SequenceOptions options) {
  using namespace encodings;
  SequencePlan plan;
  plan.bytes = kSequenceHeaderBytes + words.size() * sizeof(uint64_t);
  if (words.empty()) return plan;
  if (stats.runs == 1) {
    plan.encoding = Encoding::constant;
    plan.bytes = kSequenceHeaderBytes + sizeof(uint64_t);
    return plan;
  }
  if (!options.pack) return plan;
  Packing packing;
  packing.base = static_cast<uint64_t>(stats.min);
  uint64_t range = static_cast<uint64_t>(stats.max) - packing.base;
  if (options.scale) packing.scale = common_factor(words, packing.base);
  packing.width = static_cast<unsigned>(std::bit_width(range / packing.scale));
  std::size_t bytes = kSequenceHeaderBytes + kPackedHeaderBytes + packed_bytes(words.size(), packing.width);
  if (bytes < plan.bytes) {
    plan.encoding = Encoding::packed;
    plan.packing = packing;
    plan.bytes = bytes;
  }
  // Over half of the range, differences wrap around and are no multiples any more.
  try_delta(words, range >> 63 ? 1 : packing.scale, plan);
  return plan;
}

template <class Word>
SequencePlan plan_sequence(std::span<const Word> words, const WordStats& stats, SequenceOptions options,
                           Runs<Word>& runs) {
  using namespace encodings;
  SequencePlan flat = plan_flat(words, stats, options);
  // Each run takes a word and at least a bit of length.
  std::size_t least = kRunsHeaderBytes + 2 * kSequenceHeaderBytes + stats.runs / 8 +
                      (flat.encoding == Encoding::packed ? packed_bytes(stats.runs, flat.packing.width) : 0);
  if (stats.runs <= 1 || stats.runs > words.size() / 2 || least >= flat.bytes) return flat;
  collect_runs(words, stats.runs, runs);
  runs.words_plan = plan_flat(runs.words.span(), stats, options);
  runs.lengths_plan = plan_flat(runs.lengths.span(), word_stats(runs.lengths.span()), {});
  std::size_t bytes = kSequenceHeaderBytes + kRunsHeaderBytes + runs.words_plan.bytes + runs.lengths_plan.bytes;
  if (bytes >= flat.bytes) return flat;
  return {Encoding::run_length, {}, bytes};
}

template SequencePlan plan_flat(std::span<const uint64_t>, const WordStats&, SequenceOptions);
template SequencePlan plan_flat(std::span<const uint32_t>, const WordStats&, SequenceOptions);
template SequencePlan plan_sequence(std::span<const uint64_t>, const WordStats&, SequenceOptions, Runs<uint64_t>&);
template SequencePlan plan_sequence(std::span<const uint32_t>, const WordStats&, SequenceOptions, Runs<uint32_t>&);

Encoding choose_text_encoding(const Column& column) {
  if (column.codes.empty()) return choose_without_dictionary(column.texts);
  const std::size_t values = column.codes.size(), texts = column.texts.size();
  if (texts == 1) return Encoding::constant;

  std::size_t runs = 1;
  for (std::size_t i = 1; i < values; i++) runs += column.codes[i] != column.codes[i - 1];
  // With one run for each text there is nothing left for codes to say; with more, a dictionary whose codes are
  // run-length is hardly larger and keeps each text once.
  const bool one_run_each = runs == texts;
  const Encoding folded = one_run_each ? Encoding::run_length : Encoding::dictionary;
  // Texts that come four times on average do not lose by it; the others are measured.
  if (texts <= values / 4) return folded;
  uint64_t plain = 0;
  uint32_t longest = 0;
  for (uint32_t code : column.codes) {
    uint32_t length = column.texts.offsets[code + 1] - column.texts.offsets[code];
    plain += length;
    longest = std::max(longest, length);
  }
  plain += packed_estimate(values, longest);
  uint64_t once = column.texts.offsets[texts] + packed_estimate(texts, longest) +
                  (one_run_each ? packed_estimate(runs, values - texts + 1) : packed_estimate(values, texts - 1));
  return once < plain ? folded : Encoding::plain;
}

}  // namespace ev
