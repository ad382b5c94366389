#include "aggregate/live.h"
#include "base/error.h"
#include "base/of_option.h"
#include "base/time.h"

namespace ev {
namespace {

constexpr int64_t kDefaultLateness = 10 * kSecond;

int64_t parse_lateness(const std::string& text) {
  return text == "0" || read_duration(text) == 0 ? 0 : of_option("--lateness", [&] { return parse_duration(text); });
}

}  // namespace

void LiveOptions::declare(Command& command) {
  command.flag("--live", live_, "a bucket of --every comes out as soon as the watermark passes its end");
  command.text("--lateness", "DURATION", lateness_,
               "how far the watermark stays behind the latest event time (default: 10s)");
  command.text("--late", "FILE", settings_.late, "write events that come after their bucket closed to FILE");
  command.text("--idle", "DURATION", idle_, "close open buckets, too, when a pipe brings nothing for so long");
  command.flag("--revise", settings_.revise, "such events come out as further rows of their bucket, to be merged");
}

void LiveOptions::validate(bool has_buckets, std::optional<int64_t> session_gap, bool having,
                           const Arrangement& arrangement) {
  if (!live_) {
    for (const auto& [option, given] : {std::pair{"--lateness", lateness_.has_value()},
                                        {"--late", settings_.late.has_value()},
                                        {"--revise", settings_.revise},
                                        {"--idle", idle_.has_value()}})
      if (given) throw Error(ErrorKind::usage, option, "goes with --live");
    return;
  }
  if (!has_buckets && !session_gap) throw Error(ErrorKind::usage, "--live", "needs buckets of time", "add --every 1m");
  settings_.session_gap = session_gap;
  if (settings_.revise && session_gap)
    throw Error(ErrorKind::usage, "--revise", "does not go with --session: late events would be sessions of their own",
                "take --late FILE");
  settings_.lateness = lateness_ ? parse_lateness(*lateness_) : kDefaultLateness;
  if (settings_.revise && settings_.late)
    throw Error(ErrorKind::usage, "--revise", "does not go with --late: an event would count twice",
                "take one of them");
  if (idle_) settings_.idle = of_option("--idle", [&] { return parse_duration(*idle_); });
  check_arrangement(having, arrangement);
}

/// Only what can be told of a bucket by itself.
void LiveOptions::check_arrangement(bool having, const Arrangement& arrangement) const {
  if (!arrangement.per_time && (arrangement.top || !arrangement.sort.empty()))
    throw Error(
        ErrorKind::usage, arrangement.top ? "--top" : "--sort", "needs all buckets, which --live lets go",
        arrangement.top ? "add --per time, or leave --live out" : "add --top N --per time, or leave --live out");
  if (settings_.revise && (having || arrangement.top))
    throw Error(ErrorKind::usage, "--revise", "does not go with --having and --top, which need the whole bucket",
                "take --late FILE");
}

}  // namespace ev
