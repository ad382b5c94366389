// Run-length: each word or text once, with the number of values in a row that are it.
#include <algorithm>

#include "codec/encodings.h"

namespace ev::encodings {
namespace {

/// Throws unless each length is at least 1 and together they are `count`.
void check_lengths(const ByteReader& in, const PodVector<uint32_t>& lengths, std::size_t count) {
  uint64_t total = 0;
  bool empty_run = false;
  for (uint32_t length : lengths) {
    total += length;
    empty_run |= length == 0;
  }
  if (empty_run || total != count) in.fail("run lengths do not add up");
}

uint32_t read_run_count(ByteReader& in, std::size_t count) {
  auto runs = in.read<uint32_t>();
  if (runs > count) in.fail("more runs than values");
  return runs;
}

/// Requires: the lengths have been checked.
template <class Word, class WordOfRun>
void expand(const PodVector<uint32_t>& lengths, std::size_t count, PodVector<Word>& out, WordOfRun word_of_run) {
  out.resize(count);
  Word* at = out.data();
  for (std::size_t run = 0; run < lengths.size(); run++) at = std::fill_n(at, lengths[run], word_of_run(run));
}

}  // namespace

template <class Word>
void write_run_length(Buffer& out, const Runs<Word>& runs) {
  put(out, static_cast<uint32_t>(runs.words.size()));
  write_sequence<Word>(out, runs.words, runs.words_plan, nullptr);
  write_sequence<uint32_t>(out, runs.lengths, runs.lengths_plan, nullptr);
}
template void write_run_length(Buffer&, const Runs<uint64_t>&);
template void write_run_length(Buffer&, const Runs<uint32_t>&);

template <class Word>
void read_run_length(ByteReader& in, std::size_t count, PodVector<Word>& out) {
  const uint32_t runs = read_run_count(in, count);
  PodVector<Word> words;
  PodVector<uint32_t> lengths;
  read_flat_sequence(in, runs, words);
  read_flat_sequence(in, runs, lengths);
  check_lengths(in, lengths, count);
  expand(lengths, count, out, [&](std::size_t run) { return words[run]; });
}
template void read_run_length(ByteReader&, std::size_t, PodVector<uint64_t>&);
template void read_run_length(ByteReader&, std::size_t, PodVector<uint32_t>&);

void write_run_length_texts(Buffer& out, const Column& column) {
  PodVector<uint32_t> lengths;
  Texts texts;
  const auto& codes = column.codes;
  std::size_t begin = 0;
  for (std::size_t i = 1; i <= codes.size(); i++) {
    if (i < codes.size() && codes[i] == codes[begin]) continue;
    texts.push_back(column.texts[codes[begin]]);
    lengths.push_back(static_cast<uint32_t>(i - begin));
    begin = i;
  }
  put(out, static_cast<uint32_t>(lengths.size()));
  ev::write_sequence(out, lengths.span());
  write_texts(out, texts);
}

void read_run_length_texts(ByteReader& in, std::size_t count, Column& column) {
  const uint32_t runs = read_run_count(in, count);
  PodVector<uint32_t> lengths;
  read_sequence(in, runs, lengths);
  check_lengths(in, lengths, count);
  read_texts(in, runs, column.texts);
  expand(lengths, count, column.codes, [](std::size_t run) { return static_cast<uint32_t>(run); });
}

}  // namespace ev::encodings
