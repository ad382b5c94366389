#include "source/text_worker.h"

#include <utility>

namespace ev {

TextWorker::TextWorker(const SourceOptions& options, FieldChoice wanted) : wanted_(std::move(wanted)) {
  // What stands in a field is wanted if the field is not.
  for (const FieldFormat& field : options.field_formats) wanted_.names.push_back(quoted_name(Path::key(field.field)));
  for (const FieldFormat& field : options.field_formats) field_parsers_.emplace_back(field, wanted_);
  if (options.source_field) source_field_.emplace(*options.source_field);
}

ParsedText TextWorker::parse(TextUnit& unit, const std::string& input) {
  for (FieldParser& field : field_parsers_) field.set_unit(unit);
  if (source_field_) source_field_->set_input(input);
  if (source_field_ || !field_parsers_.empty()) unit.change = this;
  if (unit.format != format_ && !(parser_ && *unit.format == *format_))
    parser_ = make_text_parser(*unit.format, wanted_);
  format_ = unit.format;
  ParsedText parsed = parser_->parse(unit);
  for (FieldParser& field : field_parsers_) parsed.duplicate_keys += field.take_duplicate_keys();
  return parsed;
}

ParsedText TextWorker::parse(RejectedRun& run, const std::string& input) {
  ParsedJoin joined;
  for (TextUnit& record : run.records) joined.add(parse(record, input));
  ParsedText cut;
  cut.records = run.cut.size();
  cut.rejects = std::move(run.cut);
  joined.add(std::move(cut));
  return joined.finish(run.time_path);
}

FieldCounts TextWorker::take_counts() {
  FieldCounts counts;
  for (FieldParser& field : field_parsers_) counts.parsed.push_back(field.take_counts());
  if (source_field_) counts.unnamed = source_field_->take_unchanged();
  return counts;
}

void TextWorker::change(Batch& batch) {
  for (FieldParser& field : field_parsers_) field.change(batch);
  if (source_field_) source_field_->change(batch);
}

}  // namespace ev
