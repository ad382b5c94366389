// --live: buckets come out while events still come.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "aggregate/aggregator.h"
#include "aggregate/arrangement.h"
#include "cli/tool.h"
#include "rows/row_plan.h"

namespace ev {

struct LiveSettings {
  int64_t lateness = 0;                // ns
  std::optional<std::string> late;     // file of late events
  bool revise = false;                 // late events come out as further rows
  std::optional<int64_t> session_gap;  // ns: sessions in place of buckets
  int64_t idle = 0;                    // ns of silence after which open buckets close; 0: never
};

/// The options that say so.
class LiveOptions {
 public:
  void declare(Command& command);
  /// Throws Error(usage).
  void validate(bool has_buckets, std::optional<int64_t> session_gap, bool having, const Arrangement& arrangement);
  bool on() const { return live_; }
  const LiveSettings& settings() const { return settings_; }

 private:
  void check_arrangement(bool having, const Arrangement& arrangement) const;

  bool live_ = false;
  std::optional<std::string> lateness_, idle_;
  LiveSettings settings_;
};

/// Requires query.every or a session_gap. A query without calls takes them from the first events, which are earlier
/// results.
void run_live(Session& session, const AggregateQuery& query, RowPlan&& plan, const Arrangement& arrangement,
              const LiveSettings& settings);

}  // namespace ev
