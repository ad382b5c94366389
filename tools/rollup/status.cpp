#include <algorithm>
#include <utility>

#include "base/text.h"
#include "base/time.h"
#include "emit/json_text.h"
#include "io/output.h"
#include "rollup/rollup.h"
#include "rollup/snapshot.h"
#include "rollup/store_file.h"
#include "rollup/time_slices.h"

namespace ev {
namespace {

struct LevelStatus {
  std::string name;
  uint64_t files = 0, bytes = 0, rows = 0, buckets = 0;
  int64_t first = INT64_MAX, end = INT64_MIN;  // from the first bucket to the end of the last one
};

struct StoreStatus {
  RollupManifest manifest;
  std::vector<LevelStatus> levels;
};

/// Buckets may stand in several files.
uint64_t count_buckets(std::vector<SliceInput>&& inputs, const Buckets& buckets) {
  uint64_t count = 0;
  TimeSlices slices(std::move(inputs), Projection{false, {}, true}, buckets);
  while (const auto rows = slices.next()) {
    std::vector<uint64_t> times;
    for (const Batch& batch : *rows) {
      const auto& words = batch.time_column()->words;
      std::unique_copy(words.begin(), words.end(), std::back_inserter(times));
    }
    std::sort(times.begin(), times.end());
    count += static_cast<uint64_t>(std::unique(times.begin(), times.end()) - times.begin());
  }
  return count;
}

StoreStatus status_of(const std::string& store, const RollupManifest& manifest) {
  StoreStatus status;
  status.manifest = manifest;
  const std::vector<RollupLevel> levels = levels_of(manifest.definition);
  std::vector<std::vector<SliceInput>> inputs(levels.size());
  for (std::size_t i = 0; i < levels.size(); i++) {
    LevelStatus& level = status.levels.emplace_back();
    level.name = levels[i].name;
    for (const StoreFile& file : manifest.levels[i]) {
      level.files++;
      level.bytes += file.bytes;
      level.rows += file.rows;
      inputs[i].push_back({open_store_file(store, file), file.first});
    }
    if (level.files == 0) continue;
    level.first = manifest.first(i);
    level.end = levels[i].buckets.next(manifest.last(i));
  }
  for (std::size_t i = 0; i < levels.size(); i++)
    status.levels[i].buckets = count_buckets(std::move(inputs[i]), levels[i].buckets);
  return status;
}

std::string line(std::string_view name, std::string_view text) {
  return concat(name, std::string(name.size() < 12 ? 12 - name.size() : 1, ' '), text, "\n");
}

std::string counted(uint64_t n, std::string_view thing) {
  return concat(grouped(n), " ", thing, n == 1 ? "" : "s");
}

std::string counts_text(const RollupCounts& counts) {
  return concat(counted(counts.events, "event"), ", ", grouped(counts.late), " of them late; ",
                grouped(counts.filtered), " filtered, ", grouped(counts.rejected), " rejected");
}

std::string level_text(const LevelStatus& level) {
  if (level.files == 0) return "empty";
  return concat(counted(level.buckets, "bucket"), " from ", time_text(level.first), " to ", time_text(level.end), "; ",
                counted(level.rows, "row"), ", ", size_text(level.bytes), " in ", counted(level.files, "file"));
}

/// A line a fact, for people.
std::string text_of(const StoreStatus& status) {
  const RollupManifest& manifest = status.manifest;
  const RollupDefinition& made = manifest.definition;
  std::string text = line("keys", made.by.empty() ? "none" : escape_controls(join(made.by, ", ")));
  text += line("results", escape_controls(made.calls));
  if (!made.where.empty()) text += line("where", escape_controls(made.where));
  text += line("timezone", made.timezone.empty() ? "UTC" : made.timezone);
  for (const LevelStatus& level : status.levels) text += line(concat("level ", level.name), level_text(level));
  const RollupCounts& total = manifest.total;
  text += line("added", concat(counts_text(total), ", in ", counted(total.segments, "segment"), " of ",
                               total.batches == 1 ? "1 batch" : concat(grouped(total.batches), " batches")));
  if (const auto& batch = manifest.last_batch)
    text += line("last batch", concat(batch->name.empty() ? "" : concat(escape_controls(batch->name), ": "),
                                      counts_text(batch->counts)));
  return text;
}

void add_counts(std::string& out, const RollupCounts& counts) {
  out += concat("\"segments\":", counts.segments, ",\"events\":", counts.events, ",\"late\":", counts.late,
                ",\"filtered\":", counts.filtered, ",\"rejected\":", counts.rejected);
}

std::string json_string(std::string_view text) {
  TextSink sink;
  append_json_string(sink, text);
  return std::string(sink.text());
}

std::string json_of(const StoreStatus& status) {
  const RollupManifest& manifest = status.manifest;
  const RollupDefinition& made = manifest.definition;
  std::string out = "{\"keys\":[";
  for (std::size_t i = 0; i < made.by.size(); i++) out += concat(i ? "," : "", json_string(made.by[i]));
  out += concat("],\"results\":", json_string(made.calls),
                ",\"where\":", made.where.empty() ? "null" : json_string(made.where),
                ",\"timezone\":", json_string(made.timezone.empty() ? "UTC" : made.timezone), ",\"levels\":[");
  for (std::size_t i = 0; i < status.levels.size(); i++) {
    const LevelStatus& level = status.levels[i];
    out += concat(i ? "," : "", "{\"every\":", json_string(level.name), ",\"buckets\":", level.buckets,
                  ",\"first\":", level.files ? json_string(time_text(level.first)) : "null",
                  ",\"end\":", level.files ? json_string(time_text(level.end)) : "null", ",\"rows\":", level.rows,
                  ",\"bytes\":", level.bytes, ",\"files\":", level.files, "}");
  }
  out += concat("],\"batches\":", manifest.total.batches, ",");
  add_counts(out, manifest.total);
  out += ",\"last_batch\":";
  if (const auto& batch = manifest.last_batch) {
    out += concat("{\"name\":", batch->name.empty() ? "null" : json_string(batch->name), ",");
    add_counts(out, batch->counts);
    out += "}";
  } else {
    out += "null";
  }
  return out + "}\n";
}

}  // namespace

void print_status(const RollupSettings& settings, Session&) {
  const StoreStatus status = open_snapshot(
      settings.store, [&](const RollupManifest& manifest) { return status_of(settings.store, manifest); });
  const std::unique_ptr<Output> out = standard_output();
  out->write(as_bytes(settings.json ? json_of(status) : text_of(status)));
  out->finish();
}

}  // namespace ev
