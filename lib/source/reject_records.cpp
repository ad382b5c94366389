#include "source/reject_records.h"

#include <algorithm>

#include "base/error.h"
#include "base/named_values.h"
#include "base/text.h"
#include "event/batch_builder.h"
#include "event/ranked_batch.h"
#include "text/format_record.h"
#include "text/multiline.h"

namespace ev {
namespace {

constexpr const char* kFields[] = {"source", "line", "offset", "reason", "read_as", "raw"};
enum FieldNumber : std::size_t { kSource, kLine, kOffset, kReason, kReadAs, kRaw, kFieldCount };

/// The format to read a record by, and its event time.
struct RejectReading {
  std::shared_ptr<const TextFormat> format;
  std::optional<Path> time_path;
};

RejectReading read_reading(std::string_view text, const std::optional<TextFormat>& wanted, const std::string& place) {
  const NamedValues values(text, place);
  TextFormat format = read_format(values);
  if (wanted) {
    TextFormat instead = *wanted;
    if (instead.kind == TextKind::delimited && instead.columns.empty()) instead.columns = format.columns;
    // A record of several lines stays one.
    if (may_be_multiline(instead.kind)) instead.record_start = format.record_start;
    format = std::move(instead);
  }
  if (format.kind == TextKind::delimited && format.columns.empty())
    throw Error(ErrorKind::usage, place, "does not know the columns of the table", "name them with --columns");
  RejectReading reading{std::make_shared<const TextFormat>(std::move(format)), std::nullopt};
  const std::vector<std::string> steps = values.all("time_step");
  if (!steps.empty()) {
    Path path;
    for (const std::string& step : steps) path = path.child(step);
    reading.time_path = std::move(path);
  }
  return reading;
}

constexpr std::string_view kOnlyBeginning = "; only its beginning was kept";

/// Whether the record was over the limit of a line, so that only its beginning was kept.
bool is_cut(const Reject& reject) {
  const std::string limit = concat(" is longer than ", kMaxLineBytes, " bytes");
  return reject.reason.starts_with(concat("the line", limit)) || reject.reason.starts_with(concat("the record", limit));
}

}  // namespace

TextUnit one_record(const Reject& reject, const std::shared_ptr<const TextFormat>& format) {
  TextUnit unit;
  unit.format = format;
  unit.text.append(reject.raw.data(), reject.raw.size());
  // One carriage return would be taken for the line's end; to JSON it is white space, which stays in a record.
  if (reject.raw.ends_with('\r') && !is_json(format->kind)) unit.text.push_back('\r');
  unit.text.push_back('\n');
  unit.text.reserve(unit.text.size() + PodVector<char>::kSlack);
  unit.first_line = reject.line;
  unit.first_offset = reject.offset;
  // Of several lines, a record has its line's end.
  const std::size_t size = format->record_start.empty() ? reject.raw.size() : unit.text.size();
  if (format->kind == TextKind::json_documents || !format->record_start.empty())
    unit.records.push_back({0, static_cast<uint32_t>(size), 0});
  return unit;
}

std::string reading_text(const TextFormat& format, const std::optional<Path>& time_path) {
  // The header stands in the original, not in a record.
  TextFormat without_header = format;
  without_header.header_bytes = 0;
  without_header.header_lines = 0;
  NamedValues values;
  write_format(without_header, values);
  if (time_path)
    for (std::string_view step : time_path->steps()) values.add("time_step", step);
  return values.text();
}

std::vector<RejectedRun> rejected_runs(const Batch& batch, const std::optional<TextFormat>& wanted,
                                       const std::string& place) {
  std::vector<RejectedRun> runs;
  int paths[kFieldCount];
  for (std::size_t i = 0; i < kFieldCount; i++) {
    paths[i] = find_path(batch.paths, kFields[i]);
    if (paths[i] < 0 && batch.rows > 0)
      throw Error(ErrorKind::corrupt, place, concat("is no stream of rejects: it has no field ", kFields[i]),
                  "--from-rejects takes what --rejects wrote");
  }
  std::string last_reading;
  RejectReading reading;
  for (RowReader row(batch); row.next();) {
    auto text = [&](FieldNumber field) { return row.value(static_cast<uint16_t>(paths[field])).text; };
    auto number = [&](FieldNumber field) { return row.value(static_cast<uint16_t>(paths[field])).word; };
    const std::string read_as(text(kReadAs));
    if (runs.empty() || read_as != last_reading) reading = read_reading(read_as, wanted, place);
    if (runs.empty() || read_as != last_reading || runs.back().source != text(kSource))
      runs.push_back({std::string(text(kSource)), reading.format, reading.time_path, {}, {}});
    last_reading = read_as;
    Reject reject{number(kLine), number(kOffset), std::string(text(kReason)), std::string(text(kRaw))};
    if (is_cut(reject)) {
      if (!reject.reason.ends_with(kOnlyBeginning)) reject.reason += kOnlyBeginning;
      runs.back().cut.push_back(std::move(reject));
    } else {
      runs.back().records.push_back(one_record(reject, reading.format));
    }
  }
  return runs;
}

void ParsedJoin::add(ParsedText&& parsed) {
  joined_.records += parsed.records;
  joined_.duplicate_keys += parsed.duplicate_keys;
  for (Reject& reject : parsed.rejects) joined_.rejects.push_back(std::move(reject));
  joined_.type_counts.resize(std::max(joined_.type_counts.size(), parsed.type_counts.size()));
  for (std::size_t i = 0; i < parsed.type_counts.size(); i++) {
    joined_.type_counts[i].values += parsed.type_counts[i].values;
    joined_.type_counts[i].unchanged += parsed.type_counts[i].unchanged;
  }
  if (parsed.batch.rows > 0) batches_.push_back(std::move(parsed.batch));
}

ParsedText ParsedJoin::finish(const std::optional<Path>& time_path) {
  BatchBuilder builder;
  for (Batch& batch : batches_) {
    const uint32_t rows = batch.rows;
    const RankedBatch ranked(std::move(batch));
    BatchBuilder::Translation translation;
    builder.append(ranked, translation, 0, rows);
  }
  joined_.batch = builder.finish(time_path ? static_cast<int>(builder.path(*time_path)) : -1);
  std::stable_sort(joined_.rejects.begin(), joined_.rejects.end(),
                   [](const Reject& a, const Reject& b) { return a.offset < b.offset; });
  return std::move(joined_);
}

}  // namespace ev
