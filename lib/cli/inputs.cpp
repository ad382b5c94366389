#include "cli/inputs.h"

#include "base/text.h"

namespace ev {

SourceOptions source_options(const Session& session) {
  const SharedOptions& shared = session.options();
  SourceOptions options;
  options.paths = shared.files;
  options.since = shared.since;
  options.until = shared.until;
  options.time_fields = shared.time_fields;
  options.accept_partial = shared.accept_partial;
  options.block_rows = shared.block_rows;
  options.latency = shared.latency;
  options.workers = shared.threads;
  options.stop = session.stop_check();
  return options;
}

PipelineOptions pipeline_options(Session& session) {
  return {session.options().threads, 0, [&session](std::exception_ptr why) { session.cancel(std::move(why)); }};
}

void RejectCount::add(const std::string& input, const std::vector<Reject>& rejects) {
  if (count_ == 0 && !rejects.empty())
    first_ = concat(input == "-" ? "standard input" : input, ": line ", rejects[0].line, ": ", rejects[0].reason);
  count_ += rejects.size();
}

void report_accepted(Session& session, const Source& source) {
  for (const std::string& message : source.accepted()) {
    session.warn(concat(message, " (accepted as partial)"));
    session.exit_at_least(3);
  }
}

void report_inputs(Session& session, const Source& source, const RejectCount& rejects) {
  report_accepted(session, source);
  if (rejects.count() == 0) return;
  session.warn(concat(rejects.first(), rejects.count() == 1 ? "" : concat(" (and ", rejects.count() - 1, " more)"),
                      "; rejected lines were left out; keep them with `ev ingest --rejects FILE`"));
  session.exit_at_least(3);
}

Session::Progress progress_of(const Source& source) {
  return {source.bytes_read(), source.rows_read(), source.bytes_total()};
}

}  // namespace ev
