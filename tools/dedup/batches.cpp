#include "dedup/batches.h"

#include <algorithm>
#include <filesystem>

#include "archive/path_template.h"
#include "base/text.h"
#include "io/state_values.h"
#include "stream/reader.h"

namespace ev {

namespace {

StateFileOptions state_options(Session& session) {
  StateFileOptions options;
  options.wait = session.options().wait;
  options.stop = session.stop_check();
  return options;
}

DedupDefinition definition_of(const DedupSettings& settings) {
  return {join(settings.key, ", "), settings.unkeyed_text, Judge::shape_of(settings)};
}

/// Whether -o names a file that appears when it is whole.
bool is_replaced(const std::string& output) {
  std::error_code ec;
  const auto status = std::filesystem::status(output, ec);
  return output != "-" && (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status));
}

/// What an event stream holds, as its ENDs say; nullopt where it is none.
std::optional<StreamOutput::Written> contents_of(const std::string& path) {
  try {
    const std::unique_ptr<Input> input = open_input(path);
    if (!input->seekable()) return std::nullopt;
    StreamOutput::Written sum;
    for (const SegmentInfo& segment : list_segments(*input)) {
      sum.rows += segment.end.rows;
      sum.digest += segment.end.digest;
    }
    return sum;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string shown_key(const std::string& key) { return key.empty() ? "the whole event" : concat("-k ", key); }

}  // namespace

Batches::Batches(const DedupSettings& settings, Session& session)
    : settings_(settings), session_(session), state_(*settings.state, state_options(session)) {
  const SharedOptions& shared = session.options();
  if (shared.to && shared.output != "-")
    throw Error(ErrorKind::usage, "--to", "does not go with --state and -o: what ev export writes is not watched over",
                concat("write it as: ev dedup --state ", *settings.state, " ... | ev export -f ", *shared.to,
                       " -o FILE && ev commit ", *settings.state));
  if (shared.route && !shared.route->folders())
    throw Error(ErrorKind::usage, "--state", "does not go with -o of one file per value, which each run replaces",
                "name a folder, with a slash at its end: each run adds its parts");
  of_segments_ = !shared.route && !is_replaced(shared.output);
  if (shared.route)
    prepared_.destination = shared.output;
  else if (!of_segments_)
    output_ = whole_path(shared.output);
  check_inputs();
  check_definition();
  check_pending();
  start_ = clock_ = state_.manifest().clock;
  find_batch();
}

/// Given again, an output that is an input holds nothing but repeated events, and would be replaced by nothing.
void Batches::check_inputs() const {
  if (output_.empty()) return;
  for (const std::string& file : session_.options().files) {
    std::error_code ec;
    if (file == "-") continue;
    std::string whole = whole_path(file);
    const bool is_folder = std::filesystem::is_directory(whole, ec);
    if (is_folder && !whole.ends_with('/')) whole += '/';
    if (is_folder ? output_.starts_with(whole) && output_.ends_with(".ev") : whole == output_)
      throw Error(ErrorKind::usage, "-o",
                  concat(session_.options().output,
                         " is an input, too: its events would all be repeated ones when they come again"),
                  "write to a file elsewhere");
  }
}

void Batches::check_definition() {
  DedupManifest& manifest = state_.manifest();
  const DedupDefinition wanted = definition_of(settings_);
  if (state_.empty()) manifest.definition = wanted;
  const DedupDefinition& made = manifest.definition;
  const std::string remedy = "use another state for other keys";
  const auto compare = [&](const std::string& before, const std::string& now) {
    if (before != now)
      throw Error(ErrorKind::usage, state_.name(), concat("was made with ", before, "; now: ", now), remedy);
  };
  const auto with = [](bool is, std::string_view option) { return concat(is ? "" : "no ", option); };
  compare(shown_key(made.key), shown_key(wanted.key));
  compare(concat("--unkeyed ", made.unkeyed), concat("--unkeyed ", wanted.unkeyed));
  compare(with(made.shape.times, "--window"), with(wanted.shape.times, "--window"));
  compare(with(made.shape.bytes, "--verify"), with(wanted.shape.bytes, "--verify"));
}

void Batches::check_pending() const {
  if (state_.pending() && !of_segments_) fail_pending();
}

void Batches::fail_pending() const {
  throw Error(ErrorKind::usage, state_.name(), "a run with other input was prepared and not committed",
              concat("if its output was used, make it current with ev commit ", state_.name(),
                     ", else forget it with ev commit --discard ", state_.name()));
}

/// The batch that --batch gives once more: it goes on from where it began then.
void Batches::find_batch() {
  const BatchRecord* batch = state_.manifest().named(settings_.batch);
  if (settings_.batch.empty()) return;
  if (of_segments_)
    throw Error(ErrorKind::usage, "--batch", "needs an output that it can replace", "name a file with -o");
  if (!batch) return;
  replaced_ = *batch;
  if (batch->clock) clock_ = *batch->clock;
  const int64_t forgotten = state_.manifest().forgotten_before;
  const int64_t needed = settings_.window ? horizon(clock_.high_water()) : INT64_MIN;
  if (forgotten > needed || (settings_.window && !batch->clock))
    throw Error(ErrorKind::usage, concat("--batch ", settings_.batch),
                "cannot be given once more: keys that it was compared with are forgotten",
                "give these events another batch; of those that come later than --lateness, some may be kept twice");
}

/// Keys with earlier times count no more.
int64_t Batches::horizon(int64_t high_water) const {
  return before(before(high_water, settings_.lateness), settings_.window.value_or(0));
}

EarlierKeys Batches::earlier(uint64_t memory) const {
  const std::vector<uint32_t>& replaced = state_.manifest().replaced;
  return EarlierKeys(state_.open_segments(), replaced, replaced_ ? replaced_->number : 0, memory);
}

bool Batches::applied(const Input& input) const {
  if (of_segments_) return false;
  for (const BatchRecord& batch : state_.manifest().batches) {
    if (batch.input != input.digest || batch.events != input.events) continue;
    if (!prepared_.destination.empty()) {
      if (batch.output == prepared_.destination) return true;  // parts are added once, and stay
      continue;
    }
    if (batch.output != output_ || batch.name != settings_.batch) continue;
    const auto found = contents_of(output_);
    if (found && found->rows == batch.kept_events && found->digest == batch.kept) return true;
  }
  return false;
}

bool Batches::had(const Input& input) const {
  const std::vector<BatchRecord>& batches = state_.manifest().batches;
  return input.events > 0 && std::any_of(batches.begin(), batches.end(), [&](const BatchRecord& batch) {
           return batch.input == input.digest && batch.events == input.events &&
                  (!replaced_ || batch.number != replaced_->number);
         });
}

void Batches::add(const Input& input, const StreamOutput::Written& written, const Judge& judge, const SeenKeys& keys) {
  DedupManifest& manifest = state_.manifest();
  prepared_.inputs.push_back(input.digest);
  const auto& pending = state_.pending();
  if (const std::size_t i = prepared_.inputs.size() - 1;
      pending && i < pending->inputs.size() && pending->inputs[i] != input.digest)
    fail_pending();
  BatchRecord batch;
  batch.name = settings_.batch;
  batch.input = input.digest;
  batch.events = input.events;
  batch.output = prepared_.destination.empty() ? output_ : prepared_.destination;
  batch.kept = written.digest;
  batch.kept_events = written.rows;
  batch.min_time = input.min_time;
  batch.max_time = input.max_time;
  if (settings_.window) batch.clock = clock_;
  if (replaced_) state_.replace_batch(replaced_->number);
  state_.add_batch(std::move(batch), keys);
  clock_ = judge.clock();
  manifest.clock.merge(judge.clock());
}

void Batches::prepare(const StreamOutput& out) {
  const auto& pending = state_.pending();
  if (pending && prepared_.inputs.size() < pending->inputs.size()) fail_pending();
  if (!output_.empty()) {
    const auto file = out.file();
    if (!file) throw Error(ErrorKind::bug, output_, "an output file without identity");
    prepared_.output = PreparedBatches::OutputFile{output_, *file};
  }
  // What was compared with in the batches of this run stays, so that they can be given once more.
  if (settings_.window && !replaced_) state_.forget_before(horizon(start_.high_water()));
  state_.prepare(prepared_);
}

void Batches::commit() {
  if (!of_segments_) return state_.commit();
  session_.notice(concat(state_.name(), ": prepared; make it current with ev commit ", state_.name()));
}

}  // namespace ev
