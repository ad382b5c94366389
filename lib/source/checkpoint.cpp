#include "source/checkpoint.h"

#include <charconv>

#include "base/bytes.h"
#include "base/named_values.h"
#include "base/text.h"
#include "io/state_values.h"
#include "text/format_record.h"

namespace ev {
namespace {

constexpr uint64_t kVersion = 1;

std::string hex(uint64_t value) {
  return Hash128{value, 0}.hex().substr(16);
}

uint64_t read_hex(const NamedValues& line, std::string_view text) {
  uint64_t value = 0;
  auto [at, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.size() != 16 || error != std::errc() || at != text.data() + text.size())
    line.fail("has a digest that is none");
  return value;
}

void write_mark(NamedValues& line, const TextMark& mark) {
  line.add("offset", mark.offset);
  line.add("head", hex(mark.head));
  line.add("tail", hex(mark.tail));
}

TextMark read_mark(const NamedValues& line) {
  return {line.get_number("offset"), read_hex(line, line.get("head")), read_hex(line, line.get("tail"))};
}

void write_reading(NamedValues& line, const TextReading& reading) {
  if (reading.time_path) line.add("time", reading.time_path->encoded());
  if (reading.records_left > 0) line.add("look", reading.records_left);
  if (reading.format) write_format(*reading.format, line);
}

TextReading read_reading(const NamedValues& line) {
  TextReading reading;
  if (auto time = line.find("time")) reading.time_path = Path::decode(as_bytes(*time));
  if (line.find("look")) reading.records_left = static_cast<uint32_t>(line.get_number("look"));
  if (line.find("format")) reading.format = read_format(line);
  return reading;
}

TakenRange read_range(const NamedValues& values) {
  TakenRange range;
  range.path = values.get("path");
  range.id = get_file_id(values);
  range.from = values.get_number("from");
  range.line = values.get_number("line");
  range.to = read_mark(values);
  range.reading = read_reading(values);
  if (range.from > range.to.offset || !range.reading.format) values.fail("tells a range that is none");
  return range;
}

TakenSegment read_segment(const NamedValues& values) {
  TakenSegment segment;
  segment.now_ns = values.get_signed("now");
  segment.rows = values.get_number("rows");
  segment.digest = values.get_digest("digest");
  return segment;
}

}  // namespace

std::string encode_positions(const std::vector<InputPosition>& positions) {
  std::string body = first_named_line(kCheckpointKind, kVersion);
  for (const InputPosition& position : positions) {
    NamedValues line;
    add_file(line, position.path, position.id);
    write_mark(line, position.mark);
    line.add("line", position.line);
    if (position.packed) {
      line.add("packed", position.packed->size);
      line.add_signed("modified", position.packed->modified_ns);
    }
    if (position.history) line.add("history", uint64_t{1});
    if (position.gone_since_ns != 0) line.add_signed("gone", position.gone_since_ns);
    write_reading(line, position.reading);
    body += concat("input ", line.text(), "\n");
  }
  return body;
}

std::vector<InputPosition> decode_positions(std::string_view body, std::string_view place) {
  std::vector<InputPosition> positions;
  for_each_named_line(body, kCheckpointKind, kVersion, place, [&](std::string_view word, const NamedValues& values) {
    if (word != "input") values.fail("is of a sort that is not known");
    InputPosition& position = positions.emplace_back();
    position.path = values.get("path");
    position.id = get_file_id(values);
    position.mark = read_mark(values);
    position.line = values.get_number("line");
    if (values.find("packed")) position.packed = PackedFile{values.get_number("packed"), values.get_signed("modified")};
    position.history = values.find("history").has_value();
    if (values.find("gone")) position.gone_since_ns = values.get_signed("gone");
    position.reading = read_reading(values);
  });
  return positions;
}

std::string encode_prepared(const PreparedRun& run) {
  std::string body = first_named_line(kCheckpointKind, kVersion);
  auto add = [&](std::string_view word, const NamedValues& values) { body += concat(word, " ", values.text(), "\n"); };
  NamedValues how;
  how.add("options", run.options);
  how.add("destination", run.destination);
  add("run", how);
  if (run.output) {
    NamedValues line;
    add_file(line, run.output->path, run.output->id);
    add("output", line);
  }
  for (const TakenSegment& segment : run.segments) {
    NamedValues line;
    line.add_signed("now", segment.now_ns);
    line.add("rows", segment.rows);
    line.add_digest("digest", segment.digest);
    add("segment", line);
    for (const TakenRange& range : segment.ranges) {
      NamedValues of_range;
      add_file(of_range, range.path, range.id);
      of_range.add("from", range.from);
      of_range.add("line", range.line);
      write_mark(of_range, range.to);
      write_reading(of_range, range.reading);
      add("range", of_range);
    }
  }
  return body;
}

PreparedRun decode_prepared(std::string_view body, std::string_view place) {
  PreparedRun run;
  for_each_named_line(body, kCheckpointKind, kVersion, place, [&](std::string_view word, const NamedValues& values) {
    if (word == "run") {
      run.options = values.get("options");
      run.destination = values.get("destination");
    } else if (word == "output") {
      run.output = OutputFile{std::string(values.get("path")), get_file_id(values)};
    } else if (word == "segment") {
      run.segments.push_back(read_segment(values));
    } else if (word == "range" && !run.segments.empty()) {
      run.segments.back().ranges.push_back(read_range(values));
    } else {
      values.fail("is of a sort that is not known");
    }
  });
  return run;
}

}  // namespace ev
