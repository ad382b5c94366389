#include <algorithm>

#include "aggregate/aggregate.h"
#include "aggregate/group_output.h"
#include "aggregate/running_table.h"
#include "aggregate/sessions.h"
#include "base/of_option.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/inputs.h"
#include "cli/row_options.h"
#include "cli/stream_output.h"
#include "pipeline/ordered.h"
#include "rows/call_fields.h"
#include "rows/key_fields.h"

namespace ev {
namespace {

/// What remains of an item once its rows are in an aggregator.
struct Absorbed {
  Ledger ledger;
  std::vector<Reject> rejects;
  uint32_t input = 0;
};

}  // namespace

std::vector<std::string> AggregateTool::examples() const {
  return {"ev aggregate -b event_type -a 'count, sum(value), count where value > 100 as large' events.ev",
          "ev ingest app.jsonl | ev aggregate --every 1h -b status -a 'count, p99(latency), distinct(user)' | ev export"};
}

void AggregateTool::declare(Command& command) {
  command.list("-b,--by", "FIELDS", by_, "one group for each combination of the values of these fields, or of expressions: 'lower(path) as p'");
  command.text("-a,--agg", "CALLS", calls_text_, "count, count(f), sum(f), min(f), max(f), mean(f), var(f), stddev(f), median(f), p99(f), distinct(f), distinct_exact(f), first(f), last(f), rate, share(count), top(f, k), each with `where EXPR` and `as NAME`; f may be an expression; `errors / count as error_rate` over other results (default: count)");
  command.text("--every", "DURATION", every_text_, "one group for each bucket of event time: 30s, 1m, 1h, 1d, 1w, 1mo, 1y");
  command.text("--session", "DURATION", session_text_, "one group for each run of events with no longer gap between two of them, for each combination of -b");
  command.flag("--fill", fill_, "buckets without events, too, from the first to the last or within --since and --until");
  command.text("--having", "EXPR", having_, "only groups for which the expression over keys and results is true: 'count > 5'");
  command.text("--sort", "FIELDS", sort_, "order of the groups by keys or results: 'count desc, country'");
  command.number("--top", "N", arrangement_.top, "only the first N groups, by --sort or by the largest first result");
  command.text("--per", "time", per_, "--top for each bucket of --every");
  command.flag("--merge", merge_, "merge the states of earlier results instead of aggregating their values");
  command.text("--refresh", "DURATION", refresh_text_, "on a terminal, draw the table so far again every so often: 1s");
  live_.declare(command);
}

void AggregateTool::validate() {
  if (calls_text_) calls_ = parse_aggregates(*calls_text_);
  else if (!merge_) calls_ = parse_aggregates("count");
  if (sort_) arrangement_.sort = of_option("--sort", [&] { return parse_sort(*sort_); });
  if (per_) {
    if (*per_ != "time") throw Error(ErrorKind::usage, "--per", concat("takes time, not \"", *per_, "\""));
    if (!arrangement_.top) throw Error(ErrorKind::usage, "--per", "says of what --top takes the first groups", "add --top N");
    if (!every_text_ && !merge_) throw Error(ErrorKind::usage, "--per", "needs buckets of time", "add --every 1h");
    arrangement_.per_time = true;
  }
  if (every_text_) every_ = of_option("--every", [&] { return parse_bucket_width(*every_text_); });
  if (fill_ && !every_) throw Error(ErrorKind::usage, "--fill", "needs buckets of time", "add --every 1h");
  if (fill_ && live_.on())
    throw Error(ErrorKind::usage, "--fill", "needs all buckets, which --live lets go", "leave one of them out");
  if (refresh_text_) refresh_ = of_option("--refresh", [&] { return parse_duration(*refresh_text_); });
  if (refresh_ && (live_.on() || session_text_))
    throw Error(ErrorKind::usage, "--refresh", concat("does not go with ", live_.on() ? "--live" : "--session"), "leave it out");
  validate_session();
  live_.validate(every_.has_value(), session_, having_.has_value(), arrangement_);
}

void AggregateTool::validate_session() {
  if (!session_text_) return;
  session_ = of_option("--session", [&] { return parse_duration(*session_text_); });
  for (const auto& [option, given] : {std::pair{"--every", every_.has_value()}, {"--merge", merge_}})
    if (given) throw Error(ErrorKind::usage, "--session", concat("does not go with ", option), "take one of them");
}

int AggregateTool::run(Session& session) {
  AggregateQuery query{{}, calls_, std::nullopt, merge_};
  RowPlan plan = where_plan(session);
  // The keys and states of earlier results are found by their names alone.
  if (!merge_) plan.settings = make_call_fields(query.calls, plan.options);
  for (Setting& setting : add_keys(by_, plan.options, query)) plan.settings.push_back(std::move(setting));
  if (every_) query.every.emplace(*every_, session.options().timezone);
  bool query_from_input = merge_ && !calls_text_ && by_.empty();
  if (merge_ && !query_from_input && calls_.empty())
    throw Error(ErrorKind::usage, "--merge", "needs -a beside -b", "or neither, to merge all that is there");
  Arrangement arrangement = arrangement_;
  if (having_)
    arrangement.having = of_option("--having", [&] { return Expression::parse_condition(*having_, plan.options); });
  if (session_ && !live_.on()) {
    run_sessions(session, query, *session_, std::move(plan), std::move(arrangement));
    return 0;
  }
  Aggregator check_names(query);  // refuses what makes no sense before any input is opened
  if (!query_from_input) check_sort(arrangement, query);
  if (live_.on()) {
    run_live(session, query, std::move(plan), arrangement, live_.settings());
    return 0;
  }

  std::optional<RunningTable> table;
  if (refresh_) table.emplace(session, std::chrono::nanoseconds(*refresh_));
  const unsigned parts = table ? 1 : session.options().threads;

  SourceOptions options = source_options(session);
  options.event_time = needs_event_time(query);
  if (table) options.idle = std::chrono::nanoseconds(*refresh_);
  if (!query_from_input) options.fields = FieldChoice{false, fields_of(query)};
  RowSteps steps(std::move(plan), options.workers);
  steps.prepare(options);
  Source source(options);
  StreamOutput out(session);
  std::optional<WorkerGroups> workers;
  RejectCount rejects;
  Ledger ledger;

  auto open = [&](SourceUnit&& unit, unsigned worker) {
    SourceItem item = source.open(std::move(unit), worker);
    if (!item.idle) steps.apply(item, worker);
    return item;
  };
  auto absorb = [&](SourceItem&& item, unsigned worker) {
    item.ledger.absorbed = item.batch->rows;
    workers->add(*item.batch, worker);
    return Absorbed{item.ledger, std::move(item.rejects), item.input};
  };
  auto account = [&](Absorbed&& done) {
    ledger += done.ledger;
    rejects.add(source.input_name(done.input), done.rejects);
    session.progress(progress_of(source));
  };
  run_with_abort(out, [&] {
    // Under --merge alone the first rows of the input tell what there is to merge.
    while (query_from_input && !workers) {
      std::optional<SourceUnit> unit = source.next();
      if (!unit) break;
      SourceItem item = open(std::move(*unit), 0);
      bool rows = item.batch->rows > 0;
      if (rows) workers.emplace(query_from(*item.batch, query.every), parts, session.options().memory);
      account(rows ? absorb(std::move(item), 0) : Absorbed{item.ledger, std::move(item.rejects), item.input});
    }
    if (!workers) workers.emplace(query, parts, session.options().memory);
    arrangement.complete(workers->query());
    auto draw = [&] {
      const auto begin = std::chrono::steady_clock::now();
      const uint32_t rows = session.options().block_rows;
      table->draw(Arranger(arrangement).arrange(workers->first_part()->finish(rows), rows), begin);
    };
    if (table) {
      // One aggregator for all, as it is looked at in between.
      run_ordered<SourceUnit, SourceItem>(
          pipeline_options(session), [&] { return source.next(); },
          [&](SourceUnit&& unit, unsigned worker) { return open(std::move(unit), worker); },
          [&](SourceItem&& item) {
            if (!item.idle) account(absorb(std::move(item), 0));
            if (workers->first_part() && table->due()) draw();
          });
      table->clear();
    } else {
      run_ordered<SourceUnit, Absorbed>(
          pipeline_options(session), [&] { return source.next(); },
          [&](SourceUnit&& unit, unsigned worker) { return absorb(open(std::move(unit), worker), worker); }, account);
    }
    ledger += source.skipped();
    out.add(ledger);
    if (fill_) of_option("--fill", [&] { workers->fill(session.options().since, session.options().until); });
    const std::vector<std::string> warnings = write_groups(*workers, arrangement, session, out);
    out.finish(source.end_flags());
    for (const std::string& warning : workers->all().warnings()) session.warn(warning);
    for (const std::string& warning : warnings) session.warn(concat("--having: ", warning));
    if (ledger.absorbed > 0)
      for (const std::string& warning : workers->fields().warnings()) session.warn(warning);
  });
  report_rows(session, steps);
  report_inputs(session, source, rejects);
  return 0;
}

}  // namespace ev
