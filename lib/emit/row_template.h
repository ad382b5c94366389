// Rows by template: what is the same in all rows of a layout is put together once, values are printed in between.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "emit/text_sink.h"
#include "emit/value_text.h"
#include "event/batch.h"

namespace ev {

/// Literal text and places for values, in the order of the output.
class RowTemplate {
 public:
  struct Slot {
    uint32_t begin = 0, length = 0;  // the literal before the value, in text()
    uint16_t path = 0;
  };

  void literal(std::string_view text) { text_.append(text.data(), text.size()); }
  void value(uint16_t path) {
    auto end = static_cast<uint32_t>(text_.size());
    slots_.push_back({tail_begin_, end - tail_begin_, path});
    tail_begin_ = end;
  }

  const std::vector<Slot>& slots() const { return slots_; }
  const char* text() const { return text_.data(); }
  /// The literal after the last value.
  uint32_t tail_begin() const { return tail_begin_; }
  uint32_t tail_length() const { return static_cast<uint32_t>(text_.size()) - tail_begin_; }
  std::size_t bytes() const { return text_.size() + slots_.size() * sizeof(Slot) + sizeof *this; }

 private:
  PodVector<char> text_;
  std::vector<Slot> slots_;
  uint32_t tail_begin_ = 0;
};

/// Makes the template of an event with these paths.
using MakeTemplate = std::function<RowTemplate(std::span<const uint16_t> paths)>;

/// The template of each row of a batch: by layout, or, in a batch without layouts, by the paths that have a value.
/// Refers to the batch, which must outlive it. Templates are made at first use; only a bounded amount is kept.
class RowTemplates {
 public:
  RowTemplates(const Batch& batch, MakeTemplate make);
  /// Valid until the next call.
  const RowTemplate& of(std::size_t row) {
    if (!by_layout_.empty()) {
      uint32_t layout = batch_.layout_of(row);
      return by_layout_[layout] ? *by_layout_[layout] : make_for_layout(layout);
    }
    return of_values(row);
  }

 private:
  const RowTemplate& make_for_layout(uint32_t layout);
  const RowTemplate& of_values(std::size_t row);

  const Batch& batch_;
  MakeTemplate make_;
  std::vector<std::unique_ptr<RowTemplate>> by_layout_;
  std::map<std::vector<uint16_t>, RowTemplate> by_values_;
  std::map<std::vector<uint16_t>, RowTemplate>::const_iterator last_ = by_values_.end();
  std::vector<std::vector<const Column*>> columns_of_path_;
  std::vector<uint16_t> present_;
  std::size_t kept_bytes_ = 0;
};

/// The columns of a batch by path, ready to print.
template <class Style>
class BatchPrinter {
 public:
  explicit BatchPrinter(const Batch& batch) {
    first_.assign(batch.paths.size() + 1, 0);
    for (const Column& column : batch.columns) first_[column.path + 1u]++;
    for (std::size_t i = 1; i < first_.size(); i++) first_[i] += first_[i - 1];
    std::vector<const Column*> by_path(batch.columns.size());
    std::vector<uint32_t> next(first_.begin(), first_.end() - 1);
    for (const Column& column : batch.columns) by_path[next[column.path]++] = &column;
    printers_.reserve(by_path.size());
    for (const Column* column : by_path) printers_.emplace_back(*column);
  }
  /// Appends the row's value of that path and gives its type; Type::null, and nothing appended, where it has none.
  Type print(uint16_t path, std::size_t row, TextSink& sink) const {
    for (uint32_t i = first_[path]; i < first_[path + 1u]; i++)
      if (printers_[i].print(row, sink)) return printers_[i].type();
    return Type::null;
  }

 private:
  std::vector<uint32_t> first_;  // per path: where its printers begin
  std::vector<ColumnPrinter<Style>> printers_;
};

/// Text of all rows of a batch; `null` stands for a value that a row does not have. Templates::of(row) gives the row's
/// template, valid until the next call.
template <class Style, class Templates>
std::string print_rows(const Batch& batch, Templates& templates, std::string_view null) {
  BatchPrinter<Style> values(batch);
  BatchText out(batch.rows);
  TextSink& sink = out.sink();
  for (std::size_t row = 0; row < batch.rows; row++) {
    const RowTemplate& row_template = templates.of(row);
    const char* literals = row_template.text();
    for (const RowTemplate::Slot& slot : row_template.slots()) {
      sink.append_wide(literals + slot.begin, slot.length);
      if (values.print(slot.path, row, sink) == Type::null) sink.append(null);
    }
    sink.append_wide(literals + row_template.tail_begin(), row_template.tail_length());
    out.end_row(row);
  }
  return out.finish();
}

}  // namespace ev
