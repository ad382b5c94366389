#include "ingest/field_options.h"

#include "base/error.h"
#include "base/format.h"
#include "base/text.h"

namespace ev {

void FieldOptions::declare(Command& command) {
  command.text("--source-field", "NAME", source_field_, "add the name of the input to each event, as its field NAME");
}

void FieldOptions::validate() const {
  if (!source_field_) return;
  if (source_field_->empty()) throw Error(ErrorKind::usage, "--source-field", "takes a name, not nothing");
  if (source_field_->size() > kMaxStepBytes)
    throw Error(ErrorKind::usage, "--source-field", concat("takes a name of at most ", kMaxStepBytes, " bytes"));
}

void FieldOptions::apply(SourceOptions& options) const {
  options.source_field = source_field_;
}

void FieldTally::add(const FieldCounts& counts) {
  sum_.unnamed += counts.unnamed;
}

void FieldTally::report(Session& session, const SourceOptions& options) const {
  if (sum_.unnamed > 0)
    session.notice(concat("--source-field ", *options.source_field, ": ", sum_.unnamed,
                          sum_.unnamed == 1 ? " event has a field of that name and keeps it"
                                            : " events have a field of that name and keep it"));
}

}  // namespace ev
