#include "dedup/judge.h"

#include <algorithm>
#include <array>

namespace ev {

namespace {

/// How many rows ahead the place of a key is fetched into the caches.
constexpr std::size_t kFetchAhead = 16;

}  // namespace

/// A batch on its way through the gates.
struct Judge::Work {
  const EventKeys& keys;
  uint32_t rows;
  Judgement result;
  Bitmap untimed;           // where there is a window
  Bitmap skipped;           // rows that are compared with nothing, untimed ones among them
  Bitmap repeated;
  PodVector<int64_t> times;     // of each row, where there is a window
  PodVector<int64_t> from;      // what each row is compared with, where some are late
  EventClock clock;             // of these rows alone
  int64_t horizon = INT64_MIN;  // nobody is compared with earlier keys any more
  // Rows that are compared, in order of their part, with their fingerprints.
  PodVector<uint32_t> by_part;
  PodVector<Fingerprint> prints;
  std::array<uint32_t, SeenKeys::kParts + 1> part_begin{};
};

Judge::Judge(const DedupSettings& settings, const EventClock& clock, uint64_t memory)
    : unkeyed_(settings.unkeyed),
      window_(settings.window),
      lateness_(settings.lateness),
      verify_(settings.verify),
      turns_(1 + SeenKeys::kParts),
      clock_(clock),
      seen_(shape_of(settings), memory) {}

int64_t Judge::watermark(const EventClock& clock) const { return before(clock.high_water(), lateness_); }

void Judge::note_times(Work& work, const Column* times) const {
  if (window_) work.times.assign(work.rows, 0);
  if (!times) {
    work.result.untimed = work.rows;
  } else {
    work.result.untimed = work.rows - times->size();
    for_each_value(*times, work.rows, [&](std::size_t row, std::size_t i) {
      const int64_t time = times->integer(i);
      work.result.min_time = std::min(work.result.min_time, time);
      work.result.max_time = std::max(work.result.max_time, time);
      if (window_) work.times[row] = time;
    });
    // Times mostly ascend: seen from the end, few are later than those seen before.
    for (std::size_t i = times->size(); i-- > 0;) work.clock.see(times->integer(i));
  }
  if (!window_ || work.result.untimed == 0) return;
  for (uint32_t row = 0; row < work.rows; row++)
    if (!times || !times->valid(row)) work.untimed.set(row);
  work.skipped = work.untimed;
}

/// One batch after the other.
void Judge::pass_clock(Work& work) {
  earlier_.expect(work.rows);
  EventClock clock = clock_;
  clock_.merge(work.clock);
  if (!window_) return;
  work.horizon = before(watermark(clock), *window_);
  if (work.result.min_time >= watermark(clock_)) return;
  // Some may be late: those are judged by what came before them, row by row.
  work.from.assign(work.rows, INT64_MIN);
  for (uint32_t row = 0; row < work.rows; row++) {
    if (work.untimed.get(row)) continue;
    const int64_t mark = watermark(clock);
    work.from[row] = before(mark, *window_);
    work.result.late += !work.skipped.get(row) && work.times[row] < mark;
    clock.see(work.times[row]);
  }
}

/// In each part the rows stay in order.
void Judge::sort_by_part(Work& work) {
  const std::span<const Fingerprint> prints = work.keys.fingerprints();
  std::array<uint32_t, SeenKeys::kParts + 1>& begin = work.part_begin;
  for (std::size_t row = 0; row < prints.size(); row++)
    if (!work.skipped.get(row)) begin[SeenKeys::part_of(prints[row]) + 1]++;
  for (std::size_t part = 0; part < SeenKeys::kParts; part++) begin[part + 1] += begin[part];
  work.by_part.resize(begin.back());
  work.prints.resize(begin.back());
  std::array<uint32_t, SeenKeys::kParts> next;
  std::copy_n(begin.begin(), next.size(), next.begin());
  for (uint32_t row = 0; row < prints.size(); row++) {
    if (work.skipped.get(row)) continue;
    const uint32_t at = next[SeenKeys::part_of(prints[row])]++;
    work.by_part[at] = row;
    work.prints[at] = prints[row];
  }
}

/// One batch after the other in each part.
void Judge::pass_part(Work& work, std::size_t part) {
  SeenPart& seen = seen_.part(part);
  const uint32_t end = work.part_begin[part + 1];
  for (uint32_t at = work.part_begin[part]; at < end; at++) {
    if (at + kFetchAhead < end) {
      seen.prefetch(work.prints[at + kFetchAhead]);
      earlier_.prefetch(work.prints[at + kFetchAhead]);
    }
    const uint32_t row = work.by_part[at];
    KeyQuery query;
    KeptKey key;
    query.print = key.print = work.prints[at];
    if (verify_) query.bytes = key.bytes = work.keys.bytes(row);
    if (window_) {
      key.time = work.times[row];
      query.from = before(key.time, *window_);
      query.to = after(key.time, *window_);
      if (!work.from.empty()) query.from = std::max(query.from, work.from[row]);
    }
    if (!seen.keep(query, key, earlier_, work.horizon)) work.repeated.set(row);
  }
}

Judgement Judge::judge(Turns::Passage& passage, const EventKeys& keys, const Column* times) {
  Work work{keys, static_cast<uint32_t>(keys.fingerprints().size()), {}, {}, {}, {}, {}, {}, {}, INT64_MIN, {}, {}, {}};
  work.untimed.assign(work.rows, false);
  work.skipped.assign(work.rows, false);
  work.repeated.assign(work.rows, false);
  note_times(work, times);
  work.result.unkeyed = keys.unkeyed().count();
  if (work.result.unkeyed > 0 && unkeyed_ != Unkeyed::equal) keys.unkeyed().for_each([&](std::size_t row) { work.skipped.set(row); });
  sort_by_part(work);

  passage.next([&] { pass_clock(work); });
  for (std::size_t part = 0; part < SeenKeys::kParts; part++) passage.next([&] { pass_part(work, part); });

  for (uint32_t row = 0; row < work.rows; row++) {
    const bool unwanted = unkeyed_ == Unkeyed::drop && keys.unkeyed().get(row);
    (work.repeated.get(row) ? work.result.repeated : unwanted ? work.result.left_out : work.result.kept).push_back(row);
  }
  return std::move(work.result);
}

}  // namespace ev
