// Sessions that close while events still come.
#pragma once

#include "aggregate/live_groups.h"
#include "aggregate/session_windows.h"

namespace ev {

/// A session closes when the watermark is further behind its end than the gap: no event that is not late can belong to
/// it. A row is late that is behind the watermark. Sessions come out in the order of end, start and keys. Each closing
/// looks at all open sessions.
class LiveSessions final : public LiveGroups {
 public:
  struct Options {
    int64_t lateness = 0;   // ns
    uint32_t rows = 65536;  // of a batch of the result
  };
  /// Throws Error(usage) as SessionWindows does.
  LiveSessions(const AggregateQuery& query, int64_t gap, const Options& options);

  Outcome add(const Batch& batch, std::span<const int64_t> seen, int64_t seen_at_end) override;
  std::vector<Batch> close_all() override;
  std::optional<int64_t> watermark() const override;
  uint64_t memory() const override { return windows_.memory(); }
  uint64_t groups() const override { return windows_.parts(); }
  bool any_open() const override { return windows_.parts() > 0; }
  const AggregateQuery& query() const override { return query_; }
  std::vector<std::string> warnings() const override { return windows_.warnings(); }

 private:
  AggregateQuery query_;
  Options options_;
  SessionWindows windows_;
  int64_t watermark_ = INT64_MIN;
};

}  // namespace ev
