#include "ingest/resumption.h"

#include <algorithm>
#include <array>

#include "archive/path_template.h"
#include "base/text.h"
#include "io/state_values.h"
#include "stream/records.h"

namespace ev {
namespace {

/// Options that change nothing about which rows come out.
constexpr std::array<std::string_view, 19> kWithoutEffect = {
    "--output",     "--no-clobber", "--threads",     "--memory",   "--compress",    "--latency", "--to",
    "--wait",       "--stats",      "--stats-every", "--progress", "--no-progress", "--quiet",   "--verbose",
    "--block-rows", "--checkpoint", "--follow",      "--rejects",  "--max-rejects"};

std::string deciding_options(const SharedOptions& shared) {
  std::string text;
  for (const auto& [name, value] : shared.given) {
    if (std::find(kWithoutEffect.begin(), kWithoutEffect.end(), name) != kWithoutEffect.end()) continue;
    text += concat(text.empty() ? "" : " ", name, value.empty() ? "" : "=", value);
  }
  return text;
}

/// The folder of parts that a run adds to: it may be half done, and is to be completed by doing the same again.
std::string destination_of(const SharedOptions& shared) { return shared.route ? shared.output : ""; }

std::string shown(const std::string& options) {
  return options.empty() ? "none" : options;
}

int64_t clock_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Resumption::Resumption(const CheckpointOptions& options, Session& session)
    : options_(options), session_(session), now_ns_(session.options().now_ns) {
  const SharedOptions& shared = session.options();
  if (!options_.any()) return;
  files_ = std::make_unique<InputFiles>(shared.files, options_.path ? whole_path(*options_.path) : "");
  if (!options_.path) return;
  if (shared.to && shared.output != "-")
    throw Error(ErrorKind::usage, "--to",
                "does not go with --checkpoint and -o: what ev export writes is not watched over",
                concat("write it as: ev ingest --checkpoint ", *options_.path, " ... | ev export -f ", *shared.to,
                       " -o FILE && ev commit ", *options_.path));
  if (shared.route && !shared.route->folders())
    throw Error(ErrorKind::usage, "--checkpoint", "does not go with -o of one file per value, which each run replaces",
                "name a folder, with a slash at its end: each run adds its parts");
  deciding_ = deciding_options(shared);
  StateFileOptions how;
  how.wait = shared.wait;
  how.stop = session.stop_check();
  state_ = std::make_unique<StateFile>(*options_.path, kCheckpointKind, how);
  load();
}

/// What earlier runs left behind.
void Resumption::load() {
  if (const auto& committed = state_->committed()) positions_ = decode_positions(*committed, state_->name());
  if (!state_->prepared()) return;
  run_ = decode_prepared(state_->prepared()->ranges, state_->name());
  std::vector<InputPosition> next = decode_positions(state_->prepared()->state, state_->name());
  if (run_.output) {
    const auto facts = file_facts(run_.output->path);
    if (facts && facts->id == run_.output->id) {
      state_->commit();
      positions_ = std::move(next);
      output_stands_ = same_output();
      if (output_stands_)
        session_.notice(concat(session_.options().output,
                               ": an earlier run was about to make its checkpoint current; that is done, and new lines "
                               "are for the next run"));
      run_ = PreparedRun{};
      return;
    }
  }
  check_same_options();
  positions_ = std::move(next);
}

bool Resumption::same_output() const {
  return whole_path(session_.options().output) == run_.output->path;
}

void Resumption::check_same_options() const {
  const std::string remedy =
      concat("run it with those once more; or, if its output was used, make it current with ev commit ", *options_.path,
             ", else forget it with ev commit --discard ", *options_.path);
  if (run_.options != deciding_)
    throw Error(ErrorKind::usage, *options_.path,
                concat("a run with other options was prepared and not committed: ", shown(run_.options),
                       "; now: ", shown(deciding_)),
                remedy);
  const std::string destination = destination_of(session_.options());
  if (!run_.destination.empty() && run_.destination != destination)
    throw Error(ErrorKind::usage, *options_.path, concat("a run with -o ", run_.destination, " was prepared and not committed"), remedy);
  if (run_.segments.size() >= kMaxPreparedSegments)
    throw Error(ErrorKind::corrupt, *options_.path,
                concat(run_.segments.size(), " runs were prepared and none was committed"),
                concat("make them current with ev commit ", *options_.path));
}

bool Resumption::step() {
  if (!options_.any()) return !std::exchange(plain_done_, true);
  if (fresh_) return false;
  if (steps_ < run_.segments.size()) {
    const TakenSegment& segment = run_.segments[steps_++];
    session_.count_from(segment.now_ns);
    repeated_ = std::make_unique<RepeatedInputs>(
        segment.ranges, *files_,
        concat("bring the file back; or, if the output was used, make it current with ev commit ", *options_.path,
               ", else give these up with ev commit --discard ", *options_.path));
    return true;
  }
  session_.count_from(now_ns_);
  repeated_.reset();
  NewInputsOptions how;
  how.paths = session_.options().files;
  if (options_.path) how.left_out = whole_path(*options_.path);
  how.follow = options_.follow;
  how.latency = session_.options().latency;
  how.stop = session_.stop_check();
  how.now_ns = clock_ns;
  fresh_ = std::make_unique<NewInputs>(std::move(how), positions_);
  return true;
}

InputQueue* Resumption::queue() {
  if (repeated_) return repeated_.get();
  return fresh_.get();
}

void Resumption::wrote(const StreamOutput::Written& written) {
  if (!state_) return;
  if (repeated_) {
    const TakenSegment& segment = run_.segments[steps_ - 1];
    if (written.rows == segment.rows && written.digest == segment.digest) return;
    throw Error(ErrorKind::corrupt, *options_.path,
                concat("what an earlier run prepared comes out as other rows now: ", written.rows, ", digest ",
                       written.digest.hex(), "; it was ", segment.rows, ", digest ", segment.digest.hex()),
                concat("a file that an option names or evkit itself changed; if the output was used, make it current "
                       "with ev commit ",
                       *options_.path, ", else forget it with ev commit --discard ", *options_.path));
  }
  if (!fresh_->ranges().empty()) run_.segments.push_back({now_ns_, fresh_->ranges(), written.rows, written.digest});
}

void Resumption::prepare(const StreamOutput& out) {
  if (!state_) return;
  const std::vector<InputPosition> next = fresh_->positions();
  std::string state = encode_positions(next);
  unchanged_ = run_.segments.empty() && !state_->prepared() && state_->committed() == state;
  if (unchanged_) return;
  run_.options = deciding_;
  run_.destination = destination_of(session_.options());
  const auto file = out.file();
  run_.output = file ? std::optional(OutputFile{whole_path(session_.options().output), *file}) : std::nullopt;
  state_->prepare({std::move(state), encode_prepared(run_)});
}

void Resumption::commit() {
  if (!state_ || unchanged_) return;
  if (run_.output || !run_.destination.empty())
    state_->commit();
  else
    session_.notice(concat(*options_.path, ": prepared; make it current with ev commit ", *options_.path));
}

uint32_t Resumption::end_flags() const {
  return fresh_ && session_.options().accept_partial && !fresh_->unfinished().empty() ? kEndPartial : 0;
}

void Resumption::report() const {
  if (!fresh_) return;
  for (const std::string& copy : fresh_->copies())
    session_.notice(concat(copy, ": a copy of another input; passed over"));
  const bool accepted = session_.options().accept_partial;
  for (const Error& error : fresh_->unfinished()) {
    session_.warn(concat(error.place(), ": ", error.reason(),
                         accepted ? " (accepted as partial)" : "; the next run takes the rest when it is there"));
    session_.exit_at_least(accepted ? 3 : exit_code(ErrorKind::truncated));
  }
}

}  // namespace ev
