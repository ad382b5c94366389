#include "aggregate/live_sessions.h"

#include <algorithm>

namespace ev {

LiveSessions::LiveSessions(const AggregateQuery& query, int64_t gap, const Options& options)
    : query_(query), options_(options), windows_(query, gap) {}

LiveGroups::Outcome LiveSessions::add(const Batch& batch, std::span<const int64_t> seen, int64_t seen_at_end) {
  Outcome outcome;
  auto watermark_at = [&](int64_t latest) {
    int64_t watermark;
    if (latest == INT64_MIN || __builtin_sub_overflow(latest, options_.lateness, &watermark)) return watermark_;
    return std::max(watermark_, watermark);
  };
  Selection kept;
  if (const Column* times = batch.time_column())
    for_each_value(*times, batch.rows, [&](std::size_t row, std::size_t i) {
      Selection& rows = times->integer(i) < watermark_at(seen[row]) ? outcome.late : kept;
      rows.push_back(static_cast<uint32_t>(row));
    });
  outcome.absorbed = kept.size();
  outcome.untimed = batch.rows - kept.size() - outcome.late.size();
  // No session that closes within the batch could have got a row behind its closing that is not late.
  if (!kept.empty()) windows_.add(take(batch, kept.span()));
  watermark_ = watermark_at(seen_at_end);
  if (watermark_ != INT64_MIN) outcome.closed = windows_.take_closed(watermark_, options_.rows);
  return outcome;
}

std::vector<Batch> LiveSessions::close_all() {
  return windows_.take_closed(std::nullopt, options_.rows);
}

std::optional<int64_t> LiveSessions::watermark() const {
  if (watermark_ == INT64_MIN) return std::nullopt;
  return std::min(watermark_, windows_.earliest_start());
}

}  // namespace ev
