#include "text/field_parser.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "base/text.h"
#include "event/replace_field.h"

namespace ev {
namespace {

constexpr const char* kOption = "--parse";

/// The text without the line's end that it may have.
std::string_view without_line_end(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  return text;
}

}  // namespace

FieldFormat parse_field_format(const std::string& words) {
  const std::size_t at = words.find('=');
  if (at == words.npos || at == 0)
    throw Error(ErrorKind::usage, kOption, concat("\"", words, "\" is no FIELD=FORMAT"), "for example message=jsonl");
  FieldFormat made{words.substr(0, at), {}, words};
  try {
    made.format = parse_text_format(std::string_view(words).substr(at + 1));
  } catch (const Error& error) {
    throw error.within(kOption);
  }
  if (made.format.kind == TextKind::json_documents) made.format.kind = TextKind::json_lines;
  if (made.format.kind == TextKind::delimited || made.format.kind == TextKind::lines)
    throw Error(ErrorKind::usage, kOption, concat("a text in a field cannot be read as ", format_name(made.format)),
                "there are jsonl, logfmt, combined, common, syslog, cri, nginx:FORMAT and regex:PATTERN");
  return made;
}

FieldParser::FieldParser(const FieldFormat& format, const FieldChoice& wanted)
    : field_(format.field), parser_(make_text_parser(format.format, wanted)) {
  unit_.format = std::make_shared<const TextFormat>(format.format);
  unit_.keep_row_lines = true;
  // No text is the beginning of a file: a byte order mark is no part of a record.
  unit_.first_offset = 1;
}

void FieldParser::set_unit(const TextUnit& unit) {
  unit_.time_path = unit.time_path;
  unit_.time_rules = unit.time_rules;
  unit_.types = unit.types;
}

/// Makes lines of the column's texts.
void FieldParser::collect(const Column& column, uint32_t rows) {
  unit_.text.clear();
  rows_of_lines_.clear();
  for_each_value(column, rows, [&](std::size_t row, std::size_t i) {
    const std::string_view text = without_line_end(column.text(i));
    if (text.empty() || std::memchr(text.data(), '\n', text.size())) return;
    unit_.text.append(text.data(), text.size());
    unit_.text.push_back('\n');
    rows_of_lines_.push_back(static_cast<uint32_t>(row));
  });
  std::memset(unit_.text.extend(PodVector<char>::kSlack), 0, PodVector<char>::kSlack);
  unit_.text.resize(unit_.text.size() - PodVector<char>::kSlack);
}

void FieldParser::change(Batch& batch) {
  const auto field = std::find(batch.paths.begin(), batch.paths.end(), Path::key(field_)) - batch.paths.begin();
  if (field == static_cast<std::ptrdiff_t>(batch.paths.size())) return;
  const Column* column = batch.find(static_cast<uint16_t>(field), Type::string);
  if (!column) return;
  const std::size_t texts = column->size();
  collect(*column, batch.rows);
  ParsedText parsed = parser_->parse(unit_);
  duplicate_keys_ += parsed.duplicate_keys;
  PodVector<uint32_t> rows;
  rows.reserve(parsed.row_lines.size());
  for (uint64_t line : parsed.row_lines) rows.push_back(rows_of_lines_[line - unit_.first_line]);
  FieldReplacement replaced =
      replace_field(std::move(batch), static_cast<uint16_t>(field), std::move(parsed.batch), rows.span());
  batch = std::move(replaced.batch);
  counts_ += {texts, texts - replaced.replaced, replaced.overridden};
}

}  // namespace ev
