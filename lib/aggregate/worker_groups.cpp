#include "aggregate/worker_groups.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace ev {

namespace {

/// What reading and decoding need beside the groups.
constexpr uint64_t kOtherMemory = uint64_t{40} << 20;
/// Smaller runs would be too many.
constexpr uint64_t kLeastOfPart = uint64_t{4} << 20;

/// A part may have this much before it is spilled: its tables double as they grow, and sorting it needs room, too.
uint64_t memory_of_part(uint64_t memory, unsigned threads) {
  return std::max((memory - std::min(memory, kOtherMemory)) / threads / 2, kLeastOfPart);
}

}  // namespace

WorkerGroups::WorkerGroups(const AggregateQuery& query, unsigned threads, uint64_t memory)
    : query_(query),
      memory_(memory),
      memory_of_part_(memory_of_part(memory, threads)),
      may_spill_(std::ranges::none_of(query.calls, [](const AggregateCall& call) { return needs_all_groups(call); })),
      parts_(threads),
      seen_(threads, SeenFields(query)),
      spilled_(query) {}

void WorkerGroups::add(const Batch& batch, unsigned worker) {
  if (batch.rows == 0) return;
  seen_[worker].see(batch);
  std::optional<Aggregator>& part = parts_[worker];
  if (!part) part.emplace(query_);
  part->add(batch);
  if (part->memory() <= memory_of_part_) return;
  if (part->groups() > 1 && may_spill_)
    spilled_.spill(*part);
  else if (part->memory() > most_of_range())
    fail_for_memory(part->groups());
}

SeenFields WorkerGroups::fields() const {
  SeenFields all = seen_[0];
  for (const SeenFields& seen : seen_) all.merge(seen);
  return all;
}

void WorkerGroups::fill(int64_t since, int64_t until) {
  Aggregator& all = merged_parts();
  if (spilled_.empty()) all.fill(since, until);
  if (spilled_.empty() && all.memory() <= memory_) return;
  const std::string number = spilled_.empty() ? concat(" (", all.groups(), " groups)") : "";
  throw Error(ErrorKind::io, "", concat("the groups need more than the memory allowed", number),
              "raise --memory, or use wider buckets or fewer keys");
}

Aggregator& WorkerGroups::merged_parts() {
  std::optional<Aggregator> all;
  for (std::optional<Aggregator>& part : parts_) {
    if (!part) continue;
    if (!spilled_.empty() && part->groups() > 0) spilled_.spill(*part);
    if (!all)
      all = std::move(part);
    else
      all->merge(std::move(*part));
    part.reset();
  }
  parts_[0] = all ? std::move(*all) : Aggregator(query_);
  return *parts_[0];
}

Aggregator WorkerGroups::merged(const SpilledGroups::Range& range) const {
  Aggregator groups = spilled_.merged(range, *parts_[0]);
  if (groups.memory() > most_of_range()) fail_for_memory(groups.groups());
  return groups;
}

uint64_t WorkerGroups::most_of_range() const {
  return std::max(memory_ / parts_.size(), 2 * memory_of_part_);
}

void WorkerGroups::fail_for_memory(uint64_t groups) const {
  throw Error(ErrorKind::io, "",
              concat(groups, groups == 1 ? " group needs" : " groups need", " more than the memory allowed"),
              "raise --memory");
}

}  // namespace ev
