#include "cli/stream_output.h"

#include "base/text.h"
#include "stream/block.h"

namespace ev {
namespace {

constexpr int kFileLevel = 1;  // of zstd

Compression choose_compression(const SharedOptions& options, const Output& out) {
  if (options.compression) return *options.compression;
  return out.is_file() ? Compression{Codec::zstd, kFileLevel} : Compression{Codec::none, 0};
}

}  // namespace

struct StreamOutput::State {
  explicit State(Session& s)
      : session(s), out(s.output()), writer(out), compression(choose_compression(s.options(), out)) {}
  Session& session;
  Output& out;
  StreamWriter writer;
  Compression compression;
  bool ended = false;
};

StreamOutput::StreamOutput(Session& session) : state_(std::make_unique<State>(session)) {}
StreamOutput::~StreamOutput() = default;

OutgoingBlock StreamOutput::encode(Batch&& batch, const Ledger& ledger) const {
  if (ledger.passed + ledger.created != batch.rows) {
    throw Error(
        ErrorKind::bug, "ledger",
        concat(batch.rows, " rows go out, but ", ledger.passed, " passed and ", ledger.created, " were created"));
  }
  OutgoingBlock block;
  if (batch.rows == 0) {
    block.ledger = ledger;
    block.ledger.out = 0;
    if (batch.watermark) block.encoded.emplace_back(encode_block(batch, state_->compression), block.ledger);
    return block;
  }
  // What the watermark says holds after the last of these rows only.
  std::optional<int64_t> watermark = std::exchange(batch.watermark, std::nullopt);
  std::vector<Batch> parts = split_to_caps(std::move(batch), state_->session.options().block_rows);
  parts.back().watermark = watermark;
  Ledger delta = ledger;
  uint64_t passed_left = ledger.passed;
  for (const Batch& part : parts) {
    delta.out = part.rows;
    delta.passed = std::min<uint64_t>(part.rows, passed_left);
    delta.created = part.rows - delta.passed;
    passed_left -= delta.passed;
    block.encoded.emplace_back(encode_block(part, state_->compression), delta);
    delta = Ledger{};
  }
  return block;
}

void StreamOutput::write(OutgoingBlock&& block) {
  for (auto& [encoded, ledger] : block.encoded) state_->writer.write(std::move(encoded), ledger);
  if (block.raw)
    state_->writer.write(std::move(*block.raw), block.ledger);
  else if (block.encoded.empty())
    state_->writer.add(block.ledger);
}

StreamWriter& StreamOutput::writer() {
  return state_->writer;
}

void StreamOutput::finish(uint32_t flags) {
  state_->writer.finish(flags);
  state_->ended = true;
  state_->session.set_ledger(state_->writer.ledger());
  state_->session.finish_output();
}

void StreamOutput::abort(int reason) noexcept {
  if (std::exchange(state_->ended, true)) return;
  try {
    // A regular file that standard output was sent to is written directly as well; only what is renamed later is
    // dropped.
    if (!state_->out.is_file() || state_->session.options().output == "-") state_->writer.abort(reason);
  } catch (...) {
    // The failure that led here is the one to report; without END the reader knows as much.
  }
  state_->out.abandon();
}

}  // namespace ev
