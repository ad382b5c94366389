#include "aggregate/live_buckets.h"

#include <algorithm>
#include <limits>

#include "base/error.h"

namespace ev {
namespace {

constexpr int64_t kNone = std::numeric_limits<int64_t>::min();

}  // namespace

LiveBuckets::LiveBuckets(AggregateQuery query, const Options& options)
    : query_(std::move(query)), options_(options), gone_(query_) {
  if (!query_.every) throw Error(ErrorKind::bug, "LiveBuckets", "a query without buckets");
}

int64_t LiveBuckets::watermark_at(int64_t seen) const {
  int64_t watermark;
  if (seen == kNone || __builtin_sub_overflow(seen, options_.lateness, &watermark)) return closed_until_;
  return std::max(closed_until_, watermark);
}

uint32_t LiveBuckets::slot_of(int64_t time) {
  if (last_slot_ < slots_.size() && time >= slots_[last_slot_].start && time < slots_[last_slot_].end)
    return last_slot_;
  const int64_t start = query_.every->floor(time);
  const auto [at, added] = slot_numbers_.try_emplace(start, static_cast<uint32_t>(slots_.size()));
  if (added) slots_.push_back({start, query_.every->next(time)});
  return last_slot_ = at->second;
}

void LiveBuckets::merge(std::optional<Aggregator>& to, Aggregator&& part) {
  if (to)
    to->merge(std::move(part));
  else
    to = std::move(part);
}

void LiveBuckets::add_rows(std::optional<Aggregator>& to, const Batch& batch, const Selection& rows) const {
  if (rows.empty()) return;
  if (!to) to.emplace(query_);
  if (rows.size() == batch.rows)
    to->add(batch);
  else
    to->add(take(batch, rows.span()));
}

LiveBuckets::Outcome LiveBuckets::add(const Batch& batch, std::span<const int64_t> seen, int64_t seen_at_end) {
  Outcome outcome;
  const Column* times = batch.time_column();
  const int64_t watermark_before = closed_until_;
  if (times)
    for_each_value(*times, batch.rows, [&](std::size_t number, std::size_t i) {
      const auto row = static_cast<uint32_t>(number);
      const int64_t watermark = std::max(watermark_before, watermark_at(seen[row]));
      const uint32_t slot = slot_of(times->integer(i));
      const bool late = closed_by(slots_[slot].end, watermark);
      // Buckets that close leave at the end of the batch, which comes to the same, unless it matters whether a revision
      // leaves with them.
      if (options_.revise && (late || revisions_ || !late_rows_.empty()) && closed_by(next_end_, watermark))
        close(batch, watermark, outcome.closed);
      if (late) {
        outcome.late.push_back(row);
        if (options_.revise) late_rows_.push_back(row);
        return;
      }
      const uint32_t current = slot_of(times->integer(i));  // close() forgets the slots
      rows_.push_back(row);
      row_slot_.push_back(current);
      next_end_ = std::min(next_end_, slots_[current].end);
    });
  const std::size_t timed = times ? times->size() : 0;
  outcome.untimed = batch.rows - timed;
  outcome.absorbed = options_.revise ? timed : timed - outcome.late.size();
  close(batch, watermark_at(seen_at_end), outcome.closed);
  return outcome;
}

/// The rows of the batch at hand go where they belong: to `closing` or to what stays open.
void LiveBuckets::settle(const Batch& batch, int64_t watermark, std::optional<Aggregator>& closing) {
  Selection closing_rows;
  std::map<uint32_t, Selection> staying;  // by slot
  for (std::size_t i = 0; i < rows_.size(); i++) {
    if (closed_by(slots_[row_slot_[i]].end, watermark))
      closing_rows.push_back(rows_[i]);
    else
      staying[row_slot_[i]].push_back(rows_[i]);
  }
  add_rows(closing, batch, closing_rows);
  for (const auto& [slot, rows] : staying) {
    const auto [start, end] = slots_[slot];
    const auto at = open_.find(start);
    std::optional<Aggregator> groups;
    if (at != open_.end()) groups = std::move(at->second.groups);
    add_rows(groups, batch, rows);
    if (at != open_.end())
      at->second.groups = std::move(*groups);
    else
      open_.emplace(start, Open{end, std::move(*groups)});
  }
  add_rows(revisions_, batch, late_rows_);
  rows_.clear();
  row_slot_.clear();
  late_rows_.clear();
  slots_.clear();
  slot_numbers_.clear();
  last_slot_ = UINT32_MAX;
}

void LiveBuckets::close(const Batch& batch, int64_t watermark, std::vector<Batch>& out) {
  std::optional<Aggregator> closing;
  settle(batch, watermark, closing);
  closed_until_ = std::max(closed_until_, watermark);
  while (!open_.empty() && closed_by(open_.begin()->second.end, closed_until_)) {
    merge(closing, std::move(open_.begin()->second.groups));
    open_.erase(open_.begin());
  }
  next_end_ = open_.empty() ? INT64_MAX : open_.begin()->second.end;
  if (!closing) return;
  if (revisions_) merge(closing, std::move(*revisions_));
  revisions_.reset();
  finish(closing, out);
}

void LiveBuckets::finish(std::optional<Aggregator>& closing, std::vector<Batch>& out) {
  for (Batch& batch : closing->finish(options_.rows)) out.push_back(std::move(batch));
  closing->forget_groups();
  gone_.merge(std::move(*closing));
}

std::vector<Batch> LiveBuckets::close_all() {
  std::optional<Aggregator> closing;
  for (auto& [start, open] : open_) {
    merge(closing, std::move(open.groups));
    closed_until_ = std::max(closed_until_, open.end);
  }
  open_.clear();
  next_end_ = INT64_MAX;
  if (revisions_) merge(closing, std::move(*revisions_));
  revisions_.reset();
  std::vector<Batch> out;
  if (closing) finish(closing, out);
  return out;
}

std::optional<int64_t> LiveBuckets::watermark() const {
  if (closed_until_ == kNone) return std::nullopt;
  return query_.every->floor(closed_until_);
}

uint64_t LiveBuckets::memory() const {
  uint64_t bytes = revisions_ ? revisions_->memory() : 0;
  for (const auto& [start, open] : open_) bytes += open.groups.memory();
  return bytes;
}

uint64_t LiveBuckets::groups() const {
  uint64_t groups = revisions_ ? revisions_->groups() : 0;
  for (const auto& [start, open] : open_) groups += open.groups.groups();
  return groups;
}

std::vector<std::string> LiveBuckets::warnings() const {
  return gone_.warnings();
}

}  // namespace ev
