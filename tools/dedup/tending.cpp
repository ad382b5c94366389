#include <algorithm>
#include <filesystem>

#include "base/text.h"
#include "base/time.h"
#include "dedup/dedup.h"
#include "dedup/dedup_state.h"
#include "io/output.h"

namespace ev {
namespace {

std::string period(int64_t first, int64_t last) {
  return first > last ? "no event times" : concat(time_text(first), " to ", time_text(last));
}

/// A line a fact, for people.
std::string status_of(const DedupState& state) {
  const DedupManifest& manifest = state.manifest();
  uint64_t keys = 0;
  int64_t first = INT64_MAX, last = INT64_MIN;
  for (const SegmentFile& segment : manifest.segments) {
    keys += segment.keys;
    first = std::min(first, segment.min_time);
    last = std::max(last, segment.max_time);
  }
  for (const BatchRecord& batch : manifest.batches) {
    first = std::min(first, batch.min_time);
    last = std::max(last, batch.max_time);
  }
  const DedupDefinition& made = manifest.definition;
  std::string text = "nothing is committed\n";
  if (!state.empty())
    text = concat("key      ", made.key.empty() ? "the whole event" : escape_controls(made.key), "; --unkeyed ", made.unkeyed,
                  made.shape.times ? "; within a window" : "; for ever", made.shape.bytes ? "; whole keys" : "", "\n");
  text += concat("keys     ", grouped(keys), ", ", size_text(state.bytes()), " in ", manifest.segments.size(), " files\n");
  text += concat("events   ", period(first, last), "\n");
  text += concat("batches  ", grouped(manifest.next_batch - 1), "\n");
  if (!manifest.batches.empty()) {
    const BatchRecord& batch = manifest.batches.back();
    text += concat("last     ", batch.name.empty() ? "" : concat(escape_controls(batch.name), ": "), grouped(batch.events), " events came, ",
                   grouped(batch.kept_events), " were kept, ",
                   batch.output.empty() ? "into a pipe" : concat("in ", escape_controls(batch.output)), "\n");
  }
  if (state.pending())
    text += concat("prepared by a run into a pipe: make it current with ev commit ", state.name(), "\n");
  return text;
}

/// Batches that are older as a whole, or of each batch the keys that are.
void forget(DedupState& state, int64_t span) {
  DedupManifest& manifest = state.manifest();
  int64_t newest = manifest.clock.high_water();
  if (newest == INT64_MIN)
    for (const BatchRecord& batch : manifest.batches) newest = std::max(newest, batch.max_time);
  if (newest == INT64_MIN)
    throw Error(ErrorKind::usage, "--forget", "its events have no event time, so that none is older than another");
  const int64_t cut = before(newest, span);
  if (!manifest.definition.shape.times) {
    std::vector<uint32_t> old;
    for (const BatchRecord& batch : manifest.batches)
      if (batch.min_time <= batch.max_time && batch.max_time < cut) old.push_back(batch.number);
    for (uint32_t number : old) state.replace_batch(number);
  }
  state.forget_before(cut);
  state.compact_all();
}

}  // namespace

void DedupTool::tend_state(Session& session) const {
  if (const SharedOptions& shared = session.options(); !shared.files.empty() || shared.output != "-")
    throw Error(ErrorKind::usage, status_ ? "--status" : "--forget", "reads no events and writes none",
                "leave out FILE and -o, or dedup them first");
  StateFileOptions options;
  options.wait = session.options().wait;
  options.stop = session.stop_check();
  if (std::error_code ec; !std::filesystem::exists(*settings_.state, ec))
    throw Error(ErrorKind::no_input, *settings_.state, "no such state", "check the name; the first run with --state makes it");
  DedupState state(*settings_.state, options);
  if (forget_) {
    if (state.pending())
      throw Error(ErrorKind::usage, state.name(), "what a run into a pipe prepared is not committed",
                  concat("make it current with ev commit ", state.name()));
    const uint64_t bytes = state.bytes();
    forget(state, *forget_);
    state.prepare({});
    state.commit();
    session.notice(concat(size_text(bytes), " before, ", size_text(state.bytes()), " now"));
  }
  if (!status_) return;
  const std::unique_ptr<Output> out = standard_output();
  out->write(as_bytes(status_of(state)));
  out->finish();
}

}  // namespace ev
