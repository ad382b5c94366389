#include "aggregate/sessions.h"

#include "aggregate/group_output.h"
#include "aggregate/seen_fields.h"
#include "aggregate/session_windows.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/inputs.h"
#include "cli/row_options.h"
#include "cli/stream_output.h"
#include "pipeline/ordered.h"

namespace ev {
namespace {

/// What one thread has found.
struct Part {
  SessionWindows windows;
  SeenFields fields;
};

struct Absorbed {
  Ledger ledger;
  std::vector<Reject> rejects;
  uint32_t input = 0;
  uint64_t untimed = 0;  // of rows that would be in a session
};

void check_memory(const SessionWindows& windows, uint64_t memory) {
  if (windows.memory() > memory)
    throw Error(
        ErrorKind::io, "",
        concat("the sessions need more than the memory allowed (", windows.parts(), " parts of sessions so far)"),
        "raise --memory, take a part of the events by -w or --since, or use fewer keys");
}

void add(Absorbed& done, Part& part, Batch&& batch, uint64_t memory) {
  part.fields.see(batch);
  const uint64_t rows = batch.rows, untimed = part.windows.add(std::move(batch));
  done.untimed = untimed;
  done.ledger.untimed += untimed;
  done.ledger.absorbed += rows - untimed;
  check_memory(part.windows, memory);
}

/// The query with all that a session has, for what checks names of the result.
AggregateQuery with_session_fields(const AggregateQuery& query) {
  AggregateQuery all = query;
  for (std::string_view name : {SessionWindows::kStart, SessionWindows::kEnd, SessionWindows::kLength})
    all.by.emplace_back(name);
  return all;
}

}  // namespace

void run_sessions(Session& session, const AggregateQuery& query, int64_t gap, RowPlan&& plan, Arrangement arrangement) {
  check_sort(arrangement, with_session_fields(query));
  arrangement.complete(query);
  SourceOptions options = source_options(session);
  options.event_time = true;
  options.fields = FieldChoice{false, fields_of(query)};
  std::vector<Part> parts;
  for (unsigned worker = 0; worker < options.workers; worker++)
    parts.push_back({SessionWindows(query, gap), SeenFields(query)});
  RowSteps steps(std::move(plan), options.workers);
  steps.prepare(options);
  Source source(options);
  StreamOutput out(session);
  RejectCount rejects;
  Ledger ledger;
  uint64_t untimed = 0;

  run_with_abort(out, [&] {
    run_ordered<SourceUnit, Absorbed>(
        pipeline_options(session), [&] { return source.next(); },
        [&](SourceUnit&& unit, unsigned worker) {
          SourceItem item = source.open(std::move(unit), worker);
          steps.apply(item, worker);
          Absorbed done{item.ledger, std::move(item.rejects), item.input};
          add(done, parts[worker], std::move(*item.batch), session.options().memory / options.workers);
          return done;
        },
        [&](Absorbed&& done) {
          ledger += done.ledger;
          untimed += done.untimed;
          rejects.add(source.input_name(done.input), done.rejects);
          session.progress(progress_of(source));
        });
    ledger += source.skipped();
    out.add(ledger);
    for (std::size_t part = 1; part < parts.size(); part++) {
      parts[0].windows.merge(std::move(parts[part].windows));
      parts[0].fields.merge(parts[part].fields);
    }
    const uint32_t rows = session.options().block_rows;
    ArrangedOutput arranged(arrangement, rows, session.options().memory, out);
    for (Batch& batch : parts[0].windows.finish(rows)) arranged.add(std::move(batch));
    arranged.finish();
    out.finish(source.end_flags());
    for (const std::string& warning : arranged.warnings()) session.warn(concat("--having: ", warning));
  });
  for (const std::string& warning : parts[0].windows.warnings()) session.warn(warning);
  if (ledger.absorbed > 0)
    for (const std::string& warning : parts[0].fields.warnings()) session.warn(warning);
  if (untimed > 0)
    session.warn(concat(untimed, untimed == 1 ? " event has" : " events have", " no event time: in no session"));
  report_rows(session, steps);
  report_inputs(session, source, rejects);
}

}  // namespace ev
