#include "rollup/rollup_manifest.h"

#include <algorithm>

#include "base/named_values.h"
#include "base/text.h"

namespace ev {

namespace {

constexpr uint64_t kVersion = 1;

void add_line(std::string& body, std::string_view word, const NamedValues& values) {
  body += concat(word, " ", values.text(), "\n");
}

void add_times(NamedValues& line, int64_t first, int64_t last) {
  if (first > last) return;
  line.add_signed("first", first);
  line.add_signed("last", last);
}

void get_times(const NamedValues& line, int64_t& first, int64_t& last) {
  if (!line.find("first")) return;
  first = line.get_signed("first");
  last = line.get_signed("last");
}

void add_counts(NamedValues& line, const RollupCounts& counts) {
  line.add("segments", counts.segments);
  line.add("events", counts.events);
  line.add("filtered", counts.filtered);
  line.add("rejected", counts.rejected);
  line.add("late", counts.late);
}

RollupCounts get_counts(const NamedValues& line) {
  RollupCounts counts;
  counts.segments = line.get_number("segments");
  counts.events = line.get_number("events");
  counts.filtered = line.get_number("filtered");
  counts.rejected = line.get_number("rejected");
  counts.late = line.get_number("late");
  return counts;
}

void add_file(std::string& body, std::string_view word, const StoreFile& file) {
  NamedValues line;
  line.add("file", file.name);
  line.add("bytes", file.bytes);
  line.add("rows", file.rows);
  line.add_digest("digest", file.digest);
  add_times(line, file.first, file.last);
  add_line(body, word, line);
}

StoreFile get_file(const NamedValues& line) {
  StoreFile file;
  file.name = line.get("file");
  if (file.name.find('/') != std::string::npos) line.fail("names a file of another folder");
  file.bytes = line.get_number("bytes");
  file.rows = line.get_number("rows");
  file.digest = line.get_digest("digest");
  get_times(line, file.first, file.last);
  return file;
}

void add_definition(std::string& body, const RollupDefinition& definition) {
  NamedValues line;
  for (const std::string& key : definition.by) line.add("by", key);
  line.add("agg", definition.calls);
  if (!definition.timezone.empty()) line.add("timezone", definition.timezone);
  if (!definition.where.empty()) line.add("where", definition.where);
  add_line(body, "definition", line);
}

RollupBatch get_batch(const NamedValues& line) {
  RollupBatch batch;
  batch.number = line.get_number("number");
  batch.name = line.find("name").value_or("");
  batch.content = line.get_digest("content");
  batch.counts = get_counts(line);
  get_times(line, batch.first, batch.last);
  return batch;
}

}  // namespace

RollupCounts& RollupCounts::operator+=(const RollupCounts& other) {
  batches += other.batches;
  segments += other.segments;
  events += other.events;
  filtered += other.filtered;
  rejected += other.rejected;
  late += other.late;
  return *this;
}

int64_t RollupManifest::first(std::size_t level) const {
  int64_t first = INT64_MAX;
  for (const StoreFile& file : levels[level]) first = std::min(first, file.first);
  return first;
}

int64_t RollupManifest::last(std::size_t level) const {
  int64_t last = INT64_MIN;
  for (const StoreFile& file : levels[level]) last = std::max(last, file.last);
  return last;
}

void RollupManifest::see_key_paths(std::span<const Path> paths) {
  if (key_paths.empty()) key_paths.assign(paths.begin(), paths.end());
  for (std::size_t k = 0; k < paths.size(); k++)
    if (paths[k] < key_paths[k]) key_paths[k] = paths[k];
}

std::string encode_manifest(const RollupManifest& manifest) {
  std::string body = first_named_line(kRollupKind, kVersion);
  add_definition(body, manifest.definition);
  for (const Path& path : manifest.key_paths) {
    NamedValues line;
    for (std::string_view step : path.steps()) line.add("step", step);
    add_line(body, "key", line);
  }
  NamedValues next;
  next.add("file", manifest.next_file);
  next.add("batches", manifest.total.batches);
  add_counts(next, manifest.total);
  add_line(body, "next", next);
  if (manifest.last_batch) {
    const RollupBatch& batch = *manifest.last_batch;
    NamedValues line;
    line.add("number", batch.number);
    if (!batch.name.empty()) line.add("name", batch.name);
    line.add_digest("content", batch.content);
    add_counts(line, batch.counts);
    add_times(line, batch.first, batch.last);
    add_line(body, "batch", line);
  }
  for (std::size_t i = 0; i < manifest.levels.size(); i++) {
    NamedValues line;
    line.add("every", manifest.definition.every[i]);
    add_line(body, "level", line);
    for (const StoreFile& file : manifest.levels[i]) add_file(body, "file", file);
  }
  for (const StoreFile& file : manifest.applied_files) add_file(body, "applied-file", file);
  for (const AppliedKey& key : manifest.applied) {
    NamedValues line;
    line.add_digest("key", key.key);
    if (key.content != key.key) line.add_digest("content", key.content);
    add_line(body, "applied", line);
  }
  return body;
}

RollupManifest decode_rollup_manifest(std::string_view body, std::string_view place) {
  RollupManifest manifest;
  for_each_named_line(body, kRollupKind, kVersion, place, [&](std::string_view word, const NamedValues& line) {
    if (word == "definition") {
      manifest.definition.by = line.all("by");
      manifest.definition.calls = line.get("agg");
      manifest.definition.timezone = line.find("timezone").value_or("");
      manifest.definition.where = line.find("where").value_or("");
    } else if (word == "key") {
      const std::vector<std::string> steps = line.all("step");
      manifest.key_paths.emplace_back(std::vector<std::string_view>(steps.begin(), steps.end()));
    } else if (word == "next") {
      manifest.next_file = line.get_number("file");
      manifest.total = get_counts(line);
      manifest.total.batches = line.get_number("batches");
    } else if (word == "batch") {
      manifest.last_batch = get_batch(line);
    } else if (word == "level") {
      manifest.definition.every.emplace_back(line.get("every"));
      manifest.levels.emplace_back();
    } else if (word == "file") {
      if (manifest.levels.empty()) line.fail("names a file of no level");
      manifest.levels.back().push_back(get_file(line));
    } else if (word == "applied-file") {
      manifest.applied_files.push_back(get_file(line));
    } else if (word == "applied") {
      AppliedKey key;
      key.key = line.get_digest("key");
      key.content = line.find("content") ? line.get_digest("content") : key.key;
      manifest.applied.push_back(key);
    } else {
      line.fail("is of a sort that is not known");
    }
  });
  const std::size_t keys = manifest.key_paths.size();
  if (manifest.levels.empty() || (keys != 0 && keys != manifest.definition.by.size()))
    NamedValues({}, place).fail("is missing: of its levels, or of its keys");
  return manifest;
}

}  // namespace ev
