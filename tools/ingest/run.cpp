#include "base/text.h"
#include "cli/inputs.h"
#include "cli/stream_output.h"
#include "ingest/ingest.h"
#include "ingest/resumption.h"
#include "pipeline/ordered.h"

namespace ev {
namespace {

/// What one unit of text became.
struct Ingested {
  OutgoingBlock block;
  std::vector<Reject> rejects;
  std::string read_as;
  uint64_t records = 0, duplicate_keys = 0;
  std::vector<TypeCount> type_counts;
  FieldCounts fields;
  uint32_t input = 0;
};

}  // namespace

std::vector<std::string> IngestTool::examples() const {
  return {"ev ingest access.jsonl.gz -o access.ev", "tail -f app.jsonl | ev ingest | ev export",
          "ev ingest logs/ --rejects bad.ev -o logs.ev"};
}

SharedOptionSet IngestTool::shared() const {
  SharedOptionSet set;
  set.locks = true;
  return set;
}

void IngestTool::declare(Command& command) {
  format_.declare(command);
  fields_.declare(command);
  checks_.declare(command);
  lookup_.declare(command);
  rows_.declare(command);
  rejects_.declare(command);
  checkpoint_.declare(command);
}

void IngestTool::validate() {
  format_.validate();
  fields_.validate();
  lookup_.validate();
  rejects_.validate();
  if (format_.from_rejects() && checkpoint_.any())
    throw Error(ErrorKind::usage, "--from-rejects", "goes neither with --checkpoint nor with --follow",
                "rejects are read whole");
}

int IngestTool::run(Session& session) {
  Resumption resumption(checkpoint_, session);
  if (resumption.output_stands()) return 0;
  Found found;
  found.options = source_options(session);
  format_.apply(found.options);
  fields_.apply(found.options);
  checks_.apply(session, found.options);
  RowPlan plan = rows_.plan(session);
  plan.lookup = lookup_.load(session);
  RowSteps steps(std::move(plan), found.options.workers);
  steps.prepare(found.options);
  // Inputs that are not there are said before anything is written.
  if (!checkpoint_.any()) list_inputs(found.options.paths, true);
  StreamOutput out(session);
  Rejects rejects(rejects_, session);

  run_with_abort(out, [&] {
    while (resumption.step()) {
      out.begin_segment();
      read(session, resumption.queue(), out, rejects, steps, found);
      resumption.wrote(out.end_segment(found.flags | resumption.end_flags()));
    }
    rejects.check();
    const uint32_t flags = found.flags | resumption.end_flags();
    resumption.prepare(out);
    rejects.finish(flags);
    out.finish(flags);
    resumption.commit();
  });

  if (found.time_path) session.notice(concat("event time: ", found.time_path->name()));
  else if (rejects.records() > 0) session.notice("no event time found; name its field with -t FIELD");
  if (found.duplicate_keys > 0) session.notice(concat(found.duplicate_keys, " keys stood twice in one object; the last value counts"));
  if (found.options.types) found.types.report(session, *found.options.types);
  found.fields.report(session, found.options);
  lookup_.report(session, steps.looked_up());
  report_rows(session, steps);
  resumption.report();
  rejects.report(session);
  return 0;
}

/// Reads the inputs, or those of a queue, to their end.
void IngestTool::read(Session& session, InputQueue* queue, StreamOutput& out, Rejects& rejects, RowSteps& steps,
                      Found& found) const {
  SourceOptions options = found.options;
  options.queue = queue;
  Source source(options);
  run_ordered<SourceUnit, Ingested>(
      pipeline_options(session), [&] { return source.next(); },
      [&](SourceUnit&& unit, unsigned worker) {
        SourceItem item = source.open(std::move(unit), worker);
        steps.apply(item, worker);
        item.ledger.passed = item.batch->rows;
        uint64_t seen = item.ledger.in;
        return Ingested{out.encode(std::move(*item.batch), item.ledger), std::move(item.rejects),
                        std::move(item.read_as), seen,
                        item.duplicate_keys, std::move(item.type_counts), item.fields, item.input};
      },
      [&](Ingested&& done) {
        found.duplicate_keys += done.duplicate_keys;
        found.types.add(done.type_counts);
        found.fields.add(done.fields);
        rejects.add(source.input_name(done.input), done.read_as, done.rejects, done.records);
        out.write(std::move(done.block));
        session.progress(progress_of(source));
      });
  found.flags |= source.end_flags();
  if (!found.time_path) found.time_path = source.time_path();
  report_accepted(session, source);
}

}  // namespace ev
