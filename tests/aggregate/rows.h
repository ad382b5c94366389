// Rows of typed values written down in a test, as batches.
#pragma once

#include <bit>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "event/batch.h"
#include "event/batch_builder.h"

namespace ev::test {

/// A value on its own.
struct Datum {
  Type type = Type::null;
  uint64_t word = 0;
  std::string text;
  uint32_t form = 0;
  bool operator==(const Datum&) const = default;
};

inline Datum word_datum(Type type, uint64_t word, uint32_t form = 0) {
  return {type, word, {}, form};
}
inline Datum null() {
  return {};
}
inline Datum boolean(bool b) {
  return word_datum(Type::boolean, b);
}
inline Datum integer(int64_t i) {
  return word_datum(Type::int64, static_cast<uint64_t>(i));
}
inline Datum natural(uint64_t u) {
  return word_datum(Type::uint64, u);
}
inline Datum real(double d) {
  return word_datum(Type::float64, std::bit_cast<uint64_t>(d));
}
inline Datum instant(int64_t ns, uint32_t form = 0) {
  return word_datum(Type::time, static_cast<uint64_t>(ns), form);
}
inline Datum text(std::string s, Type type = Type::string) {
  return {type, 0, std::move(s), 0};
}
inline Datum json(std::string s) {
  return text(std::move(s), Type::json);
}

/// Field name (one key) and value; a field that is left out is missing.
using Row = std::vector<std::pair<std::string, Datum>>;

inline Batch batch_of(const std::vector<Row>& rows, const std::string& time_field = {}) {
  BatchBuilder builder;
  int time_path = -1;
  for (const Row& row : rows) {
    std::vector<uint32_t> paths;
    std::vector<Cell> cells;
    for (const auto& [name, datum] : row) {
      uint32_t path = builder.path(Path::key(name));
      paths.push_back(path);
      if (name == time_field) time_path = static_cast<int>(path);
      if (datum.type == Type::null) continue;
      Cell cell;
      cell.column = builder.column(path, datum.type);
      cell.word = datum.word;
      cell.length = datum.form;
      if (is_text_type(datum.type)) {
        cell.word = reinterpret_cast<uint64_t>(datum.text.data());
        cell.length = static_cast<uint32_t>(datum.text.size());
      }
      cells.push_back(cell);
    }
    builder.append(builder.layout(paths), cells);
  }
  return builder.finish(time_path);
}

/// All rows of the batches, fields in layout order, nulls left in.
inline std::vector<Row> rows_of(const std::vector<Batch>& batches) {
  std::vector<Row> rows;
  for (const Batch& batch : batches) {
    for (RowReader reader(batch); reader.next();) {
      Row& row = rows.emplace_back();
      for (uint16_t path : reader.layout()) {
        Value v = reader.value(path);
        row.push_back({batch.paths[path].name(), {v.type, v.word, std::string(v.text), v.form}});
      }
    }
  }
  return rows;
}

inline std::string hex(std::string_view bytes) {
  std::string text;
  for (char c : bytes) {
    text += "0123456789abcdef"[static_cast<uint8_t>(c) >> 4];
    text += "0123456789abcdef"[c & 15];
  }
  return text;
}

}  // namespace ev::test
