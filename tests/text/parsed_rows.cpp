#include "parsed_rows.h"

#include <cstdio>

namespace ev::test {
namespace {

bool same_column(const Column& a, const Column& b) {
  return a.path == b.path && a.type == b.type && a.validity == b.validity && a.words == b.words &&
         a.texts.offsets == b.texts.offsets && a.texts.data == b.texts.data && a.codes == b.codes &&
         a.forms == b.forms && a.form == b.form;
}

std::string batch_difference(const Batch& a, const Batch& b) {
  if (a.rows != b.rows) return "rows: " + std::to_string(a.rows) + " against " + std::to_string(b.rows);
  if (a.paths != b.paths) return "paths";
  if (a.layouts != b.layouts) return "layouts";
  if (!(a.row_layouts == b.row_layouts)) return "layouts of rows";
  if (a.time_path != b.time_path) return "time path";
  if (a.columns.size() != b.columns.size()) return "number of columns";
  for (std::size_t i = 0; i < a.columns.size(); i++)
    if (!same_column(a.columns[i], b.columns[i])) return "column " + a.paths[a.columns[i].path].name();
  return {};
}

}  // namespace

std::string value_words(const Value& value) {
  char buffer[64];
  switch (value.type) {
    case Type::boolean:
      return value.word ? "b:true" : "b:false";
    case Type::int64:
      return "i:" + std::to_string(static_cast<int64_t>(value.word));
    case Type::uint64:
      return "u:" + std::to_string(value.word);
    case Type::float64:
      std::snprintf(buffer, sizeof buffer, "d:%016lx", value.word);
      return buffer;
    case Type::time:
      std::snprintf(buffer, sizeof buffer, "t:%ld:%x", static_cast<int64_t>(value.word), value.form);
      return buffer;
    case Type::string:
      return "s:" + std::string(value.text);
    case Type::json:
      return "j:" + std::string(value.text);
    case Type::null:
      return "n:";
    default:
      return "?";
  }
}

TextUnit make_unit(std::string_view text) {
  TextUnit unit;
  unit.text.append(text.data(), text.size());
  unit.text.reserve(64);
  return unit;
}

std::vector<std::string> rows_of(const Batch& batch) {
  std::vector<std::string> rows;
  for (RowReader reader(batch); reader.next();) {
    std::string& row = rows.emplace_back();
    for (uint16_t path : reader.layout()) {
      if (!row.empty()) row += '|';
      row += batch.paths[path].name() + "=" + value_words(reader.value(path));
    }
  }
  return rows;
}

std::string parse_one(std::string_view line) {
  JsonLinesParser parser;
  ParsedText parsed = parser.parse(make_unit(line));
  if (!parsed.rejects.empty()) return "reject: " + parsed.rejects[0].reason;
  auto rows = rows_of(parsed.batch);
  return rows.empty() ? "nothing" : rows[0];
}

std::string difference(const ParsedText& a, const ParsedText& b) {
  if (a.records != b.records) return "records";
  if (a.duplicate_keys != b.duplicate_keys) return "duplicate keys";
  if (a.rejects.size() != b.rejects.size()) return "number of rejects";
  for (std::size_t i = 0; i < a.rejects.size(); i++) {
    const Reject &x = a.rejects[i], &y = b.rejects[i];
    if (x.line != y.line || x.offset != y.offset || x.reason != y.reason || x.raw != y.raw)
      return "reject of line " + std::to_string(x.line) + ": " + x.reason + " against " + y.reason;
  }
  return batch_difference(a.batch, b.batch);
}

}  // namespace ev::test
