#include "info/report.h"

#include "base/text.h"
#include "base/time.h"
#include "emit/emitter.h"
#include "emit/json_text.h"
#include "event/batch_builder.h"

namespace ev {
namespace {

std::string flags_text(uint32_t flags) {
  std::string text;
  auto add = [&](uint32_t flag, std::string_view name) {
    if (flags & flag) text += concat(text.empty() ? "" : ", ", name);
  };
  add(kEndPartial, "PARTIAL (its writer accepted incomplete input)");
  add(kEndLimited, "LIMITED (its writer was asked for a part)");
  add(kEndInterrupted, "INTERRUPTED (its writer was stopped by a signal)");
  return text;
}

std::string joined(const std::set<std::string>& names) {
  return join(std::vector<std::string>(names.begin(), names.end()), ", ");
}

std::string counted(uint64_t count, std::string_view noun) {
  return concat(grouped(count), " ", noun, count == 1 ? "" : "s");
}

std::string percent(uint64_t part, uint64_t whole) {
  if (part == whole) return "100%";
  uint64_t tenths = whole == 0 ? 0 : part * 1000 / whole;
  return concat(tenths / 10, ".", tenths % 10, "%");
}

std::string ledger_text(const Ledger& ledger) {
  const std::pair<std::string_view, uint64_t> entries[] = {
      {"in", ledger.in},         {"passed", ledger.passed}, {"filtered", ledger.filtered}, {"duplicate", ledger.duplicate},
      {"rejected", ledger.rejected}, {"late", ledger.late}, {"untimed", ledger.untimed},   {"absorbed", ledger.absorbed},
      {"already applied", ledger.applied}, {"out", ledger.out}, {"created", ledger.created}};
  std::string text;
  for (const auto& [name, count] : entries)
    if (count > 0 || name == "in" || name == "out") text += concat(text.empty() ? "" : ", ", name, " ", grouped(count));
  return text;
}

/// The fields as a batch, so that the table of `ev export` draws them.
Batch fields_batch(const Summary& summary, bool stored) {
  BatchBuilder builder;
  const std::string_view names[] = {"field", "type", "present", "min", "max", "example", "encoding", "stored"};
  std::size_t columns = stored ? std::size(names) : std::size(names) - 2;
  std::vector<uint32_t> paths, numbers;
  for (std::size_t i = 0; i < columns; i++) {
    paths.push_back(builder.path(Path::key(names[i])));
    numbers.push_back(builder.column(paths.back(), Type::string));
  }
  uint32_t layout = builder.layout(paths);
  for (const FieldSummary* field : summary.fields()) {
    const std::string texts[] = {field->name, std::string(type_name(field->type)), percent(field->values, summary.rows),
                                 Summary::bound(*field, false), Summary::bound(*field, true), field->example,
                                 joined(field->encodings), size_text(field->stored_bytes)};
    std::vector<Cell> cells;
    for (std::size_t i = 0; i < columns; i++)
      cells.push_back({numbers[i], static_cast<uint32_t>(texts[i].size()), reinterpret_cast<uintptr_t>(texts[i].data())});
    builder.append(layout, cells);
  }
  return builder.finish(-1);
}

void add_member(std::string& out, std::string_view name, std::string_view json) {
  if (out.back() != '{') out += ',';
  out += concat("\"", name, "\":", json);
}

std::string quoted(std::string_view text) {
  std::string storage(text);
  if (!valid_utf8(text)) storage = escape_controls(text);
  TextSink sink;
  append_json_string(sink, storage);
  return std::string(sink.text());
}

}  // namespace

std::string info_table(const Summary& summary, const InputCounts& counts, unsigned width) {
  std::string out = concat(escape_controls(counts.name), ": ", counts.text ? "JSON lines" : "event stream", "\n");
  auto line = [&](std::string_view label, std::string_view text) {
    out += concat(label, std::string(label.size() < 12 ? 12 - label.size() : 1, ' '), text, "\n");
  };
  if (counts.text) line("rows", concat(grouped(summary.rows), ", ", grouped(counts.ledger.rejected), " rejected"));
  else line("rows", concat(grouped(summary.rows), " in ", counted(summary.blocks, "block"), ", ",
                                counted(counts.segments, "segment")));
  line("size", counts.text ? size_text(counts.input_bytes)
                           : concat(size_text(summary.stored_bytes), " stored, ", size_text(summary.raw_bytes), " raw"));
  if (summary.timed > 0)
    line("event time", concat(joined(summary.time_fields), ", ", time_text(summary.min_time), " to ", time_text(summary.max_time),
                              summary.sorted ? ", sorted" : "", summary.timed < summary.rows
                                  ? concat(", ", grouped(summary.rows - summary.timed), " untimed") : ""));
  else
    line("event time", "none");
  line("digest", summary.digest.hex());
  line("ledger", ledger_text(counts.ledger));
  if (counts.flags) line("flags", flags_text(counts.flags));
  if (summary.rows == 0) return out;
  out += '\n';
  EmitOptions options;
  options.width = width;
  std::unique_ptr<Emitter> table = make_emitter("table", options);
  Batch fields = fields_batch(summary, !counts.text);
  table->announce(fields);
  out += table->begin();
  out += table->format(fields);
  out += table->end();
  return out;
}

std::string info_json(const Summary& summary, const InputCounts& counts) {
  std::string out = "{";
  add_member(out, "name", quoted(counts.name));
  add_member(out, "format", counts.text ? "\"jsonl\"" : "\"event stream\"");
  add_member(out, "rows", concat(summary.rows));
  add_member(out, "blocks", concat(summary.blocks));
  add_member(out, "segments", concat(counts.segments));
  add_member(out, "raw_bytes", concat(summary.raw_bytes));
  add_member(out, "stored_bytes", concat(counts.text ? counts.input_bytes : summary.stored_bytes));
  add_member(out, "timed_rows", concat(summary.timed));
  if (summary.timed > 0) {
    add_member(out, "event_time", quoted(joined(summary.time_fields)));
    add_member(out, "min_time", quoted(time_text(summary.min_time)));
    add_member(out, "max_time", quoted(time_text(summary.max_time)));
    add_member(out, "sorted", summary.sorted ? "true" : "false");
  }
  add_member(out, "digest", quoted(summary.digest.hex()));
  add_member(out, "partial", counts.flags & kEndPartial ? "true" : "false");
  add_member(out, "limited", counts.flags & kEndLimited ? "true" : "false");
  add_member(out, "interrupted", counts.flags & kEndInterrupted ? "true" : "false");
  add_member(out, "ledger", counts.ledger.json());
  std::string fields;
  for (const FieldSummary* field : summary.fields()) {
    std::string one = "{";
    add_member(one, "name", quoted(field->name));
    add_member(one, "type", quoted(type_name(field->type)));
    add_member(one, "values", concat(field->values));
    if (field->zone.present && !field->zone_missing) {
      add_member(one, "min", quoted(Summary::bound(*field, false)));
      add_member(one, "max", quoted(Summary::bound(*field, true)));
    }
    add_member(one, "example", quoted(field->example));
    if (!counts.text) {
      add_member(one, "encodings", quoted(joined(field->encodings)));
      add_member(one, "stored_bytes", concat(field->stored_bytes));
    }
    fields += concat(fields.empty() ? "" : ",", one, "}");
  }
  add_member(out, "fields", concat("[", fields, "]"));
  return out + "}\n";
}

}  // namespace ev
