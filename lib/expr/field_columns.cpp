#include "expr/field_columns.h"

#include <algorithm>

#include "expr/program.h"

namespace ev {
namespace {

/// The value number of each row of `rows` in a column with gaps, or kNoEntry.
void number_values(const Column& column, const RowSet& rows, PodVector<uint32_t>& numbers) {
  const Bitmap& valid = column.validity;
  numbers.resize(rows.count);
  if (!rows.rows) {
    // Row by row: whether there is a value is noise to a processor that guesses.
    uint32_t next = 0;
    for (uint32_t row = 0; row < rows.count; row++) {
      const uint32_t bit = valid.get(row);
      numbers[row] = bit ? next : Vector::kNoEntry;
      next += bit;
    }
    return;
  }
  PodVector<uint32_t> before(valid.word_count());  // values in the words before this one
  uint32_t values = 0;
  for (std::size_t w = 0; w < valid.word_count(); w++) {
    before[w] = values;
    values += static_cast<uint32_t>(std::popcount(valid.word(w)));
  }
  for (uint32_t i = 0; i < rows.count; i++) {
    const uint32_t row = rows.rows[i];
    const uint64_t below = valid.word(row >> 6) & ((uint64_t{1} << (row & 63)) - 1);
    numbers[i] = valid.get(row) ? before[row >> 6] + static_cast<uint32_t>(std::popcount(below)) : Vector::kNoEntry;
  }
}

void list_texts(const Texts& texts, PodVector<std::string_view>& out) {
  out.resize(texts.size());
  for (std::size_t i = 0; i < out.size(); i++) out[i] = texts[i];
}

/// The vector's words are the column's own.
void use_words(const Column& column, Vector& out) {
  out.entries = static_cast<uint32_t>(column.words.size());
  out.type = column.type;
  if (column.type == Type::boolean) {
    uint8_t* truth = out.make_truth();
    for (uint32_t i = 0; i < out.entries; i++) truth[i] = static_cast<uint8_t>(column.words[i]);
    return;
  }
  out.words = column.words.data();
  out.forms = column.forms.empty() ? nullptr : column.forms.data();
  out.form = column.form;
}

/// As entries, the column's values, or the texts of its dictionary.
void use_values(const Column& column, Vector& out) {
  if (!is_text_type(column.type)) return use_words(column, out);
  list_texts(column.texts, out.own_texts);
  out.entries = static_cast<uint32_t>(column.texts.size());
  out.type = column.type;
  out.texts = out.own_texts.data();
}

void load_all(const Column& column, const RowSet& rows, Vector& out) {
  use_values(column, out);
  if (!column.codes.empty()) {
    out.map = Vector::Map::coded;
    out.codes = column.codes.data();
  }
  if (column.validity.empty()) return;
  number_values(column, rows, out.own_codes);
  if (!column.codes.empty())
    for (uint32_t& number : out.own_codes)
      if (number != Vector::kNoEntry) number = column.codes[number];
  out.map = Vector::Map::coded;
  out.codes = out.own_codes.data();
}

/// Some rows of a column: their values are copied, or those of a dictionary named.
void load_some(const Column& column, const RowSet& rows, Vector& out) {
  const bool gaps = !column.validity.empty();
  PodVector<uint32_t>& numbers = out.own_codes;
  if (gaps) {
    number_values(column, rows, numbers);
  } else {
    numbers.clear();
    numbers.append(rows.rows, rows.count);
  }
  if (!column.codes.empty()) {
    use_values(column, out);
    for (uint32_t& number : numbers)
      if (number != Vector::kNoEntry) number = column.codes[number];
    out.map = Vector::Map::coded;
    out.codes = numbers.data();
    return;
  }
  // Of the values that are there, one entry each.
  uint32_t entries = 0;
  auto copy = [&](auto& to, auto value_of) {
    to.resize(rows.count);
    for (uint32_t i = 0; i < rows.count; i++) {
      if (numbers[i] == Vector::kNoEntry) continue;
      to[entries] = value_of(numbers[i]);
      numbers[i] = entries++;
    }
  };
  out.type = column.type;
  if (is_text_type(column.type)) {
    copy(out.own_texts, [&](uint32_t n) { return column.texts[n]; });
    out.texts = out.own_texts.data();
  } else if (column.type == Type::boolean) {
    copy(out.own_truth, [&](uint32_t n) { return static_cast<uint8_t>(column.words[n]); });
    out.truth = out.own_truth.data();
  } else {
    if (column.type == Type::time && !column.forms.empty()) {
      out.own_forms.clear();
      for (uint32_t number : numbers)
        if (number != Vector::kNoEntry) out.own_forms.push_back(column.forms[number]);
      out.forms = out.own_forms.data();
    }
    out.form = column.form;
    copy(out.own_words, [&](uint32_t n) { return column.words[n]; });
    out.words = out.own_words.data();
  }
  out.entries = entries;
  if (gaps) {
    out.map = Vector::Map::coded;
    out.codes = numbers.data();
  }
}

/// A path that has values of several types.
void load_mixed(std::span<const Column* const> columns, const RowSet& rows, Vector& out) {
  EntryWriter writer(out);
  PodVector<uint32_t> numbers;
  std::vector<PodVector<uint32_t>> by_column;
  for (const Column* column : columns) {
    number_values(*column, rows, numbers);
    by_column.push_back(numbers);
  }
  for (uint32_t i = 0; i < rows.count; i++) {
    Value value;
    for (std::size_t c = 0; c < columns.size(); c++) {
      const uint32_t number = by_column[c][i];
      if (number == Vector::kNoEntry) continue;
      const Column& column = *columns[c];
      value.type = column.type;
      if (is_text_type(column.type)) {
        value.text = column.text(number);
      } else {
        value.word = column.words[number];
        if (column.type == Type::time) value.form = column.form_at(number);
      }
    }
    writer.set(i, value);
  }
  writer.finish();
}

}  // namespace

FieldColumns::FieldColumns(const Program& program) : program_(program), places_(program.fields.size()) {}

void FieldColumns::begin(const Batch& batch) {
  batch_ = &batch;
  for (std::size_t i = 0; i < places_.size(); i++) {
    Place& place = places_[i];
    const std::string& name = program_.fields[i].name;
    place.path = find_path(batch.paths, name);
    place.columns.clear();
    place.holds_others = place.path < 0 && std::any_of(batch.paths.begin(), batch.paths.end(), [&](const Path& path) {
                           return path.name().starts_with(name + ".");
                         });
    if (place.path < 0) continue;
    for (const Column& column : batch.columns)
      if (column.path == place.path && column.size() > 0) place.columns.push_back(&column);
  }
}

void FieldColumns::load(uint32_t field, const RowSet& rows, Vector& out) const {
  const std::vector<const Column*>& columns = places_[field].columns;
  if (columns.empty() || rows.count == 0) {
    fill_constant(out, Value{}, rows.count);
  } else if (columns.size() > 1) {
    load_mixed(columns, rows, out);
  } else if (rows.rows) {
    load_some(*columns[0], rows, out);
  } else {
    load_all(*columns[0], rows, out);
  }
}

void FieldColumns::present(uint32_t field, const RowSet& rows, uint8_t* truth) const {
  // A layout lists what its rows have.
  const std::string& name = program_.fields[field].name;
  std::vector<uint8_t> path_counts(batch_->paths.size());
  for (std::size_t i = 0; i < path_counts.size(); i++)
    path_counts[i] = static_cast<int>(i) == places_[field].path || batch_->paths[i].name().starts_with(name + ".");
  std::vector<uint8_t> layout_has(batch_->layouts.size());
  for (std::size_t i = 0; i < layout_has.size(); i++)
    layout_has[i] = std::any_of(batch_->layouts[i].begin(), batch_->layouts[i].end(),
                                [&](uint16_t path) { return path_counts[path] != 0; });
  for (uint32_t i = 0; i < rows.count; i++) truth[i] = layout_has[batch_->layout_of(rows[i])];
}

}  // namespace ev
