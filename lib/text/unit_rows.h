// The rows and rejects of the unit that a parser is at, whatever its format.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "event/batch_builder.h"
#include "text/json_fields.h"
#include "text/text_unit.h"

namespace ev {

/// One per parser. Fields, layouts and columns keep their numbers from unit to unit, up to a limit, which never changes
/// what comes out.
class UnitRows {
 public:
  explicit UnitRows(FieldChoice wanted);
  UnitRows(const UnitRows&) = delete;
  UnitRows& operator=(const UnitRows&) = delete;

  /// Begins a unit. True: all fields and numbers were forgotten.
  bool start(const TextUnit& unit);
  /// Forgets the fields in the middle of a unit: those of rejected lines would else pile up.
  void forget_fields() { fields_.reset(reading_); }

  FieldTree& fields() { return fields_; }
  BatchBuilder& builder() { return builder_; }
  std::size_t rows() const { return builder_.rows() + waiting_.rows(); }
  /// Number of the layout with these paths (builder's numbers).
  uint32_t layout(std::span<const uint32_t> paths);
  /// Appends the record of the unit's text that stands at `begin`, as a reject shows it, in this line. False where
  /// the batch would get more than 65,534 paths: then the record is to be rejected for kTooManyPaths.
  bool append(uint32_t layout, std::span<const Cell> row, uint64_t line, const char* begin, std::size_t size) {
    if (layout_used_in_[layout] != unit_number_ && !admit_layout(layout)) [[unlikely]]
      return false;
    if (!waiting_.empty()) settle();
    builder_.append(layout, row);
    if (wants_places_) note_place(line, begin, size);
    return true;
  }
  /// Rows of one layout that wait, to be appended together: their texts must stay until then.
  RowGroup& waiting() { return waiting_; }
  /// Takes the rows that were written from waiting().next() on; several only where they fit. `record(i)` is the text of
  /// the i-th of them as a reject shows it, a record of line `line` + i. Rejects them where append() would give
  /// false.
  template <class Record>
  void take_waiting(uint32_t layout, std::size_t cells, uint32_t rows, uint64_t line, Record&& record) {
    const bool admitted = layout_used_in_[layout] == unit_number_ || admit_layout(layout);
    if (admitted) [[likely]]
      commit_waiting(layout, cells, rows);
    for (uint32_t i = 0; (!admitted || wants_places_) && i < rows; i++) {
      const std::string_view text = record(i);
      if (admitted)
        note_place(line + i, text.data(), text.size());
      else
        reject(line + i, text.data(), text.size(), kTooManyPaths);
    }
  }
  /// Appends the rows that wait.
  void settle() {
    builder_.append(waiting_);
    waiting_.clear();
  }
  static constexpr const char* kTooManyPaths = "its fields would be more than 65,534 different ones in one block";

  /// Rejects a record of the unit's text. The line must not be before that of the last one.
  void reject(uint64_t line, const char* begin, std::size_t size, std::string reason);
  bool has_oversized() const { return !oversized_.empty(); }
  /// Takes in the oversized lines that stand before the line at hand, which they push down. Comes before each line.
  void take_oversized(uint64_t& line) {
    while (!oversized_.empty() && oversized_.front().line <= line) [[unlikely]] take_one_oversized(line);
  }
  /// Text that is read from a copy: offsets of rejects are counted from `copy`, which stands for `original`.
  void read_from_copy(const char* original, const char* copy);

  ParsedText finish(uint64_t duplicate_keys);

 private:
  /// Where the record of a row stands.
  struct Place {
    uint64_t line;
    uint64_t offset;  // in the input
    std::size_t at;   // in the unit's text
    std::size_t size;
  };

  void commit_waiting(uint32_t layout, std::size_t cells, uint32_t rows) {
    if (!waiting_.fits(layout)) [[unlikely]] {
      builder_.append(waiting_);
      waiting_.drop_committed(cells);
    }
    waiting_.commit(layout, cells, rows);
    if (waiting_.full()) settle();
  }
  /// Where the record of the next row stands of which this was not said yet.
  void note_place(uint64_t line, const char* begin, std::size_t size);
  void apply_check(ParsedText& parsed);
  bool admit_layout(uint32_t layout);
  void take_one_oversized(uint64_t& line);

  // The unit at hand.
  std::vector<Reject> rejects_;
  const char* text_begin_ = nullptr;
  uint64_t text_offset_ = 0;  // of text_begin_ in the input
  std::span<const Reject> oversized_;
  uint64_t oversized_bytes_ = 0;
  const TextUnit* unit_ = nullptr;
  const RowCheck* check_ = nullptr;  // of unit_
  bool wants_places_ = false;
  PodVector<Place> places_;  // of the rows, where they are wanted

  // Paths and layouts that rows of the batch use, by builder's numbers: the unit that used them last.
  uint32_t unit_number_ = 0;
  uint32_t paths_in_use_ = 0;
  std::vector<uint32_t> path_used_in_, layout_used_in_;
  std::vector<std::vector<uint32_t>> layout_paths_;
  std::size_t layout_path_count_ = 0;

  // What stays.
  FieldChoice choice_;
  BatchBuilder builder_;
  RowGroup waiting_;
  FieldTree fields_{builder_, choice_};
  FieldTree::Reading reading_;
};

}  // namespace ev
