#include "aggregate/live.h"

#include <algorithm>
#include <memory>

#include "aggregate/live_buckets.h"
#include "aggregate/live_sessions.h"
#include "aggregate/seen_fields.h"
#include "base/error.h"
#include "base/text.h"
#include "cli/inputs.h"
#include "cli/row_options.h"
#include "cli/side_output.h"
#include "cli/stream_output.h"
#include "expr/evaluator.h"
#include "pipeline/ordered.h"

namespace ev {
namespace {

/// An item of the source with its rows ready to be judged.
struct LiveItem {
  SourceItem item;
  std::optional<Batch> whole;  // the same rows as they came, where late ones are kept
  PodVector<int64_t> seen;     // per row: the largest event time up to it
  int64_t seen_at_end = INT64_MIN;
};

/// What a condition was evaluated with by one thread.
struct Condition {
  Evaluator evaluator;
  uint64_t rows = 0;
};

class Live {
 public:
  Live(Session& session, const AggregateQuery& query, RowPlan&& plan, const Arrangement& arrangement,
       const LiveSettings& settings);
  void run();

 private:
  LiveItem work(SourceUnit&& unit, unsigned worker);
  void take(LiveItem&& live);
  void begin(AggregateQuery&& query);
  void keep_late(const LiveItem& live, const Selection& late);
  void write(std::vector<Batch>&& closed, std::optional<int64_t> watermark);
  void close_idle();
  void finish();
  void report();

  Session& session_;
  const AggregateQuery query_;
  Arrangement arrangement_;
  const LiveSettings settings_;
  std::optional<Expression> where_;
  std::vector<Condition> conditions_;  // per worker
  SourceOptions options_;
  RowSteps steps_;
  std::optional<Source> source_;
  StreamOutput out_;
  std::optional<StreamOutput> late_out_;

  std::unique_ptr<LiveGroups> groups_;
  int64_t seen_ = INT64_MIN;     // before there were buckets
  std::optional<int64_t> told_;  // the watermark of the last block
  Ledger ledger_;
  uint64_t late_ = 0, untimed_ = 0;
  bool idled_ = false;
  SeenFields fields_;
  std::optional<Arranger> arranger_;  // made when it is first needed
  RejectCount rejects_;
};

RowPlan without_condition(RowPlan&& plan) {
  plan.where.reset();
  return std::move(plan);
}

std::unique_ptr<Output> open_late(const Session& session, const LiveSettings& settings) {
  return settings.late ? open_side_output(session, "--late", *settings.late) : nullptr;
}

// The condition is not a step of the plan here: rows that it leaves out are events all the same, and move the
// watermark.
Live::Live(Session& session, const AggregateQuery& query, RowPlan&& plan, const Arrangement& arrangement,
           const LiveSettings& settings)
    : session_(session),
      query_(query),
      arrangement_(arrangement),
      settings_(settings),
      where_(plan.where),
      options_(source_options(session)),
      steps_(without_condition(std::move(plan)), options_.workers),
      out_(session) {
  const bool all_fields = settings_.late || query_.calls.empty();
  options_.event_time = true;
  options_.idle = std::chrono::nanoseconds(settings_.idle);
  if (!all_fields) options_.fields = FieldChoice{false, fields_of(query_)};
  steps_.prepare(options_);
  if (where_) {
    for (unsigned worker = 0; worker < options_.workers; worker++) conditions_.push_back({Evaluator(*where_), 0});
    if (where_->needs_layouts()) options_.fields = FieldChoice{};
    if (!options_.fields.all)
      for (const std::string& field : where_->fields()) options_.fields.names.push_back(field);
  }
  if (std::unique_ptr<Output> file = open_late(session, settings_)) late_out_.emplace(session, std::move(file));
  source_.emplace(options_);
  if (!query_.calls.empty()) begin(AggregateQuery(query_));
}

void Live::begin(AggregateQuery&& query) {
  fields_ = SeenFields(query);
  const uint32_t rows = session_.options().block_rows;
  if (settings_.session_gap)
    groups_ =
        std::make_unique<LiveSessions>(query, *settings_.session_gap, LiveSessions::Options{settings_.lateness, rows});
  else
    groups_ = std::make_unique<LiveBuckets>(std::move(query),
                                            LiveBuckets::Options{settings_.lateness, settings_.revise, rows});
  if (seen_ != INT64_MIN) groups_->add(Batch(), {}, seen_);
}

void Live::run() {
  auto all = [&] {
    run_ordered<SourceUnit, LiveItem>(
        pipeline_options(session_), [&] { return source_->next(); },
        [&](SourceUnit&& unit, unsigned worker) { return work(std::move(unit), worker); },
        [&](LiveItem&& live) { take(std::move(live)); });
    finish();
  };
  run_with_abort(out_, [&] { late_out_ ? run_with_abort(*late_out_, all) : all(); });
  report();
}

/// Parallel.
LiveItem Live::work(SourceUnit&& unit, unsigned worker) {
  LiveItem live;
  SourceItem& item = live.item;
  item = source_->open(std::move(unit), worker);
  if (item.idle) return live;
  live.seen = running_maximum(*item.batch);
  if (!live.seen.empty()) live.seen_at_end = live.seen.back();
  if (item.batch->watermark) live.seen_at_end = std::max(live.seen_at_end, *item.batch->watermark);
  if (where_) {
    Condition& condition = conditions_[worker];
    condition.rows += item.batch->rows;
    const Selection& rows = condition.evaluator.select(*item.batch);
    item.ledger.filtered += item.batch->rows - rows.size();
    if (rows.size() < item.batch->rows) {
      for (std::size_t i = 0; i < rows.size(); i++) live.seen[i] = live.seen[rows[i]];
      live.seen.resize(rows.size());
      item.batch = ev::take(*item.batch, rows.span());
    }
  }
  if (late_out_) live.whole = *item.batch;
  steps_.apply(item, worker);
  return live;
}

/// Serial, in the order of the input.
void Live::take(LiveItem&& live) {
  SourceItem& item = live.item;
  if (item.idle) return close_idle();
  rejects_.add(source_->input_name(item.input), item.rejects);
  session_.progress(progress_of(*source_));
  if (!groups_ && item.batch->rows > 0) begin(query_from(*item.batch, query_.every));
  if (!groups_) {
    seen_ = std::max(seen_, live.seen_at_end);
    ledger_ += item.ledger;
    return;
  }
  fields_.see(*item.batch);
  LiveGroups::Outcome outcome = groups_->add(*item.batch, live.seen.span(), live.seen_at_end);
  late_ += outcome.late.size();
  untimed_ += outcome.untimed;
  item.ledger.untimed += outcome.untimed;
  item.ledger.absorbed += outcome.absorbed;
  if (!settings_.revise) item.ledger.late += outcome.late.size();
  ledger_ += item.ledger;
  if (late_out_) keep_late(live, outcome.late);
  write(std::move(outcome.closed), groups_->watermark());
  if (groups_->memory() > session_.options().memory)
    throw Error(ErrorKind::io, "",
                concat("the open groups need more than the memory allowed (", groups_->groups(), " groups)"),
                "raise --memory, lower --lateness, or use fewer or coarser keys");
}

void Live::keep_late(const LiveItem& live, const Selection& late) {
  Ledger ledger = live.item.ledger;
  ledger.absorbed = ledger.late = 0;
  ledger.passed = late.size();
  ledger.filtered = ledger.in - ledger.rejected - ledger.untimed - ledger.passed;
  Batch rows = ev::take(*live.whole, late.span());
  rows.watermark.reset();  // these come behind it
  late_out_->write(late_out_->encode(std::move(rows), ledger));
}

/// Goes out at once, with the watermark, which also goes out alone.
void Live::write(std::vector<Batch>&& closed, std::optional<int64_t> watermark) {
  if (arrangement_.changes() && !closed.empty()) {
    if (!arranger_) {
      arrangement_.complete(groups_->query());
      arranger_.emplace(arrangement_);
    }
    closed = arranger_->arrange(std::move(closed), session_.options().block_rows);
  }
  if (watermark && !settings_.revise && (!told_ || *told_ < *watermark)) {
    if (closed.empty()) closed.emplace_back();
    closed.back().watermark = told_ = watermark;
  }
  for (Batch& batch : closed) {
    Ledger created;
    created.created = batch.rows;
    out_.write(out_.encode(std::move(batch), created));
  }
}

/// Nothing came for a while.
void Live::close_idle() {
  if (!groups_ || !groups_->any_open()) return;
  if (!std::exchange(idled_, true))
    session_.warn("--idle closed buckets by the wall clock: the same events, replayed, may give another result");
  write(groups_->close_all(), groups_->watermark());
}

void Live::finish() {
  // No watermark behind the last event: what another file has to say is not late.
  if (groups_) write(groups_->close_all(), std::nullopt);
  const Ledger skipped = source_->skipped();
  out_.add(ledger_);
  out_.add(skipped);
  if (late_out_) {
    late_out_->add(skipped);
    late_out_->finish(source_->end_flags());
  }
  out_.finish(source_->end_flags());
}

std::string events_that(uint64_t count, std::string_view one, std::string_view many) {
  return concat(count, count == 1 ? " event " : " events ", count == 1 ? one : many);
}

void Live::report() {
  if (groups_)
    for (const std::string& warning : groups_->warnings()) session_.warn(warning);
  if (arranger_)
    for (const std::string& warning : arranger_->warnings()) session_.warn(concat("--having: ", warning));
  if (ledger_.absorbed + ledger_.late > 0)
    for (const std::string& warning : fields_.warnings()) session_.warn(warning);
  if (late_ > 0) {
    const std::string came =
        settings_.session_gap
            ? events_that(late_, "came behind the watermark", "came behind the watermark")
            : events_that(late_, "came after its bucket had closed", "came after their buckets had closed");
    session_.warn(concat(came, settings_.revise ? ": --revise lets further rows of these buckets out, to be merged"
                               : settings_.late
                                   ? concat(": they are in ", escape_controls(*settings_.late))
                                   : ": left out; raise --lateness, or keep such events with --late FILE"));
  }
  if (untimed_ > 0) {
    const std::string_view what = settings_.session_gap ? "session" : "bucket";
    session_.warn(events_that(untimed_, concat("has no event time and is in no ", what),
                              concat("have no event time and are in no ", what)));
  }
  if (where_) {
    Findings all(*where_);
    uint64_t rows = 0;
    for (const Condition& condition : conditions_) {
      all.merge(condition.evaluator.findings());
      rows += condition.rows;
    }
    for (const std::string& warning : all.warnings(*where_, rows)) session_.warn(concat("--where: ", warning));
  }
  report_rows(session_, steps_);
  report_inputs(session_, *source_, rejects_);
}

}  // namespace

void run_live(Session& session, const AggregateQuery& query, RowPlan&& plan, const Arrangement& arrangement,
              const LiveSettings& settings) {
  // A bucket is whole when it closes; of sessions, share would tell of those that close at the same time.
  for (const AggregateCall& call : query.calls)
    if (settings.session_gap && call.function == "share")
      throw Error(ErrorKind::usage, "share", "needs all sessions, which --live lets go", "leave --live or share out");
  Live(session, query, std::move(plan), arrangement, settings).run();
}

}  // namespace ev
