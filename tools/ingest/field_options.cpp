#include "ingest/field_options.h"

#include "base/error.h"
#include "base/format.h"
#include "base/text.h"

namespace ev {

void FieldOptions::declare(Command& command) {
  command.list("--parse", "FIELD=FORMAT,...", parse_,
               "parse what the texts of a field say, which takes its place: message=jsonl");
  command.text("--source-field", "NAME", source_field_, "add the name of the input to each event, as its field NAME");
}

void FieldOptions::validate() {
  for (const std::string& words : parse_) field_formats_.push_back(parse_field_format(words));
  if (!source_field_) return;
  if (source_field_->empty()) throw Error(ErrorKind::usage, "--source-field", "takes a name, not nothing");
  if (source_field_->size() > kMaxStepBytes)
    throw Error(ErrorKind::usage, "--source-field", concat("takes a name of at most ", kMaxStepBytes, " bytes"));
}

void FieldOptions::apply(SourceOptions& options) const {
  options.field_formats = field_formats_;
  options.source_field = source_field_;
}

void FieldTally::add(const FieldCounts& counts) {
  sum_.unnamed += counts.unnamed;
  sum_.parsed.resize(counts.parsed.size());
  for (std::size_t i = 0; i < counts.parsed.size(); i++) sum_.parsed[i] += counts.parsed[i];
}

void FieldTally::report_parsed(Session& session, const std::string& words, const FieldParseCounts& counts) {
  const std::string option = concat("--parse ", words);
  if (counts.texts == 0) session.notice(concat(option, ": no event has a text in that field"));
  if (counts.kept > 0)
    session.notice(
        concat(option, ": ", counts.kept, " of ", counts.texts, " texts are not of that format and stay as they are"));
  if (counts.overridden > 0)
    session.notice(concat(option, ": fields gave way to parsed ones of the same name in ", counts.overridden,
                          counts.overridden == 1 ? " event" : " events"));
}

void FieldTally::report(Session& session, const SourceOptions& options) const {
  for (std::size_t i = 0; i < sum_.parsed.size(); i++)
    report_parsed(session, options.field_formats[i].words, sum_.parsed[i]);
  if (sum_.unnamed > 0)
    session.notice(concat("--source-field ", *options.source_field, ": ", sum_.unnamed,
                          sum_.unnamed == 1 ? " event has a field of that name and keeps it"
                                            : " events have a field of that name and keep it"));
}

}  // namespace ev
