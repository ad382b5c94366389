// Final values of state columns.
#include <algorithm>
#include <deque>
#include <vector>

#include "aggregate/aggregator.h"
#include "aggregate/formula.h"
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

/// The values of some columns of one path, row after row.
class ValueCursor {
 public:
  void add(const Column& column) { columns_.push_back({&column, 0}); }
  /// Of the next row.
  Value next() {
    Value value;
    for (auto& [column, at] : columns_)
      if (column->valid(row_)) value = value_at(*column, at++);
    row_++;
    return value;
  }

 private:
  std::vector<std::pair<const Column*, std::size_t>> columns_;
  std::size_t row_ = 0;
};

/// Which rows of a path have which formula.
struct FormulaRows {
  static constexpr uint8_t kNone = UINT8_MAX;
  uint16_t path;
  std::vector<std::string> formulas;
  std::vector<uint8_t> of_row;  // a number into `formulas`, or kNone; empty where no row has any

  void note(uint32_t row, uint32_t rows, std::string_view formula) {
    static_assert(kMaxFormulas < kNone);
    if (of_row.empty()) of_row.assign(rows, kNone);
    auto at = std::find(formulas.begin(), formulas.end(), formula);
    if (at == formulas.end()) {
      if (formulas.size() == kMaxFormulas)
        throw Error(ErrorKind::corrupt, "aggregate states", "a field has too many formulas");
      at = formulas.insert(at, std::string(formula));
    }
    of_row[row] = static_cast<uint8_t>(at - formulas.begin());
  }
};

/// All columns of a path, its states replaced by their final values, into new columns. Formulas, which need the others,
/// are noted.
FormulaRows finalize_path(const Batch& batch, uint16_t path, std::vector<Column>& out) {
  PathColumns columns(path);
  FormulaRows formulas{path, {}, {}};
  ValueCursor cursor;
  for (const Column& column : batch.columns)
    if (column.path == path) cursor.add(column);
  std::string scratch;
  for (uint32_t row = 0; row < batch.rows; row++) {
    Value value = cursor.next();
    if (value.type == Type::state) {
      const AggregateFunction& function = function_of(value.text);
      const std::string_view payload = state_payload(value.text);
      value = function.finalize(payload, scratch);
      if (function.field == AggregateFunction::Field::formula) formulas.note(row, batch.rows, payload);
    }
    columns.append(row, value);
  }
  columns.finish(batch.rows, out);
  return formulas;
}

/// The columns of a path with the values of its formulas in the rows that have one.
void finalize_formulas(const Batch& batch, const FormulaRows& formulas, std::vector<Column>& out) {
  std::vector<std::vector<Column>> values;
  for (const std::string& formula : formulas.formulas)
    values.push_back(evaluate_formula(batch, formula, batch.paths[formulas.path].name()));
  std::vector<ValueCursor> cursors(values.size() + 1);  // of each formula, and of the other values
  for (std::size_t f = 0; f < values.size(); f++)
    for (const Column& column : values[f]) cursors[f].add(column);
  for (const Column& column : batch.columns)
    if (column.path == formulas.path) cursors.back().add(column);
  PathColumns columns(formulas.path);
  for (uint32_t row = 0; row < batch.rows; row++) {
    for (std::size_t c = 0; c < cursors.size(); c++) {
      const Value value = cursors[c].next();
      const bool has_it = c < values.size() ? formulas.of_row[row] == c : formulas.of_row[row] == FormulaRows::kNone;
      if (has_it) columns.append(row, value);
    }
  }
  columns.finish(batch.rows, out);
}

/// Puts columns in the place of all that these paths have.
void replace_columns(Batch& batch, const std::vector<uint16_t>& paths, std::vector<Column>&& columns) {
  for (Column& column : batch.columns)
    if (std::find(paths.begin(), paths.end(), column.path) == paths.end()) columns.push_back(std::move(column));
  std::sort(columns.begin(), columns.end(),
            [](const Column& a, const Column& b) { return std::pair(a.path, a.type) < std::pair(b.path, b.type); });
  batch.columns = std::move(columns);
}

}  // namespace

Batch finalize_states(Batch&& batch) {
  std::vector<uint16_t> paths;
  for (const Column& column : batch.columns)
    if (column.type == Type::state) paths.push_back(column.path);
  if (paths.empty()) return std::move(batch);
  std::vector<Column> columns;
  std::vector<FormulaRows> formulas;
  for (uint16_t path : paths)
    if (FormulaRows found = finalize_path(batch, path, columns); !found.formulas.empty())
      formulas.push_back(std::move(found));
  replace_columns(batch, paths, std::move(columns));
  if (formulas.empty()) return std::move(batch);
  paths.clear();
  columns.clear();
  for (const FormulaRows& rows : formulas) {
    finalize_formulas(batch, rows, columns);
    paths.push_back(rows.path);
  }
  replace_columns(batch, paths, std::move(columns));
  return std::move(batch);
}

std::optional<Batch> final_fields(const Batch& batch, std::span<const std::string> names) {
  const auto is_wanted = [&](const Column& column) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return may_mean(name, batch.paths[column.path]); });
  };
  bool states = false, formulas = false;
  for (const Column& column : batch.columns) {
    if (column.type != Type::state || !is_wanted(column)) continue;
    states = true;
    for (std::size_t i = 0; i < column.texts.size() && !formulas; i++)
      formulas = function_of(column.texts[i]).field == AggregateFunction::Field::formula;
  }
  if (!states) return std::nullopt;
  Batch chosen;
  chosen.rows = batch.rows;
  chosen.paths = batch.paths;
  chosen.layouts = batch.layouts;
  chosen.row_layouts = batch.row_layouts;
  chosen.time_path = batch.time_path;
  for (const Column& column : batch.columns)
    if (is_wanted(column) || (formulas && column.type == Type::state)) chosen.columns.push_back(column);
  return finalize_states(std::move(chosen));
}

std::string describe_state(std::string_view state) {
  if (state.size() < kStateHeadBytes) return "damaged state";
  uint8_t code = static_cast<uint8_t>(state[0]), version = static_cast<uint8_t>(state[1]);
  const AggregateFunction* function = find_function(code);
  if (!function) return concat("unknown function ", code, ", version ", version);
  std::string name(function->name);
  if (function->field == AggregateFunction::Field::formula && version == function->version)
    name += concat(" ", state_payload(state));
  try {
    if (function->spell && version == function->version) name = function->spell(state_payload(state));
  } catch (const Error&) {
    return "damaged state";
  }
  return concat(name, function->bound.empty() ? "" : " ", function->bound, ", version ", version);
}

}  // namespace ev
