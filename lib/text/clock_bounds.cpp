#include "text/clock_bounds.h"

#include "base/text.h"
#include "base/time.h"

namespace ev {

void ClockCheck::check(const Batch& batch, RefusedRows& refused) const {
  const Column* times = batch.time_column();
  if (!times) return;
  for_each_value(*times, batch.rows, [&](std::size_t row, std::size_t i) {
    const int64_t ns = times->integer(i);
    if (ns >= bounds_.earliest && ns <= bounds_.latest) [[likely]]
      return;
    refused.refuse(row, [&] {
      return ns < bounds_.earliest
                 ? concat("the event time is before --min-time ", bounds_.earliest_words, ": ", time_text(ns))
                 : concat("the event time is later than --max-future ", bounds_.latest_words,
                          " from now: ", time_text(ns));
    });
  });
}

}  // namespace ev
