#include "archive/archive_output.h"

#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "archive/commit.h"
#include "archive/part_files.h"
#include "archive/spool.h"
#include "base/error.h"
#include "base/text.h"

namespace ev {

struct ArchiveOutput::State {
  State(std::shared_ptr<const PathTemplate> to, const ArchiveOptions& opts);

  uint32_t destination(const std::string& path);
  void add(const SplitBatch& split);
  void issue(DestinationRows&& rows);
  void spool(std::vector<DestinationRows>&& rows);
  void put(FinishedBlock&& block);
  void read_spooled();
  std::optional<BlockJob> take_job();
  std::unique_ptr<RowJoiner> take_joiner();
  FinishedBlock run(BlockJob&& job);

  std::shared_ptr<const PathTemplate> where;
  ArchiveOptions options;
  std::string title;  // for messages

  std::mutex mutex;  // of all that follows, up to the queue
  Staging staging;
  OpenFiles files;
  uint64_t next_file = 0;
  std::unordered_map<std::string, uint32_t> numbers;  // of destinations
  PartFiles parts;
  PendingRows pending;
  RowJoiner joiner;  // of what is spooled
  std::unique_ptr<Spool> filling;
  std::vector<std::unique_ptr<Spool>> draining;
  std::vector<bool> present;
  std::map<std::pair<uint32_t, uint32_t>, FinishedBlock> early;  // blocks whose predecessors are not written yet
  uint64_t rows = 0, spooled = 0;
  Hash128 digest;  // of the blocks that were put
  bool closed = false, in_part = false, all_issued = false;
  ArchiveResult result;

  std::mutex queue_mutex;  // of these
  std::deque<BlockJob> queue;
  uint64_t queued_bytes = 0;
  std::vector<std::unique_ptr<RowJoiner>> joiners;
};

ArchiveOutput::State::State(std::shared_ptr<const PathTemplate> to, const ArchiveOptions& opts)
    : where(std::move(to)),
      options(opts),
      title(where->text()),
      staging(where->root()),
      parts(*where, staging, files, next_file, opts.open_segments),
      pending(
          opts.limits, [this](DestinationRows&& block) { issue(std::move(block)); },
          [this](std::vector<DestinationRows>&& group) { spool(std::move(group)); }),
      present(where->fields().size(), false) {}

uint32_t ArchiveOutput::State::destination(const std::string& path) {
  const auto known = numbers.find(path);
  if (known != numbers.end()) return known->second;
  if (numbers.size() == options.destinations) {
    throw Error(ErrorKind::corrupt, title,
                concat("over a limit: the template has more than ", options.destinations, " destinations"),
                "name a field of fewer values, or a coarser time format");
  }
  const auto number = static_cast<uint32_t>(numbers.size());
  const auto added = numbers.emplace(path, number).first;
  parts.add_destination(added->first);
  return number;
}

void ArchiveOutput::State::add(const SplitBatch& split) {
  std::vector<uint32_t> destinations;
  destinations.reserve(split.pieces.size());
  for (const Piece& piece : split.pieces) destinations.push_back(destination(piece.destination));
  pending.add(split, destinations);
}

/// Called by `pending`.
void ArchiveOutput::State::issue(DestinationRows&& block) {
  BlockJob job;
  job.number = parts.issue(block.destination, block.last);
  job.rows = std::move(block);
  const std::lock_guard lock(queue_mutex);
  queued_bytes += job.rows.raw_bytes;
  queue.push_back(std::move(job));
}

/// Called by `pending`.
void ArchiveOutput::State::spool(std::vector<DestinationRows>&& group) {
  if (!filling) filling = std::make_unique<Spool>(staging, files, next_file, static_cast<unsigned>(draining.size()));
  const uint64_t before = filling->bytes();
  filling->add(std::move(group), joiner);
  spooled += filling->bytes() - before;
}

/// After close(): brings back some of what was spooled, part by part. The rows of a part that have to be spooled again
/// come back before the next part.
void ArchiveOutput::State::read_spooled() {
  if (in_part) {
    if (const auto back = draining.back()->next_rows()) {
      pending.add(back->split, back->destinations);
      return;
    }
    pending.flush();
  }
  if (filling) draining.push_back(std::move(filling));
  pending.unspool();
  while (!draining.empty() && !draining.back()->next_part()) draining.pop_back();
  in_part = !draining.empty();
  all_issued = !in_part;
}

void ArchiveOutput::State::put(FinishedBlock&& block) {
  for (const EncodedBlock& encoded : block.blocks) digest += encoded.header.digest;
  if (parts.next(block.destination) != block.number) {
    early.emplace(std::pair(block.destination, block.number), std::move(block));
    return;
  }
  const uint32_t destination = block.destination;
  parts.write(destination, std::move(block.blocks), block.last);
  for (auto at = early.find({destination, parts.next(destination)}); at != early.end();
       at = early.find({destination, parts.next(destination)})) {
    parts.write(destination, std::move(at->second.blocks), at->second.last);
    early.erase(at);
  }
}

std::optional<BlockJob> ArchiveOutput::State::take_job() {
  const std::lock_guard lock(queue_mutex);
  if (queue.empty()) return std::nullopt;
  BlockJob job = std::move(queue.front());
  queue.pop_front();
  queued_bytes -= job.rows.raw_bytes;
  return job;
}

std::unique_ptr<RowJoiner> ArchiveOutput::State::take_joiner() {
  const std::lock_guard lock(queue_mutex);
  if (joiners.empty()) return std::make_unique<RowJoiner>();
  auto taken = std::move(joiners.back());
  joiners.pop_back();
  return taken;
}

FinishedBlock ArchiveOutput::State::run(BlockJob&& job) {
  FinishedBlock done;
  done.destination = job.rows.destination;
  done.number = job.number;
  done.last = job.rows.last;
  std::unique_ptr<RowJoiner> used = take_joiner();
  for (const Batch& batch : used->join(job.rows.ranges, job.rows.time_path, options.limits.block_rows))
    done.blocks.push_back(encode_block(batch, options.compression));
  const std::lock_guard lock(queue_mutex);
  joiners.push_back(std::move(used));
  return done;
}

ArchiveOutput::ArchiveOutput(std::shared_ptr<const PathTemplate> where, const ArchiveOptions& options)
    : state_(std::make_unique<State>(std::move(where), options)) {}
ArchiveOutput::~ArchiveOutput() = default;

SplitBatch ArchiveOutput::split(Batch&& batch, uint32_t first_created) const {
  return split_rows(*state_->where, std::move(batch), first_created);
}

void ArchiveOutput::add(SplitBatch&& split) {
  State& s = *state_;
  {
    const std::lock_guard lock(s.mutex);
    for (std::size_t i = 0; i < split.present.size(); i++)
      if (split.present[i]) s.present[i] = true;
    s.add(split);
    for (const Piece& piece : split.pieces) {
      s.rows += piece.range.end - piece.range.begin;
      if (piece.created > 0) s.parts.note_created(s.destination(piece.destination), piece.created);
    }
  }
  split = {};
  // Whoever adds helps, where the others do not keep up.
  for (;;) {
    {
      const std::lock_guard lock(s.queue_mutex);
      if (s.queued_bytes <= s.options.queued) return;
    }
    std::optional<BlockJob> job = s.take_job();
    if (!job) return;
    put(s.run(std::move(*job)));
  }
}

std::optional<BlockJob> ArchiveOutput::next_job() {
  State& s = *state_;
  for (;;) {
    if (auto job = s.take_job()) return job;
    const std::lock_guard lock(s.mutex);
    if (!s.closed || s.all_issued) return std::nullopt;
    s.read_spooled();
  }
}

FinishedBlock ArchiveOutput::run(BlockJob&& job) {
  return state_->run(std::move(job));
}

void ArchiveOutput::put(FinishedBlock&& block) {
  const std::lock_guard lock(state_->mutex);
  state_->put(std::move(block));
}

void ArchiveOutput::close(uint32_t flags) {
  const std::lock_guard lock(state_->mutex);
  state_->parts.set_flags(flags);
  state_->pending.flush();
  state_->closed = true;
}

void ArchiveOutput::write(std::span<const uint8_t>) {
  throw Error(ErrorKind::bug, name(), "bytes that have no destination");
}

void ArchiveOutput::finish() {
  State& s = *state_;
  const std::lock_guard lock(s.mutex);
  if (!s.all_issued || !s.early.empty()) throw Error(ErrorKind::bug, s.title, "finished before its blocks were");
  std::vector<StagedPart> staged = s.parts.finish();
  commit_parts(*s.where, s.staging, staged, s.options.no_clobber);
  for (std::size_t i = 0; i < staged.size(); i++) {
    if (staged[i].equal) {
      s.result.equal++;
      s.result.equal_rows += staged[i].rows;
      s.result.equal_created += s.parts.created(static_cast<uint32_t>(i));
    } else {
      s.result.added++;
      written_ += staged[i].bytes;
    }
  }
  s.staging.remove();
}

void ArchiveOutput::begin_anew() {
  auto next = std::make_unique<State>(state_->where, state_->options);
  next->result = state_->result;
  next->present = state_->present;
  next->spooled = state_->spooled;
  state_ = std::move(next);
}

void ArchiveOutput::abandon() noexcept {
  state_->staging.remove();
}

const std::string& ArchiveOutput::name() const {
  return state_->title;
}
uint64_t ArchiveOutput::rows() const {
  return state_->rows;
}
Hash128 ArchiveOutput::digest() const {
  return state_->digest;
}
const ArchiveResult& ArchiveOutput::result() const {
  return state_->result;
}
std::vector<const TemplateField*> ArchiveOutput::absent_fields() const {
  std::vector<const TemplateField*> absent;
  for (std::size_t i = 0; state_->rows > 0 && i < state_->present.size(); i++)
    if (!state_->present[i]) absent.push_back(&state_->where->fields()[i]);
  return absent;
}
uint32_t ArchiveOutput::cleaned() const {
  return state_->staging.cleaned();
}
uint64_t ArchiveOutput::spooled() const {
  return state_->spooled;
}

}  // namespace ev
