// Final values of state columns.
#include <algorithm>
#include <deque>
#include <vector>

#include "aggregate/aggregator.h"
#include "aggregate/states.h"
#include "base/error.h"
#include "base/text.h"
#include "event/column_builder.h"

namespace ev {

namespace {

/// The values of one path in row order, in a column for each type that occurs.
class PathColumns {
 public:
  explicit PathColumns(uint16_t path) : path_(path) {}
  void append(uint32_t row, const Value& value) {
    if (value.type == Type::null) return;
    auto column = std::find_if(columns_.begin(), columns_.end(), [&](const auto& c) { return c.type() == value.type; });
    if (column == columns_.end()) {
      columns_.emplace_back(path_, value.type);
      column = columns_.end() - 1;
    }
    column->mark(row, [] {});
    if (is_text_type(value.type))
      column->push(reinterpret_cast<uint64_t>(value.text.data()), static_cast<uint32_t>(value.text.size()));
    else
      column->push(value.word, value.form);
  }
  void finish(uint32_t rows, std::vector<Column>& out) {
    for (ColumnBuilder& column : columns_) out.push_back(column.finish(rows, path_));
  }

 private:
  uint16_t path_;
  std::deque<ColumnBuilder> columns_;
};

Value value_at(const Column& column, std::size_t i) {
  Value value;
  value.type = column.type;
  if (is_text_type(column.type)) {
    value.text = column.text(i);
  } else {
    value.word = column.words[i];
    if (column.type == Type::time) value.form = column.form_at(i);
  }
  return value;
}

/// All columns of a path, its states replaced by their final values, into new columns.
void finalize_path(const Batch& batch, uint16_t path, std::vector<Column>& out) {
  PathColumns columns(path);
  std::vector<const Column*> sources;
  for (const Column& column : batch.columns)
    if (column.path == path) sources.push_back(&column);
  std::vector<std::size_t> at(sources.size());
  std::string scratch;
  for (uint32_t row = 0; row < batch.rows; row++) {
    for (std::size_t s = 0; s < sources.size(); s++) {
      if (!sources[s]->valid(row)) continue;
      Value value = value_at(*sources[s], at[s]++);
      if (value.type == Type::state) value = function_of(value.text).finalize(state_payload(value.text), scratch);
      columns.append(row, value);
    }
  }
  columns.finish(batch.rows, out);
}

}  // namespace

Batch finalize_states(Batch&& batch) {
  std::vector<uint16_t> paths;
  for (const Column& column : batch.columns)
    if (column.type == Type::state) paths.push_back(column.path);
  if (paths.empty()) return std::move(batch);
  std::vector<Column> columns;
  for (uint16_t path : paths) finalize_path(batch, path, columns);
  for (Column& column : batch.columns)
    if (std::find(paths.begin(), paths.end(), column.path) == paths.end()) columns.push_back(std::move(column));
  std::sort(columns.begin(), columns.end(),
            [](const Column& a, const Column& b) { return std::pair(a.path, a.type) < std::pair(b.path, b.type); });
  batch.columns = std::move(columns);
  return std::move(batch);
}

std::string describe_state(std::string_view state) {
  if (state.size() < kStateHeadBytes) return "damaged state";
  uint8_t code = static_cast<uint8_t>(state[0]), version = static_cast<uint8_t>(state[1]);
  const AggregateFunction* function = find_function(code);
  if (!function) return concat("unknown function ", code, ", version ", version);
  std::string name(function->name);
  try {
    if (function->spell && version == function->version) name = function->spell(state_payload(state));
  } catch (const Error&) {
    return "damaged state";
  }
  return concat(name, function->bound.empty() ? "" : " ", function->bound, ", version ", version);
}

}  // namespace ev
