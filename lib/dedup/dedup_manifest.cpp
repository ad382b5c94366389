#include "dedup/dedup_manifest.h"

#include <algorithm>
#include <charconv>

#include "base/named_values.h"
#include "base/text.h"
#include "io/state_values.h"

namespace ev {

namespace {

constexpr uint64_t kVersion = 1;

void add_line(std::string& body, std::string_view word, const NamedValues& values) {
  body += concat(word, " ", values.text(), "\n");
}

void add_clock(NamedValues& line, const EventClock& clock) {
  std::vector<int64_t> latest(clock.latest().begin(), clock.latest().end());
  std::sort(latest.begin(), latest.end());
  for (int64_t time : latest) line.add_signed("latest", time);
}

EventClock get_clock(const NamedValues& line) {
  EventClock clock;
  for (const std::string& text : line.all("latest")) {
    int64_t time = 0;
    const auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), time);
    if (error != std::errc() || at != text.data() + text.size()) line.fail("has a time that is none");
    clock.see(time);
  }
  return clock;
}

void add_times(NamedValues& line, int64_t min_time, int64_t max_time) {
  if (min_time > max_time) return;
  line.add_signed("first", min_time);
  line.add_signed("last", max_time);
}

void get_times(const NamedValues& line, int64_t& min_time, int64_t& max_time) {
  if (!line.find("first")) return;
  min_time = line.get_signed("first");
  max_time = line.get_signed("last");
}

uint32_t get_number32(const NamedValues& line, std::string_view name) {
  const uint64_t number = line.get_number(name);
  if (number > UINT32_MAX) line.fail(concat(name, " is too large"));
  return static_cast<uint32_t>(number);
}

void add_batch(std::string& body, const BatchRecord& batch) {
  NamedValues line;
  line.add("number", batch.number);
  if (!batch.name.empty()) line.add("name", batch.name);
  line.add_digest("input", batch.input);
  line.add("events", batch.events);
  if (!batch.output.empty()) line.add("output", batch.output);
  line.add_digest("kept", batch.kept);
  line.add("kept-events", batch.kept_events);
  line.add("keys", batch.keys);
  add_times(line, batch.min_time, batch.max_time);
  if (batch.clock) {
    line.add("clock", uint64_t{1});
    add_clock(line, *batch.clock);
  }
  add_line(body, "batch", line);
}

BatchRecord get_batch(const NamedValues& line) {
  BatchRecord batch;
  batch.number = get_number32(line, "number");
  batch.name = line.find("name").value_or("");
  batch.input = line.get_digest("input");
  batch.events = line.get_number("events");
  batch.output = line.find("output").value_or("");
  batch.kept = line.get_digest("kept");
  batch.kept_events = line.get_number("kept-events");
  batch.keys = line.get_number("keys");
  get_times(line, batch.min_time, batch.max_time);
  if (line.find("clock")) batch.clock = get_clock(line);
  return batch;
}

SegmentFile get_segment(const NamedValues& line) {
  SegmentFile segment;
  segment.file = line.get("file");
  if (segment.file.find('/') != std::string::npos) line.fail("names a file of another folder");
  segment.bytes = line.get_number("bytes");
  segment.keys = line.get_number("keys");
  get_times(line, segment.min_time, segment.max_time);
  return segment;
}

}  // namespace

const BatchRecord* DedupManifest::named(std::string_view name) const {
  const auto at = std::find_if(batches.begin(), batches.end(), [&](const BatchRecord& b) { return b.name == name; });
  return name.empty() || at == batches.end() ? nullptr : &*at;
}

std::string encode_manifest(const DedupManifest& manifest) {
  std::string body = first_named_line(kDedupKind, kVersion);
  NamedValues definition;
  definition.add("key", manifest.definition.key);
  definition.add("unkeyed", manifest.definition.unkeyed);
  definition.add("times", uint64_t{manifest.definition.shape.times});
  definition.add("verify", uint64_t{manifest.definition.shape.bytes});
  add_line(body, "definition", definition);
  NamedValues at;
  at.add("batch", manifest.next_batch);
  at.add("file", manifest.next_file);
  if (manifest.forgotten_before != INT64_MIN) at.add_signed("forgotten-before", manifest.forgotten_before);
  add_clock(at, manifest.clock);
  add_line(body, "next", at);
  for (const BatchRecord& batch : manifest.batches) add_batch(body, batch);
  for (uint32_t number : manifest.replaced) {
    NamedValues line;
    line.add("number", number);
    add_line(body, "replaced", line);
  }
  for (const SegmentFile& segment : manifest.segments) {
    NamedValues line;
    line.add("file", segment.file);
    line.add("bytes", segment.bytes);
    line.add("keys", segment.keys);
    add_times(line, segment.min_time, segment.max_time);
    add_line(body, "segment", line);
  }
  return body;
}

DedupManifest decode_manifest(std::string_view body, std::string_view place) {
  DedupManifest manifest;
  for_each_named_line(body, kDedupKind, kVersion, place, [&](std::string_view word, const NamedValues& line) {
    if (word == "definition") {
      manifest.definition.key = line.get("key");
      manifest.definition.unkeyed = line.get("unkeyed");
      manifest.definition.shape.times = line.get_number("times") != 0;
      manifest.definition.shape.bytes = line.get_number("verify") != 0;
    } else if (word == "next") {
      manifest.next_batch = get_number32(line, "batch");
      manifest.next_file = get_number32(line, "file");
      if (line.find("forgotten-before")) manifest.forgotten_before = line.get_signed("forgotten-before");
      manifest.clock = get_clock(line);
    } else if (word == "batch") {
      manifest.batches.push_back(get_batch(line));
    } else if (word == "replaced") {
      manifest.replaced.push_back(get_number32(line, "number"));
    } else if (word == "segment") {
      manifest.segments.push_back(get_segment(line));
    } else {
      line.fail("is of a sort that is not known");
    }
  });
  return manifest;
}

std::string encode_prepared_batches(const PreparedBatches& batches) {
  std::string body = first_named_line(kDedupKind, kVersion);
  if (batches.output) {
    NamedValues line;
    add_file(line, batches.output->path, batches.output->id);
    add_line(body, "output", line);
  }
  if (!batches.destination.empty()) {
    NamedValues line;
    line.add("path", batches.destination);
    add_line(body, "destination", line);
  }
  for (const Hash128& input : batches.inputs) {
    NamedValues line;
    line.add_digest("digest", input);
    add_line(body, "input", line);
  }
  return body;
}

PreparedBatches decode_prepared_batches(std::string_view body, std::string_view place) {
  PreparedBatches batches;
  for_each_named_line(body, kDedupKind, kVersion, place, [&](std::string_view word, const NamedValues& line) {
    if (word == "output")
      batches.output = {std::string(line.get("path")), get_file_id(line)};
    else if (word == "destination")
      batches.destination = line.get("path");
    else if (word == "input")
      batches.inputs.push_back(line.get_digest("digest"));
    else
      line.fail("is of a sort that is not known");
  });
  return batches;
}

}  // namespace ev
