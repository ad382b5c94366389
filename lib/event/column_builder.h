// One column while rows are appended to it.
#pragma once

#include <cassert>
#include <cstdint>

#include "event/cell.h"
#include "event/column.h"
#include "event/text_dictionary.h"

namespace ev {

/// The column has no values until begin(). Rows must come in ascending order; rows left out are gaps.
class ColumnBuilder {
 public:
  ColumnBuilder(uint32_t path, Type type);

  uint32_t path() const { return path_; }
  Type type() const { return column_.type; }
  bool in_use() const { return in_use_; }

  /// Notes that the row has a value; to be followed by one push. `first` is called when it is the column's first.
  template <class First>
  void mark(uint32_t row, First&& first) {
    if (row == dense_rows_) {
      dense_rows_ = row + 1;
      return;
    }
    if (!in_use_) {
      first();
      begin(row);
      return;
    }
    mark_gap(row);
  }
  /// Notes that rows [first_row, first_row + rows) have values; to be followed by one push of as many.
  template <class First>
  void mark(uint32_t first_row, uint32_t rows, First&& first) {
    if (first_row == dense_rows_) {
      dense_rows_ += rows;
      return;
    }
    for (uint32_t row = first_row; row < first_row + rows; row++) mark(row, first);
  }
  void push(uint64_t word, uint32_t length) {
    switch (kind_) {
      case Kind::word:
        column_.words.push_back(word);
        return;
      case Kind::time:
        column_.words.push_back(word);
        push_form(length);
        return;
      case Kind::coded:
        push_coded(reinterpret_cast<const char*>(word), length);
        return;
      case Kind::plain:
        push_plain(reinterpret_cast<const char*>(word), length);
        return;
    }
  }
  /// The same with the cells of several rows, which are as many as were marked.
  void push(const Cell* cells, uint32_t count);
  /// The same with values [first, first + count) of a column. `known` has the numbers of its texts since the last
  /// finish(), or is empty.
  void push(const Column& from, std::size_t first, std::size_t count, PodVector<uint32_t>& known);
  /// The column over `rows` rows; the builder is then as new, but for what it remembers of sizes.
  Column finish(uint32_t rows, uint16_t path);
  /// Drops the values.
  void abandon();

 private:
  enum class Kind : uint8_t { word, time, coded, plain };
  /// No row: the column is not in use, or it has gaps and the bitmap says which rows have values.
  static constexpr uint32_t kNotDense = UINT32_MAX;

  void begin(uint32_t row);
  void mark_gap(uint32_t row);
  void begin_gaps(uint32_t valid_rows);
  void push_form(uint32_t form) {
    if (column_.forms.empty()) {
      if (column_.words.size() == 1) column_.form = form;
      if (column_.form == form) return;
      column_.forms.assign(column_.words.size() - 1, column_.form);
    }
    column_.forms.push_back(form);
  }
  void push_coded(const char* text, uint32_t length) {
    uint32_t number = dictionary_.find(column_.texts, text, length);
    if (number == TextDictionary::kAbsent) {
      push_new_text(text, length);
      return;
    }
    column_.codes.push_back(number);
  }
  void push_new_text(const char* text, uint32_t length);
  void push_plain(const char* text, uint32_t length) {
    Texts& texts = column_.texts;
    std::size_t size = texts.data.size();
    if (length > UINT32_MAX - size) fail_too_long();
    copy_text(texts.data.extend(length), text, length);
    texts.offsets.push_back(static_cast<uint32_t>(size + length));
  }
  template <class FormOf>
  void push_forms(std::size_t count, FormOf form_of);
  void push_plain(const Cell* cells, uint32_t count);
  void push_plain(const Column& from, std::size_t first, std::size_t count);
  void push_coded(const Cell* cells, uint32_t count);
  void push_coded(const Column& from, std::size_t first, std::size_t count, PodVector<uint32_t>& known);
  void give_up_dictionary();
  [[noreturn]] static void fail_too_long();

  Kind kind_;
  bool in_use_ = false;
  bool gaps_ = false;
  uint32_t dense_rows_ = kNotDense;  // rows so far, all with a value
  uint32_t last_row_ = 0;            // with gaps
  uint32_t path_;
  uint32_t next_check_ = 0;  // values at which the dictionary is judged next
  Column column_;
  TextDictionary dictionary_;
  // Sizes of the last batch: what to reserve for the next.
  std::size_t last_values_ = 0, last_texts_ = 0, last_text_bytes_ = 0;
};

}  // namespace ev
