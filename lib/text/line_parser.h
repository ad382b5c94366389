// The frame of formats in which each line is a record.
#pragma once

#include <string>
#include <string_view>

#include "text/lines.h"
#include "text/record_lines.h"
#include "text/text_parser.h"
#include "text/text_row.h"
#include "text/utf8.h"

namespace ev {

/// Reader: `const char* read(std::string_view line, TextRow& row)` adds the line's values to the row and returns
/// nullptr, or why the line is refused. The line has no line end; a newline and 32 readable bytes follow it.
/// `start(bytes)` comes before each unit, `reset()` whenever the fields were forgotten. Lines end with LF or CR LF;
/// blank ones are nothing, nor are those of which a reader says so: `static bool is_record(std::string_view line)`.
template <class Reader>
class LineParser final : public TextParser {
 public:
  explicit LineParser(FieldChoice fields, Reader reader = {}) : rows_(std::move(fields)), reader_(std::move(reader)) {}

  ParsedText parse(const TextUnit& unit) override {
    if (rows_.start(unit)) {
      row_.reset();
      reader_.reset();
    }
    line_ = unit.first_line;
    std::string_view text(unit.text.data(), unit.text.size());
    valid_utf8_ = is_utf8(text);
    reader_.start(text.size() + 1);
    if (unit.first_offset == 0 && text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    if (unit.format && !unit.format->record_start.empty()) {
      for (const RecordSpan& record : unit.records) read_record(record, unit);
      return rows_.finish(row_.take_duplicates());
    }
    // A last line without a newline is read from a copy that has one.
    const std::size_t whole = text.rfind('\n') + 1;
    read_lines(text.substr(0, whole));
    if (whole < text.size()) {
      const PodVector<char> tail = with_newline(text.substr(whole));
      rows_.read_from_copy(text.data() + whole, tail.data());
      read_lines({tail.data(), text.size() - whole + 1});
    }
    return rows_.finish(row_.take_duplicates());
  }

 private:
  void read_lines(std::string_view text) {
    while (!text.empty()) {
      rows_.take_oversized(line_);
      const std::size_t size = text.find('\n');
      read_line(text.substr(0, size > 0 && text[size - 1] == '\r' ? size - 1 : size));
      text.remove_prefix(size + 1);
      line_++;
    }
  }
  void read_line(std::string_view line) {
    if (line.find_first_not_of(" \t") == line.npos) return;
    if constexpr (requires { Reader::is_record(line); })
      if (!Reader::is_record(line)) return;
    if (!valid_utf8_ && !is_utf8(line)) return rows_.reject(line_, line.data(), line.size(), why_not_utf8(line));
    row_.begin();
    if (const char* reason = reader_.read(line, row_)) return rows_.reject(line_, line.data(), line.size(), reason);
    if (const char* reason = row_.over_limit()) return rows_.reject(line_, line.data(), line.size(), reason);
    row_.end(line_, line.data(), line.size());
  }

  /// Of several lines.
  void read_record(const RecordSpan& span, const TextUnit& unit) {
    std::string_view record(unit.text.data() + span.begin, span.size);
    if (unit.first_offset + span.begin == 0 && record.starts_with(kByteOrderMark))
      record.remove_prefix(kByteOrderMark.size());
    const auto [text, skipped] = without_blank_lines(record);
    if (text.find_first_not_of(" \t") == text.npos) return;
    line_ = unit.first_line + span.line + skipped;
    const auto refuse = [&, raw = text](std::string reason) {
      rows_.reject(line_, raw.data(), raw.size(), std::move(reason));
    };
    if (!valid_utf8_ && !is_utf8(text)) return refuse(why_record_is_not_utf8(text, line_));
    const bool has_end = text.data() + text.size() < unit.text.end();
    const bool plain = has_end && text.find('\r') == text.npos;
    row_.begin();
    if (const char* reason = reader_.read(plain ? text : with_plain_line_ends(text, record_copy_), row_))
      return refuse(reason);
    if (const char* reason = row_.over_limit()) return refuse(reason);
    row_.end(line_, text.data(), text.size());
  }

  UnitRows rows_;
  TextRow row_{rows_};
  Reader reader_;
  uint64_t line_ = 0;
  bool valid_utf8_ = false;
  PodVector<char> record_copy_;
};

}  // namespace ev
