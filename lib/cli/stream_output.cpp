#include "cli/stream_output.h"

#include "base/text.h"
#include "cli/inputs.h"
#include "pipeline/ordered.h"
#include "stream/block.h"

namespace ev {
namespace {

constexpr int kFileLevel = 1;  // of zstd

// What one call of encode() makes of rows that wait for their blocks, beyond as many rows as it adds.
constexpr std::size_t kFinishedBytes = std::size_t{4} << 20;
constexpr std::size_t kBlockOverhead = 4096;

}  // namespace

Compression output_compression(const SharedOptions& options, bool is_file) {
  if (options.compression) return *options.compression;
  return is_file ? Compression{Codec::zstd, kFileLevel} : Compression{Codec::none, 0};
}

struct StreamOutput::State {
  State(Session& s, std::unique_ptr<Output> file)
      : session(s),
        beside(std::move(file)),
        out(beside ? *beside : s.output()),
        archive(dynamic_cast<ArchiveOutput*>(&out)),
        writer(out),
        compression(output_compression(s.options(), out.is_file())) {}
  OutgoingBlock split(Batch&& batch, const Ledger& ledger);
  void close_archive(uint32_t flags);
  void finish_archive(uint32_t flags);
  void report_archive(uint32_t flags);

  Session& session;
  std::unique_ptr<Output> beside;  // null: the output is that of the session
  Output& out;
  ArchiveOutput* archive;  // `out`, where it is one; then `writer` is not used
  Ledger routed;           // what went there
  StreamWriter writer;
  Compression compression;
  bool ended = false;
  bool archive_closed = false;
  Written ended_segments;  // all that was written up to the last end of a segment
};

StreamOutput::StreamOutput(Session& session) : StreamOutput(session, nullptr) {}
StreamOutput::StreamOutput(Session& session, std::unique_ptr<Output> beside)
    : state_(std::make_unique<State>(session, std::move(beside))) {}
StreamOutput::~StreamOutput() = default;

OutgoingBlock StreamOutput::encode(Batch&& batch, const Ledger& ledger, std::optional<Hash128> digest) const {
  if (ledger.passed + ledger.created != batch.rows) {
    throw Error(
        ErrorKind::bug, "ledger",
        concat(batch.rows, " rows go out, but ", ledger.passed, " passed and ", ledger.created, " were created"));
  }
  if (state_->archive) return state_->split(std::move(batch), ledger);
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
  if (parts.size() > 1) digest.reset();
  Ledger delta = ledger;
  uint64_t passed_left = ledger.passed;
  for (const Batch& part : parts) {
    delta.out = part.rows;
    delta.passed = std::min<uint64_t>(part.rows, passed_left);
    delta.created = part.rows - delta.passed;
    passed_left -= delta.passed;
    block.encoded.emplace_back(encode_block(part, state_->compression, digest), delta);
    delta = Ledger{};
  }
  return block;
}

/// The rows by destination; and some of the rows that were added before become blocks.
OutgoingBlock StreamOutput::State::split(Batch&& batch, const Ledger& ledger) {
  OutgoingBlock block;
  block.ledger = ledger;
  const uint64_t rows = block.ledger.out = batch.rows;
  if (rows > 0) block.split = archive->split(std::move(batch), static_cast<uint32_t>(ledger.passed));
  std::size_t done = 0, bytes = 0;
  while (done < rows && bytes < kFinishedBytes) {
    std::optional<BlockJob> job = archive->next_job();
    if (!job) break;
    done += job->rows.rows;
    block.finished.push_back(archive->run(std::move(*job)));
    for (const EncodedBlock& encoded : block.finished.back().blocks) bytes += encoded.body.size() + kBlockOverhead;
  }
  return block;
}

void StreamOutput::write(OutgoingBlock&& block) {
  if (state_->archive) {
    if (block.raw) throw Error(ErrorKind::bug, state_->out.name(), "a whole block, whose rows go different ways");
    for (FinishedBlock& finished : block.finished) state_->archive->put(std::move(finished));
    state_->archive->add(std::move(block.split));
    state_->routed += block.ledger;
    return;
  }
  for (auto& [encoded, ledger] : block.encoded) state_->writer.write(std::move(encoded), ledger);
  if (block.raw)
    state_->writer.write(std::move(*block.raw), block.ledger);
  else if (block.encoded.empty())
    state_->writer.add(block.ledger);
}

void StreamOutput::add(const Ledger& delta) {
  if (state_->archive)
    state_->routed += delta;
  else
    state_->writer.add(delta);
}

/// The last blocks of all files are written; the files do not have their names yet.
void StreamOutput::State::close_archive(uint32_t flags) {
  if (std::exchange(archive_closed, true)) return;
  archive->close(flags);
  run_ordered<BlockJob, FinishedBlock>(
      pipeline_options(session), [&] { return archive->next_job(); },
      [&](BlockJob&& job, unsigned) { return archive->run(std::move(job)); },
      [&](FinishedBlock&& block) { archive->put(std::move(block)); });
}

void StreamOutput::State::finish_archive(uint32_t flags) {
  if (!routed.balanced()) throw Error(ErrorKind::bug, out.name(), "the ledger does not balance: " + routed.json());
  close_archive(flags);
  ended = true;
  session.add_spilled(archive->spooled());
  session.finish_output();
  const ArchiveResult& result = archive->result();
  routed.out -= result.equal_rows;
  routed.created -= result.equal_created;
  routed.passed -= result.equal_rows - result.equal_created;
  routed.applied += result.equal_rows - result.equal_created;
  session.set_ledger(routed);
}

/// What is to be said about the files.
void StreamOutput::State::report_archive(uint32_t flags) {
  const ArchiveResult& result = archive->result();
  for (const TemplateField* field : archive->absent_fields()) {
    if (field->event_time)
      session.warn(concat("no event has an event time: all are in ", kUntimedName, "; name its field with -t FIELD"));
    else
      session.warn(concat("no event has ", field->time ? "a time in " : "", "the field ", field->name, ": all are in ",
                          field->time ? kUntimedName : "_null", "; `ev info` lists the fields"));
  }
  if (archive->cleaned() > 0)
    session.notice(concat("removed the temporary files of ", archive->cleaned(), " runs that died"));
  if (session.options().route->folders()) {
    session.notice(concat(result.added, " parts added, ", result.equal, " equal ones were there already"));
    if ((flags & kEndInterrupted) && result.added > 0)
      session.warn(concat("interrupted: the ", result.added,
                          " parts that were added hold what was read so far, and are marked INTERRUPTED; "
                          "the same input, read again, is added again"));
  } else {
    session.notice(concat(result.added, " files written"));
  }
}

void StreamOutput::begin_segment() {
  State& s = *state_;
  if (!s.archive) return s.writer.cut();
  if (!s.archive_closed) return;
  s.archive->finish();
  s.archive->begin_anew();
  s.archive_closed = false;
}

StreamOutput::Written StreamOutput::end_segment(uint32_t flags) {
  State& s = *state_;
  if (s.archive) {
    s.close_archive(flags);
    return {s.archive->rows(), s.archive->digest()};
  }
  const Written all{s.writer.rows(), s.writer.digest()};
  Written since{all.rows - s.ended_segments.rows, all.digest};
  since.digest -= s.ended_segments.digest;
  s.ended_segments = all;
  return since;
}

void StreamOutput::restart() {
  Session& session = state_->session;
  state_.reset();
  session.restart_output();
  state_ = std::make_unique<State>(session, nullptr);
}

std::optional<FileId> StreamOutput::file() const { return state_->out.file(); }

void StreamOutput::finish(uint32_t flags) {
  if (state_->archive) {
    state_->finish_archive(flags);
    return state_->report_archive(flags);
  }
  state_->writer.finish(flags);
  state_->ended = true;
  if (state_->beside) return state_->beside->finish();
  state_->session.set_ledger(state_->writer.ledger());
  state_->session.finish_output();
}

void StreamOutput::abort(int reason) noexcept {
  if (!state_ || std::exchange(state_->ended, true)) return;
  try {
    // A regular file that standard output was sent to is written directly as well; only what is renamed later is
    // dropped.
    const State& s = *state_;
    const bool direct = s.beside ? !s.out.file() : s.session.options().output == "-";
    if (!s.out.is_file() || direct) state_->writer.abort(reason);
  } catch (...) {
    // The failure that led here is the one to report; without END the reader knows as much.
  }
  state_->out.abandon();
}

}  // namespace ev
