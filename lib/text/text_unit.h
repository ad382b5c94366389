// Text on its way to batches: what a parser is given and what it gives back, whatever the format.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "event/batch.h"
#include "text/batch_change.h"
#include "text/field_types.h"
#include "text/row_check.h"
#include "text/text_format.h"
#include "text/time_rules.h"

namespace ev {

inline constexpr std::size_t kMaxLineBytes = std::size_t{16} << 20;
inline constexpr std::size_t kRefusedRawBytes = std::size_t{64} << 10;  // of a longer record, kept in its reject
/// Of the names of a record's fields, each with those of the objects around it: an event must fit a block.
inline constexpr std::size_t kMaxRecordNameBytes = std::size_t{16} << 20;
inline constexpr const char* kNamesTooLong = "the names of its fields are longer than 16 MiB together";
inline constexpr uint32_t kTimeDetectionRecords = 1000;

/// A record that was not accepted.
struct Reject {
  uint64_t line = 0;    // from 1, in its input
  uint64_t offset = 0;  // of its first byte in its (decompressed) input
  std::string reason;
  std::string raw;  // without the line's end
};

/// A record in the text of its unit.
struct RecordSpan {
  uint32_t begin = 0, size = 0;
  uint32_t line = 0;  // lines of the unit before it
};

/// A run of whole lines (the last one may lack its newline), or of whole records where these are no lines.
struct TextUnit {
  std::shared_ptr<const TextFormat> format;
  PodVector<char> text;  // with at least 64 readable bytes of slack behind it
  uint64_t first_line = 1;
  uint64_t first_offset = 0;
  std::optional<Path> time_path;
  std::shared_ptr<const TimeRules> time_rules;  // null: those of a TimeRules as it comes
  std::shared_ptr<const FieldTypes> types;      // of fields whose type was chosen; may be null
  std::shared_ptr<const RowCheck> check;        // of the rows, once they are parsed; may be null
  bool keep_row_lines = false;                  // ParsedText::row_lines is wanted; there is no check then
  BatchChange* change = nullptr;                // of the rows, before they are checked; may be null
  /// Lines over kMaxLineBytes, left out of `text`, in line order; they count as lines. Offsets of lines after one are
  /// right only where its `raw` is whole: a reader that cuts `raw` ends the unit with it.
  std::vector<Reject> oversized;
  /// Of records of several lines: whether it begins in the middle of one. What stood before was taken when no more came.
  bool goes_on = false;
  /// Of formats whose records are neither lines nor tables: where these are, in their order. What is between is nothing.
  std::vector<RecordSpan> records;
  /// Of those, what is no record of the text but was refused when it was cut, in its order.
  std::vector<Reject> refused;
};

struct ParsedText {
  Batch batch;
  std::vector<Reject> rejects;  // in line order, `oversized` and rows that the check refused included
  uint64_t records = 0;         // rows + rejects
  std::vector<TypeCount> type_counts;  // of the types that were chosen, in their order; empty where there are none
  PodVector<uint64_t> row_lines;  // of each row, the line where it begins; empty where they are not wanted
  uint64_t duplicate_keys = 0;  // keys that stood twice in one object; the last value counted
};

/// What the fields are that a command needs; empty `names` with all = false: none but the time.
struct FieldChoice {
  bool all = true;
  std::vector<std::string> names;
  bool event_time = true;  // the event time, too, whatever its name
  bool below = false;      // a name of an object means the fields in it
  bool wants(const Path& path) const;
};

}  // namespace ev
