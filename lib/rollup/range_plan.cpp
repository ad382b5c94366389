#include "rollup/range_plan.h"

#include <limits>

#include "base/error.h"
#include "base/text.h"

namespace ev {

namespace {

constexpr int64_t kNoSince = std::numeric_limits<int64_t>::min(), kNoUntil = std::numeric_limits<int64_t>::max();

int64_t begin_at_or_after(const Buckets& buckets, int64_t time) {
  return buckets.floor(time) == time ? time : buckets.next(time);
}

void expect_begin(const RollupLevel& finest, int64_t time, int64_t limit, const char* option) {
  const int64_t begin = finest.buckets.floor(time);
  if (time == limit || begin == time) return;
  throw Error(ErrorKind::usage, concat(option, " ", time_text(time)),
              concat("lies within a bucket of the finest level, ", finest.name),
              concat("take ", time_text(begin), " or ", time_text(finest.buckets.next(time))));
}

void plan(const std::vector<RollupLevel>& levels, std::size_t level, int64_t since, int64_t until,
          std::vector<RangePiece>& pieces) {
  if (since >= until) return;
  if (level == 0) {
    pieces.push_back({0, since, until});
    return;
  }
  const Buckets& buckets = levels[level].buckets;
  const int64_t from = since == kNoSince ? since : begin_at_or_after(buckets, since);
  const int64_t to = until == kNoUntil ? until : buckets.floor(until);
  if (from >= to) return plan(levels, level - 1, since, until, pieces);
  plan(levels, level - 1, since, from, pieces);
  pieces.push_back({level, from, to});
  plan(levels, level - 1, to, until, pieces);
}

}  // namespace

std::vector<RangePiece> plan_range(const std::vector<RollupLevel>& levels, std::size_t coarsest, int64_t since,
                                   int64_t until) {
  expect_begin(levels[0], since, kNoSince, "--since");
  expect_begin(levels[0], until, kNoUntil, "--until");
  std::vector<RangePiece> pieces;
  plan(levels, coarsest, since, until, pieces);
  return pieces;
}

}  // namespace ev
