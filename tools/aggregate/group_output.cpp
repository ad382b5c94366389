#include "aggregate/group_output.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "cli/inputs.h"
#include "pipeline/ordered.h"

namespace ev {

namespace {

/// Sorted rows of which only the first are kept are sorted again when there are so many more.
constexpr uint64_t kRowsBeforeSorting = 1 << 18;

OutgoingBlock encode(Batch&& batch, const StreamOutput& out) {
  Ledger created;
  created.created = batch.rows;
  return out.encode(std::move(batch), created);
}

}  // namespace

ArrangedOutput::ArrangedOutput(const Arrangement& arrangement, uint32_t rows, uint64_t memory, StreamOutput& out)
    : arranger_(arrangement),
      sorts_(arrangement.sorts()),
      top_(arrangement.top.has_value()),
      rows_(rows),
      memory_(memory),
      out_(out),
      recutter_(rows) {}

void ArrangedOutput::add(Batch&& batch) {
  batch = arranger_.keep(std::move(batch));
  if (!sorts_) return recutter_.add(std::move(batch), [&](Batch&& whole) { write(std::move(whole)); });
  kept_rows_ += batch.rows;
  kept_bytes_ += raw_bytes(batch);
  kept_.push_back(std::move(batch));
  if (top_ && (kept_rows_ > kRowsBeforeSorting + sorted_rows_ || kept_bytes_ > memory_)) sort();
  if (kept_bytes_ > memory_)
    throw Error(ErrorKind::io, "--sort", concat("needs more than the memory allowed (", kept_rows_, " groups so far)"),
                "raise --memory, or ask for the --top N");
}

void ArrangedOutput::finish() {
  if (sorts_) {
    sort();
    for (Batch& batch : kept_) write(std::move(batch));
  } else if (std::optional<Batch> rest = recutter_.finish()) {
    write(std::move(*rest));
  }
}

void ArrangedOutput::sort() {
  kept_ = arranger_.sort(std::move(kept_), rows_);
  kept_rows_ = kept_bytes_ = 0;
  for (const Batch& batch : kept_) {
    kept_rows_ += batch.rows;
    kept_bytes_ += raw_bytes(batch);
  }
  sorted_rows_ = kept_rows_;
}

void ArrangedOutput::write(Batch&& batch) {
  out_.write(encode(std::move(batch), out_));
}

std::vector<std::string> write_groups(WorkerGroups& groups, const Arrangement& arrangement, Session& session,
                                      StreamOutput& out) {
  const uint32_t rows = session.options().block_rows;
  const Aggregator& all = groups.all();
  const AggregateResult result = all.result(rows);
  std::size_t next = 0;
  const auto next_batch = [&] { return next < result.batches() ? std::optional(next++) : std::nullopt; };
  if (!groups.spilled() && !arrangement.changes()) {
    run_ordered<std::size_t, OutgoingBlock>(
        pipeline_options(session), next_batch,
        [&](std::size_t&& at, unsigned) { return encode(result.batch(at), out); },
        [&](OutgoingBlock&& block) { out.write(std::move(block)); });
    return {};
  }
  ArrangedOutput arranged(arrangement, arrangement.changes() ? rows : result.rows(), session.options().memory, out);
  if (SpilledGroups* spilled = groups.spilled()) {
    session.add_spilled(spilled->bytes());
    run_ordered<SpilledGroups::Range, std::vector<Batch>>(
        pipeline_options(session), [&] { return spilled->next_range(); },
        [&](SpilledGroups::Range&& range, unsigned) { return groups.merged(range).finish(rows); },
        [&](std::vector<Batch>&& batches) {
          for (Batch& batch : batches) arranged.add(std::move(batch));
        });
  } else {
    run_ordered<std::size_t, Batch>(
        pipeline_options(session), next_batch, [&](std::size_t&& at, unsigned) { return result.batch(at); },
        [&](Batch&& batch) { arranged.add(std::move(batch)); });
  }
  arranged.finish();
  return arranged.warnings();
}

}  // namespace ev
