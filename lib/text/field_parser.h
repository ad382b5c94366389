// Texts that stand in a field of events and are records themselves, of a format of their own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/text_parser.h"

namespace ev {

/// A field whose texts are to be parsed, and how.
struct FieldFormat {
  std::string field;  // of the top level
  TextFormat format;
  std::string words;  // as a user wrote it: message=jsonl
};

/// "log=jsonl". Throws Error(usage) for what is none, and for formats of which a line is not a record by itself.
FieldFormat parse_field_format(const std::string& words);

/// What became of a field.
struct FieldParseCounts {
  uint64_t texts = 0;       // strings that stood in it
  uint64_t kept = 0;        // of these: were no record of the format, and stayed
  uint64_t overridden = 0;  // events of which other fields gave way to parsed ones of the same name
  FieldParseCounts& operator+=(const FieldParseCounts& o) {
    texts += o.texts;
    kept += o.kept;
    overridden += o.overridden;
    return *this;
  }
};

/// Puts what the texts of a field say in the place of the field. A text is one line, with or without its end; one of
/// several lines, a blank one and one that is no record of the format stay. Values that are no strings stay, too.
class FieldParser final : public BatchChange {
 public:
  /// `wanted`: of the parsed fields.
  FieldParser(const FieldFormat& format, const FieldChoice& wanted);
  /// The unit whose batch is next: parsed values are read by its rules.
  void set_unit(const TextUnit& unit);
  void change(Batch& batch) override;
  FieldParseCounts take_counts() { return std::exchange(counts_, {}); }
  /// Keys that stood twice in one object of JSON, since the last call.
  uint64_t take_duplicate_keys() { return std::exchange(duplicate_keys_, 0); }

 private:
  void collect(const Column& column, uint32_t rows);

  std::string field_;
  std::unique_ptr<TextParser> parser_;
  TextUnit unit_;                      // the texts, a line each
  PodVector<uint32_t> rows_of_lines_;  // rows of the batch
  FieldParseCounts counts_;
  uint64_t duplicate_keys_ = 0;
};

}  // namespace ev
