#include <algorithm>
#include <limits>
#include <utility>

#include "base/of_option.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/inputs.h"
#include "cli/row_options.h"
#include "cli/stream_output.h"
#include "event/batch_recutter.h"
#include "rollup/range_plan.h"
#include "rollup/rollup.h"
#include "rollup/snapshot.h"
#include "rollup/store_file.h"
#include "rollup/store_query.h"
#include "rollup/time_slices.h"

namespace ev {
namespace {

/// Files whose rows become rows of one width of buckets.
struct Part {
  std::size_t level = 0;
  std::vector<SliceInput> inputs;
};

/// What the options ask of a store, and its files, open.
struct Request {
  std::vector<RollupLevel> levels;
  AggregateQuery query;  // of the finest level
  RowPlan plan;
  std::vector<Path> key_paths;  // of the keys of the query
  std::vector<Part> parts;      // in order of time
};

struct Range {
  int64_t since = std::numeric_limits<int64_t>::min(), until = std::numeric_limits<int64_t>::max();
};

/// Times of the options, those without a zone in that of the store. A bound that leaves out nothing is none: then it
/// need not be that of a bucket.
Range range_of(const RollupSettings& settings, const RollupManifest& manifest, const RollupLevel& finest, int64_t now) {
  const std::string zone = settings.timezone.value_or(manifest.definition.timezone);
  const auto time = [&](const char* option, const std::string& text) {
    return of_option(option, [&] { return parse_time_option(text, now, zone == "UTC" ? "" : zone); });
  };
  Range range;
  if (settings.since) range.since = time("--since", *settings.since);
  if (settings.until) range.until = time("--until", *settings.until);
  if (range.since >= range.until)
    throw Error(ErrorKind::usage, "--since, --until", "no time lies between them", "--since must be before --until");
  if (range.since <= manifest.first(0)) range.since = Range().since;
  if (manifest.last(0) < range.until && finest.buckets.next(manifest.last(0)) <= range.until)
    range.until = Range().until;
  return range;
}

/// The number of the level that --level names; the coarsest for auto.
std::size_t level_of(const RollupSettings& settings, const RollupManifest& manifest) {
  const std::vector<std::string>& names = manifest.definition.every;
  if (!settings.level || *settings.level == "auto") return names.size() - 1;
  const BucketWidth wanted = of_option("--level", [&] { return parse_bucket_width(*settings.level); });
  for (std::size_t i = 0; i < names.size(); i++) {
    const BucketWidth width = parse_bucket_width(names[i]);
    if (width.ns == wanted.ns && width.months == wanted.months) return i;
  }
  throw Error(ErrorKind::usage, concat("--level ", *settings.level), "is no level of the store",
              concat("it has ", join(names, ", ")));
}

std::vector<std::string> key_names(const AggregateQuery& of_events) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < of_events.by.size(); k++) names.push_back(key_name(of_events, k));
  return names;
}

/// Leaves the keys of -b. `time` stands for no key beside the buckets, which are always there.
void choose_keys(const RollupSettings& settings, const std::vector<std::string>& keys, AggregateQuery& query,
                 std::vector<Path>& paths) {
  if (settings.by.empty()) return;
  const std::vector<std::string> all = std::exchange(query.by, {});
  const std::vector<Path> all_paths = std::exchange(paths, {});
  for (const std::string& wanted : settings.by) {
    if (wanted == "time") continue;
    const auto at = std::find(keys.begin(), keys.end(), wanted);
    if (at == keys.end())
      throw Error(ErrorKind::usage, concat("-b ", wanted), "is no key of the store",
                  keys.empty() ? "it has none" : concat("it has ", join(keys, ", ")));
    const auto k = static_cast<std::size_t>(at - keys.begin());
    query.by.push_back(all[k]);
    if (!all_paths.empty()) paths.push_back(all_paths[k]);
  }
}

/// Leaves the results of -a, which may have formulas of its own.
void choose_results(const RollupSettings& settings, AggregateQuery& query) {
  if (!settings.calls) return;
  const std::vector<AggregateCall> all = std::exchange(query.calls, parse_aggregates(*settings.calls));
  std::vector<std::string> names;
  for (const AggregateCall& call : all) names.push_back(call.name);
  for (const AggregateCall& call : query.calls)
    if (call.formula.empty() && std::find(names.begin(), names.end(), call.name) == names.end())
      throw Error(ErrorKind::usage, concat("-a ", call.name), "is no result of the store",
                  concat("it has ", join(names, ", ")));
}

/// -w may speak of keys only: results are not known before all parts of a group are merged.
RowPlan plan_of(const RollupSettings& settings, const RollupManifest& manifest, const std::vector<std::string>& keys,
                int64_t now) {
  RowPlan plan;
  plan.options = {manifest.definition.timezone, now};
  if (!settings.where) return plan;
  plan.where = of_option("--where", [&] { return Expression::parse_condition(*settings.where, plan.options); });
  for (const std::string& field : plan.where->fields())
    if (std::find(keys.begin(), keys.end(), field) == keys.end())
      throw Error(ErrorKind::usage, "--where", concat(field, " is no key of the store"),
                  "choose by results afterwards: | ev filter -w EXPR");
  return plan;
}

/// Where --level names one, its buckets are merged from all pieces; else each piece keeps those of its own level.
std::vector<Part> open_parts(const RollupSettings& settings, const RollupManifest& manifest,
                             const std::vector<RangePiece>& pieces, std::size_t level) {
  const bool mixed = !settings.level || *settings.level == "auto";
  std::vector<Part> parts;
  if (!mixed) parts.push_back({level, {}});
  for (const RangePiece& piece : pieces) {
    if (mixed) parts.push_back({piece.level, {}});
    for (const StoreFile& file : manifest.levels[piece.level])
      if (file.last >= piece.since && file.first < piece.until)
        parts.back().inputs.push_back({open_store_file(settings.store, file), file.first, piece.since, piece.until});
  }
  return parts;
}

Request open_request(const RollupSettings& settings, const RollupManifest& manifest, int64_t now) {
  Request request;
  request.levels = levels_of(manifest.definition);
  const AggregateQuery of_events = query_of(manifest.definition, request.levels, now).events;
  const std::vector<std::string> keys = key_names(of_events);
  request.query = merging_query(of_events, request.levels[0].buckets);
  request.key_paths = manifest.key_paths;
  choose_keys(settings, keys, request.query, request.key_paths);
  choose_results(settings, request.query);
  request.plan = plan_of(settings, manifest, keys, now);
  const std::size_t level = level_of(settings, manifest);
  const Range range = range_of(settings, manifest, request.levels[0], now);
  const auto pieces = plan_range(request.levels, level, range.since, range.until);
  request.parts = open_parts(settings, manifest, pieces, level);
  return request;
}

/// Groups of some buckets.
struct Merged {
  std::vector<Batch> batches;
  Ledger ledger;
};

class Reading {
 public:
  Reading(Request request, Session& session)
      : request_(std::move(request)),
        session_(session),
        steps_(request_.plan, session.options().threads),
        out_(session),
        recutter_(Aggregator(request_.query).result(session.options().block_rows).rows()) {
    SourceOptions options;
    options.fields = FieldChoice{false, fields_of(request_.query)};
    options.event_time = true;
    steps_.prepare(options);
    needed_ = Projection{false, options.fields.names, true};
    filter_ = options.filter;
  }

  void run() {
    run_with_abort(out_, [&] {
      for (Part& part : request_.parts) read(std::move(part));
      if (std::optional<Batch> rest = recutter_.finish()) write(std::move(*rest));
      out_.add(ledger_);
      out_.finish(0);
    });
    report_rows(session_, steps_);
  }

 private:
  void read(Part&& part) {
    AggregateQuery query = request_.query;
    query.every = request_.levels[part.level].buckets;
    TimeSlices slices(std::move(part.inputs), needed_, *query.every, filter_);
    run_ordered<std::vector<Batch>, Merged>(
        pipeline_options(session_), [&] { return slices.next(); },
        [&](std::vector<Batch>&& rows, unsigned worker) { return merge(query, std::move(rows), worker); },
        [&](Merged&& merged) {
          ledger_ += merged.ledger;
          for (Batch& batch : merged.batches)
            recutter_.add(std::move(batch), [&](Batch&& whole) { write(std::move(whole)); });
        });
  }

  /// Parallel.
  Merged merge(const AggregateQuery& query, std::vector<Batch>&& rows, unsigned worker) {
    Merged merged;
    Aggregator groups(query);
    groups.name_keys(request_.key_paths);
    for (Batch& batch : rows) {
      SourceItem item;
      item.ledger.in = batch.rows;
      item.batch = std::move(batch);
      steps_.apply(item, worker);
      item.ledger.absorbed = item.batch->rows;
      merged.ledger += item.ledger;
      groups.add(*item.batch);
    }
    merged.batches = groups.finish(session_.options().block_rows);
    return merged;
  }

  void write(Batch&& batch) {
    Ledger created;
    created.created = batch.rows;
    out_.write(out_.encode(std::move(batch), created));
  }

  Request request_;
  Session& session_;
  RowSteps steps_;
  StreamOutput out_;
  BatchRecutter recutter_;
  Projection needed_;
  std::shared_ptr<BlockFilter> filter_;
  Ledger ledger_;
};

}  // namespace

void read_store(const RollupSettings& settings, Session& session) {
  const int64_t now = session.options().now_ns;
  Request request = open_snapshot(
      settings.store, [&](const RollupManifest& manifest) { return open_request(settings, manifest, now); });
  Reading(std::move(request), session).run();
}

}  // namespace ev
