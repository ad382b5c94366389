#include "base/text.h"
#include "cli/inputs.h"
#include "cli/stream_output.h"
#include "ingest/ingest.h"
#include "ingest/type_tally.h"
#include "pipeline/ordered.h"

namespace ev {
namespace {

/// What one unit of text became.
struct Ingested {
  OutgoingBlock block;
  std::vector<Reject> rejects;
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

void IngestTool::declare(Command& command) {
  format_.declare(command);
  fields_.declare(command);
  checks_.declare(command);
  rejects_.declare(command);
}

void IngestTool::validate() {
  format_.validate();
  fields_.validate();
  rejects_.validate();
}

int IngestTool::run(Session& session) {
  SourceOptions options = source_options(session);
  format_.apply(options);
  fields_.apply(options);
  checks_.apply(session, options);
  Source source(options);
  StreamOutput out(session);
  Rejects rejects(rejects_, session);
  uint64_t duplicate_keys = 0;
  TypeTally types;
  FieldTally fields;

  run_with_abort(out, [&] {
    run_ordered<SourceUnit, Ingested>(
        pipeline_options(session), [&] { return source.next(); },
        [&](SourceUnit&& unit, unsigned worker) {
          SourceItem item = source.open(std::move(unit), worker);
          item.ledger.passed = item.batch->rows;
          uint64_t seen = item.ledger.in;
          return Ingested{out.encode(std::move(*item.batch), item.ledger), std::move(item.rejects), seen,
                          item.duplicate_keys, std::move(item.type_counts), item.fields, item.input};
        },
        [&](Ingested&& done) {
          duplicate_keys += done.duplicate_keys;
          types.add(done.type_counts);
          fields.add(done.fields);
          rejects.add(source.input_name(done.input), done.rejects, done.records);
          out.write(std::move(done.block));
          session.progress(progress_of(source));
        });
    rejects.finish(source.end_flags());
    out.finish(source.end_flags());
  });

  if (source.time_path()) session.notice(concat("event time: ", source.time_path()->name()));
  else if (rejects.records() > 0) session.notice("no event time found; name its field with -t FIELD");
  if (duplicate_keys > 0) session.notice(concat(duplicate_keys, " keys stood twice in one object; the last value counts"));
  if (options.types) types.report(session, *options.types);
  fields.report(session, options);
  report_accepted(session, source);
  rejects.report(session);
  return 0;
}

}  // namespace ev
