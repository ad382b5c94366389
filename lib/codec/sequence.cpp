#include "codec/sequence.h"

#include "codec/choose.h"
#include "codec/encodings.h"

namespace ev {
namespace encodings {

template <class Word>
void write_sequence(Buffer& out, std::span<const Word> words, const SequencePlan& plan, const Runs<Word>* runs) {
  out.reserve(out.size() + plan.bytes);
  put(out, plan.encoding);
  put(out, static_cast<uint8_t>(plan.packing.width));
  put(out, uint16_t{0});
  put(out, static_cast<uint32_t>(plan.bytes - kSequenceHeaderBytes));
  switch (plan.encoding) {
    case Encoding::constant:
      return write_constant(out, words[0]);
    case Encoding::run_length:
      return write_run_length(out, *runs);
    case Encoding::packed:
      return write_packed(out, words, plan.packing);
    case Encoding::delta:
      return write_delta(out, words, plan.packing);
    default:
      return write_plain(out, words);
  }
}
template void write_sequence(Buffer&, std::span<const uint64_t>, const SequencePlan&, const Runs<uint64_t>*);
template void write_sequence(Buffer&, std::span<const uint32_t>, const SequencePlan&, const Runs<uint32_t>*);

namespace {

template <class Word>
void read_words(ByteReader& in, std::size_t count, PodVector<Word>& out, bool may_have_runs) {
  auto encoding = in.read<Encoding>();
  unsigned width = in.read<uint8_t>();
  in.read<uint16_t>();
  std::size_t bytes = in.read<uint32_t>();
  if (bytes > in.left()) in.fail("a sequence ends early");
  const std::size_t behind = in.left() - bytes;
  switch (encoding) {
    case Encoding::constant:
      read_constant(in, bytes, count, out);
      break;
    case Encoding::run_length:
      if (!may_have_runs) in.fail("runs within runs");
      read_run_length(in, count, out);
      break;
    case Encoding::packed:
      read_packed(in, bytes, width, count, out);
      break;
    case Encoding::delta:
      read_delta(in, bytes, width, count, out);
      break;
    case Encoding::plain:
      read_plain(in, bytes, count, out);
      break;
    default:
      in.fail("a sequence has an unknown encoding");
  }
  if (in.left() != behind) in.fail("a sequence has another length than it says");
}

template <class Word>
Encoding write_words(Buffer& out, std::span<const Word> words, SequenceOptions options) {
  Runs<Word> runs;
  SequencePlan plan = plan_sequence(words, word_stats(words), options, runs);
  write_sequence(out, words, plan, &runs);
  return plan.encoding;
}

}  // namespace

template <class Word>
void read_flat_sequence(ByteReader& in, std::size_t count, PodVector<Word>& out) {
  read_words(in, count, out, false);
}
template void read_flat_sequence(ByteReader&, std::size_t, PodVector<uint64_t>&);
template void read_flat_sequence(ByteReader&, std::size_t, PodVector<uint32_t>&);

bool read_sequence_or_constant(ByteReader& in, std::size_t count, PodVector<uint32_t>& out, uint32_t& constant) {
  bool is_constant = count > 0 && in.left() > 0 && static_cast<Encoding>(in.rest()[0]) == Encoding::constant;
  read_words(in, is_constant ? 1 : count, out, true);
  if (!is_constant) return false;
  constant = out[0];
  out.clear();
  return true;
}

}  // namespace encodings

Encoding write_sequence(Buffer& out, std::span<const uint64_t> words, SequenceOptions options) {
  return encodings::write_words(out, words, options);
}
Encoding write_sequence(Buffer& out, std::span<const uint32_t> words) {
  return encodings::write_words(out, words, {});
}

void read_sequence(ByteReader& in, std::size_t count, PodVector<uint64_t>& out) {
  encodings::read_words(in, count, out, true);
}
void read_sequence(ByteReader& in, std::size_t count, PodVector<uint32_t>& out) {
  encodings::read_words(in, count, out, true);
}

}  // namespace ev
