#include "ingest/check_options.h"

#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "text/clock_bounds.h"

namespace ev {
namespace {

/// Calls `parse`, its error said to be about the option.
template <class Parse>
auto of_option(std::string_view name, Parse parse) {
  try {
    return parse();
  } catch (const Error& error) {
    throw error.within(name);
  }
}

int64_t later(int64_t ns, int64_t duration) {
  int64_t sum;
  return __builtin_add_overflow(ns, duration, &sum) ? std::numeric_limits<int64_t>::max() : sum;
}

}  // namespace

void CheckOptions::declare(Command& command) {
  command.text("--min-time", "TIME", min_time_, "reject events whose time is before TIME: 2015-01-01, -30d");
  command.text("--max-future", "DURATION", max_future_, "reject events whose time is further ahead of now: 1h, or 0");
}

void CheckOptions::apply(const Session& session, SourceOptions& options) const {
  if (!min_time_ && !max_future_) return;
  const SharedOptions& shared = session.options();
  ClockBounds bounds;
  if (min_time_) {
    bounds.earliest =
        of_option("--min-time", [&] { return parse_time_option(*min_time_, shared.now_ns, shared.timezone); });
    bounds.earliest_words = *min_time_;
  }
  if (max_future_) {
    const int64_t ahead =
        *max_future_ == "0" ? 0 : of_option("--max-future", [&] { return parse_duration(*max_future_); });
    bounds.latest = later(shared.now_ns, ahead);
    bounds.latest_words = *max_future_;
  }
  // Where a bound says what is absurd, a time beyond it is a time and refused, not a number in an untimed event.
  options.time_rules.any_past = min_time_.has_value();
  options.time_rules.any_future = max_future_.has_value();
  options.check = std::make_shared<const ClockCheck>(std::move(bounds));
}

}  // namespace ev
